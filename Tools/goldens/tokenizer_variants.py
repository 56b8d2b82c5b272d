"""Every option of a tokenizer.json that the five tokenizers of tokenizer_parity.py do not have.

Called by tokenizer_parity.py, which holds each against the library (tokenizers 0.23.3).
"""

import copy
import itertools

from tokenizer_goldens import QWEN2


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def byte_level(prefix=False, regex=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": False, "use_regex": regex}


def metaspace(scheme, splits, replacement="▁"):
    return {"type": "Metaspace", "replacement": replacement, "prepend_scheme": scheme, "split": splits}


def chain(kind, key, steps):
    return {"type": kind, key: steps}


def replace(pattern, content):
    return {"type": "Replace", "pattern": pattern, "content": content}


def variants():
    """(base, what is other in the file): every option that the five do not have."""
    found = []
    behaviors = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    regexes = [
        r"\s+", r"[0-9]", r"\p{L}+|\p{N}", r"(?i:the|answer)", r"\p{P}", r"[^\s\p{L}]", r"\d{1,3}(?=(?:\d{3})*(?!\d))",
        r"[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}|\s", r"\s+$", r".", r"[\p{Lu}\p{Lt}][\p{Ll}\p{M}]*|\S", r"a??b|x*", r"(?<=a)b|(?<!e) ",
        r"\r?\n", r"[一-龥]+", r"\p{S}|\p{Z}", r"\u0041|\t", r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t)?",
    ]
    upper, lower = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
    rest = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    before = r"[^\r\n\p{L}\p{N}]?"
    # Mistral Nemo, GPT-4o, GPT-4, DeepSeek V3.
    regexes += [
        rf"{before}[{upper}]*[{lower}]+|{before}[{upper}]+[{lower}]*|\p{{N}}|{rest}",
        rf"{before}[{upper}]*[{lower}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|{before}[{upper}]+[{lower}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{{N}}{{1,3}}|{rest}",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    ]
    for behavior, invert in itertools.product(behaviors, [False, True]):
        for pattern in [{"String": " "}, {"String": "the"}, {"Regex": regexes[0]}, {"Regex": regexes[2]}]:
            found.append(("llama2", {"normalizer": None, "pre_tokenizer": split(pattern, behavior, invert)}))
        found.append(("qwen2", {"pre_tokenizer": chain("Sequence", "pretokenizers", [split({"Regex": QWEN2}, behavior, invert), byte_level()])}))
        found.append(("qwen2", {"pre_tokenizer": chain("Sequence", "pretokenizers", [split({"Regex": "[0-9]"}, behavior, invert), byte_level(regex=True)])}))
    for regex in regexes:
        found.append(("gpt2", {"pre_tokenizer": chain("Sequence", "pretokenizers", [split({"Regex": regex}, "Isolated"), byte_level()])}))
    for behavior in behaviors:
        found.append(("mistral", {"pre_tokenizer": {"type": "Punctuation", "behavior": behavior}}))
    found.append(("mistral", {"pre_tokenizer": {"type": "Punctuation"}}))
    for kind in ["Whitespace", "WhitespaceSplit"]:
        found.append(("llama2", {"normalizer": None, "pre_tokenizer": {"type": kind}}))
    for individual in [False, True]:
        found.append(("mistral", {"pre_tokenizer": {"type": "Digits", "individual_digits": individual}}))
        digits = {"type": "Digits", "individual_digits": individual}
        found.append(("gpt2", {"pre_tokenizer": chain("Sequence", "pretokenizers", [digits, byte_level(regex=True)])}))
    for scheme, splits in itertools.product(["always", "first", "never"], [False, True]):
        found.append(("mistral", {"pre_tokenizer": metaspace(scheme, splits)}))
        found.append(("mistral", {"pre_tokenizer": metaspace(scheme, splits, "_"), "decoder": metaspace(scheme, splits, "_")}))
        found.append(("mistral", {"pre_tokenizer": metaspace(scheme, splits), "normalizer": {"type": "Strip", "strip_left": True, "strip_right": False}, "decoder": metaspace(scheme, splits)}))
        steps = [{"type": "WhitespaceSplit"}, metaspace(scheme, splits)]
        found.append(("mistral", {"pre_tokenizer": chain("Sequence", "pretokenizers", steps)}))
    for prefix, regex in itertools.product([False, True], [False, True]):
        found.append(("gpt2", {"pre_tokenizer": byte_level(prefix, regex)}))
        steps = [byte_level(prefix, regex), {"type": "Digits", "individual_digits": True}]
        found.append(("gpt2", {"pre_tokenizer": chain("Sequence", "pretokenizers", steps)}))
        steps = [split({"String": " "}, "MergedWithNext"), byte_level(prefix, regex), byte_level(prefix, regex)]
        found.append(("gpt2", {"pre_tokenizer": chain("Sequence", "pretokenizers", steps)}))
    found.append(("gpt2", {"pre_tokenizer": None, "normalizer": {"type": "ByteLevel"}}))
    found.append(("gpt2", {"pre_tokenizer": None, "decoder": None}))
    for kind in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"]:
        found.append(("gpt2", {"normalizer": {"type": kind}}))
        found.append(("llama2", {"normalizer": {"type": kind}}))
        steps = [{"type": "NFD"}, {"type": kind}, {"type": "Prepend", "prepend": "▁"}]
        found.append(("mistral", {"normalizer": chain("Sequence", "normalizers", steps)}))
    for left, right in itertools.product([False, True], [False, True]):
        found.append(("gpt2", {"normalizer": {"type": "Strip", "strip_left": left, "strip_right": right}}))
    for pattern, content in [
        ({"String": "e"}, "▁▁"), ({"String": "  "}, ""), ({"Regex": r"\s+"}, " "), ({"Regex": r"\p{N}"}, "#0"),
        ({"Regex": QWEN2}, "x"), ({"Regex": r"x+"}, "-"), ({"String": "''"}, '"'), ({"Regex": "[ﬁ日]"}, "é"),
    ]:  # fmt: skip
        found.append(("gpt2", {"normalizer": replace(pattern, content), "decoder": replace(pattern, content)}))
    # Models.
    for fuse, fallback, unknown in itertools.product([False, True], [False, True], [None, "<unk>", "e"]):
        model = {"fuse_unk": fuse, "byte_fallback": fallback, "unk_token": unknown}
        found.append(("llama2", {"model": model}))
        found.append(("mistral", {"model": model | {"ignore_merges": True}, "pre_tokenizer": metaspace("first", True)}))
        found.append(("llama2", {"model": model, "without": ["<0xE2>", "<0x80>", "a", "<0xF0>"]}))
        found.append(("mistral", {"model": model | {"end_of_word_suffix": "e", "ignore_merges": fuse}, "pre_tokenizer": {"type": "Whitespace"}}))
        found.append(("gpt2", {"model": model | {"unk_token": "e" if unknown else None}, "without": ["Ã", "a", "Ġ"]}))
    found.append(("gpt2", {"model": {"end_of_word_suffix": "e"}}))
    found.append(("gpt2", {"model": {"end_of_word_suffix": "Ġ", "continuing_subword_prefix": ""}}))
    found.append(("gpt2", {"model": {"continuing_subword_prefix": "Ġ", "unk_token": "x"}, "merges": [["a", "Ġd"], ["a", "Ġi"], ["a", "Ġl"], ["a", "Ġn"], ["a", "Ġs"], ["a", "Ġt"], ["Ġ", "Ġa"]]}))
    # Decoders.
    fallback = {"type": "ByteFallback"}
    for decoder in [
        None, fallback, {"type": "Fuse"}, byte_level(), metaspace("always", True), metaspace("never", True), replace({"String": "e"}, "E"),
        replace({"Regex": r"\s|▁"}, "_"), {"type": "Strip", "content": "▁", "start": 2, "stop": 0},
        chain("Sequence", "decoders", [fallback, byte_level(), {"type": "Fuse"}]),
        chain("Sequence", "decoders", [{"type": "Fuse"}, {"type": "Strip", "content": "e", "start": 1, "stop": 0}, fallback]),
        chain("Sequence", "decoders", [fallback, metaspace("first", True), {"type": "Fuse"}]),
        chain("Sequence", "decoders", []),
    ]:  # fmt: skip
        found.append(("llama2", {"decoder": decoder}))
        found.append(("gpt2", {"decoder": decoder}))
    # Added tokens.
    for flags in itertools.product([False, True], repeat=5):
        names = ("single_word", "lstrip", "rstrip", "normalized", "special")
        contents = ["the", "answer ", "é", "▁x", "<tool>", "42", "'s"]
        tokens = [{"content": c} | dict(zip(names, flags)) for c in contents]
        found.append((["gpt2", "qwen2", "llama2", "mistral"][sum(flags) % 4], {"added": tokens}))
        if flags[3]:
            found.append(("gpt2", {"added": tokens, "normalizer": {"type": "Lowercase"}}))
            steps = [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Prepend", "prepend": "▁"}]
            found.append(("mistral", {"added": tokens, "normalizer": chain("Sequence", "normalizers", steps)}))
    return found


def patched(base, change):
    """A file with something other in it. Tests/TokenizersTests/ParityTests.swift does the same."""
    value = copy.deepcopy(base)
    for key, part in change.items():
        if key == "model":
            value["model"] |= part
        elif key == "without":
            lost = set(part)
            value["model"]["vocab"] = {t: i for t, i in value["model"]["vocab"].items() if t not in lost}
            value["model"]["merges"] = [m for m in value["model"]["merges"] if not lost & {*m, "".join(m)}]
            value["added_tokens"] = []
            value["post_processor"] = None
        elif key == "merges":
            value["model"]["merges"] = part
        elif key == "added":
            value["added_tokens"] = []
            value["post_processor"] = None
            size = len(value["model"]["vocab"])
            for token in part:
                known = value["model"]["vocab"].get(token["content"])
                value["added_tokens"].append({"id": size if known is None else known} | token)
                size += known is None
        else:
            value[key] = part
    return value
