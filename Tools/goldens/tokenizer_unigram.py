"""Parity of Unigram tokenizers with the `tokenizers` library: four of the kinds that models publish,
and variants with every other option, held against the library by check sums.

Made with tokenizers 0.23.3 and Python 3.11. Run from the root of the tree, in about five minutes; the
four files are kept when they are there:

    python3 Tools/goldens/tokenizer_unigram.py

The cases are drawn as in tokenizer_parity.py, and Tests/Goldens/tokenizers-unigram.json has the sums.
"""

import base64
import itertools
import json
import os
import random
import struct
import unicodedata
import zlib

os.environ["TOKENIZERS_PARALLELISM"] = "true"
os.environ["RUST_BACKTRACE"] = "0"

from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

from tokenizer_charsmap import charsmap  # noqa: E402
from tokenizer_goldens import FRAGMENTS  # noqa: E402
from tokenizer_parity import (  # noqa: E402
    GOLDENS, LINES, MORE_FRAGMENTS, SCALAR_COUNT, long_sum, panics, record, scalar, text, text_sum,
)  # fmt: skip
from tokenizer_variants import byte_level, chain, metaspace, replace, split  # noqa: E402

TEXTS, TEXTS_A_BLOCK, SCALARS_A_BLOCK = 40_000, 1000, 4096
VARIANT_TEXTS = 200

# Around every scalar: what shows which clusters it belongs to, beside it and in between.
CONTEXTS = [
    "{}", "a{}b", " {}", "{} ", "a{}\u0301", "{}\u0301\u0301", "\u0301{}a", "\u1100{}\u0301", "{}\u11a8\u0301",
    "\u0915\u094d{}\u0915\u0301", "{}\u094d\u0915\u0301", "\u00a9{}\u200d\u00a9\ufe0f", "{}\u200d\u00a9\u0301",
]  # fmt: skip
CLUSTERS = [
    *["a\u0301", "e\u0301\u0301", "\u0301\u0301", "\u00a9", "\u00a9\ufe0f", "\u200d", "\u200c", "\u0915", "\u094d", "\u0915\u094d\u0915"],
    *["\u1100", "\u1161", "\u11a8", "\uac00", "\uac01", "\u0600", "\u0600a", "\r\n", "\r", "\u0903", "\uff41\u0301", "\uff76\uff9e"],
    *["ﬁ", "①", "㌔", "ｱ", "Ａ", "５", "…", "ﷺ", "\u00ad", "x\u0301\u0302", "<pad>", "<extra_id_0>", "</s>", "<unk><unk>"],
]  # fmt: skip


def rules():
    """A map as SentencePiece's nmt_nfkc has it, for the scalars that the texts are rich in."""
    found = {}
    around = [*range(0x20), *range(0x7F, 0x250), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070), *range(0x2150, 0x2190)]
    around += [*range(0x2460, 0x24A0), *range(0x3000, 0x3100), *range(0x3300, 0x3358), *range(0xFB00, 0xFB10), *range(0xFDF0, 0xFE00), *range(0xFF00, 0xFFEF)]
    for value in around:
        normal = unicodedata.normalize("NFKC", chr(value))
        if unicodedata.category(chr(value)) in ("Cc", "Cf") and chr(value) not in "\0":
            normal = " " if chr(value) in "\t\n\r\f\x85" else ""
        if unicodedata.category(chr(value)) == "Zs":
            normal = " "
        if normal != chr(value):
            found[chr(value)] = normal
        for apart in {unicodedata.normalize("NFD", chr(value))} - {chr(value)}:
            if len(apart) == 2:
                found[apart] = normal
    # Whole clusters, one of which begins with another, and one that joins what follows.
    found |= {"\r\n": " ", "\u0301": "'", "\u0301\u0301": "!", "\u00a9": "(c)", "\u0915": "k", "\u11a8": "g", "\u0600a": "n", "\u1161": "", "\u00b2\u0301": ""}
    return found


def document(model, normalizer, splitting, around, decoder, specials):
    """A tokenizer file."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    ids = {}
    for number, (piece, _) in enumerate(model["vocab"]):
        ids[piece] = number
    tokens, size = [], len(model["vocab"])
    for content in specials:
        tokens.append({"id": ids.get(content, size), "content": content} | flags)
        size += content not in ids
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": sorted(tokens, key=lambda t: t["id"]),
        "normalizer": normalizer, "pre_tokenizer": splitting, "post_processor": around, "decoder": decoder, "model": model,
    }  # fmt: skip


def template(before, after, ids):
    piece = lambda token, kind=0: {"SpecialToken": {"id": token, "type_id": kind}}  # noqa: E731
    first, second = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}
    single = [*map(piece, before), first, *map(piece, after)]
    specials = {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in before + after}
    return {"type": "TemplateProcessing", "single": single, "pair": [*single, second, *map(piece, after)], "special_tokens": specials}


def trained(size):
    """Pieces with scores, as the library trains them; no control tokens among them."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=size, show_progress=False, special_tokens=["<unk>"], unk_token="<unk>")
    tokenizer.train_from_iterator(LINES, trainer)
    return json.loads(tokenizer.to_str())["model"]["vocab"][1:]


def unigram(vocab, unknown, fallback):
    return {"type": "Unigram", "unk_id": unknown, "vocab": [list(pair) for pair in vocab], "byte_fallback": fallback}


def precompiled(map=None):
    """The normalizer; `changed` puts the map in the place of @."""
    return {"type": "Precompiled", "precompiled_charsmap": map or "@"}


MAP = base64.b64encode(charsmap(rules())).decode()


BYTES = [(f"<0x{byte:02X}>", 0.0) for byte in range(256)]


def t5():
    """Of T5's kind: end token, control tokens after the pieces, runs of spaces as one."""
    model = unigram([("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *trained(500)], 2, False)
    steps = [precompiled(MAP), {"type": "Strip", "strip_left": False, "strip_right": True}, replace({"Regex": " {2,}"}, "▁")]
    return document(model, chain("Sequence", "normalizers", steps), metaspace("always", True),
                    template([], ["</s>"], {"</s>": 1}), metaspace("always", True), ["<pad>", "</s>", "<unk>", "<extra_id_0>"])  # fmt: skip


def japanese():
    """Of llm-jp's kind: bytes for what is unknown, nothing split or normalized."""
    model = unigram([("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), *BYTES, *trained(450)], 0, True)
    decoder = chain("Sequence", "decoders", [{"type": "ByteFallback"}, metaspace("first", False), {"type": "Fuse"}])
    return document(model, None, metaspace("first", False), template(["<s>"], [], {"<s>": 1}), decoder, ["<unk>", "<s>", "</s>"])


def xglm():
    """Of XGLM's and XLM-R's kind: split at white space first, unknown pieces stay unknown."""
    model = unigram([("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *trained(400)], 3, False)
    splitting = chain("Sequence", "pretokenizers", [{"type": "WhitespaceSplit"}, metaspace("always", True)])
    around = template(["<s>"], ["</s>"], {"<s>": 0, "</s>": 2})
    return document(model, precompiled(MAP), splitting, around, metaspace("always", True), ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])


def equals():
    """Made by hand: many ways with the same sum, pieces that are there twice, one byte missing, and the
    unknown piece and joined unknown characters among the pieces."""
    numbers = random.Random(5)
    found = {}
    words = " ".join(LINES).lower()
    for _ in range(500):
        at, length = numbers.randrange(len(words)), numbers.choice([1, 1, 2, 2, 3, 4])
        piece = words[at : at + length].replace(" ", "▁")
        found[piece] = -float(numbers.choice([length, length, 2 * length, 1 + length, 1]))
    vocab = [("<unk>", -2.0), *[b for b in BYTES if b[0] != "<0x9F>"], *found.items()]
    vocab += [("the", -5.0), ("a", -0.5), ("é", -3.0), ("ЪЪ", -60.0), ("∀∃", -99.0), ("", 1.0), ("▁▁▁", -0.25), ("tt", -1.0)]
    decoder = chain("Sequence", "decoders", [replace({"String": "▁"}, " "), {"type": "ByteFallback"}, {"type": "Fuse"}])
    return document(unigram(vocab, 0, True), None, metaspace("never", False), None, decoder, ["<unk>", "<x>"])


FOUR = {"t5": t5, "japanese": japanese, "xglm": xglm, "equals": equals}


def changes():
    """Which file, and what is other in it."""
    found = []
    for base in ["t5", "equals"]:
        for scheme, splits in itertools.product(["always", "first", "never"], [False, True]):
            found.append((base, {"pre_tokenizer": metaspace(scheme, splits), "decoder": metaspace(scheme, splits)}))
            steps = [{"type": "WhitespaceSplit"}, metaspace(scheme, splits)]
            found.append((base, {"pre_tokenizer": chain("Sequence", "pretokenizers", steps)}))
        for splitting in [None, byte_level(False, True), byte_level(True, False), {"type": "Whitespace"}, split({"String": " "}, "MergedWithNext"),
                          chain("Sequence", "pretokenizers", [{"type": "Digits", "individual_digits": True}, metaspace("always", True)]),
                          chain("Sequence", "pretokenizers", [metaspace("always", True), byte_level(False, False)])]:  # fmt: skip
            found.append((base, {"pre_tokenizer": splitting}))
        tokens = [{"content": c, "single_word": w, "lstrip": left, "rstrip": not left, "normalized": n, "special": s}
                  for c, w, left, n, s in [("the", True, True, True, False), ("é", False, False, True, True), ("<tool>", False, True, False, True), ("42", False, False, False, False)]]  # fmt: skip
        found.append((base, {"added": tokens}))
    for kind in ["Nmt", "NFC", "NFKC", "Lowercase", "StripAccents"]:
        found.append(("japanese", {"normalizer": {"type": kind}}))
        found.append(("t5", {"normalizer": chain("Sequence", "normalizers", [{"type": kind}, precompiled(), {"type": "Nmt"}])}))
    for left, right in itertools.product([False, True], [False, True]):
        steps = [precompiled(), {"type": "Strip", "strip_left": left, "strip_right": right}]
        found.append(("xglm", {"normalizer": chain("Sequence", "normalizers", steps)}))
    for base, fallback, unknown in itertools.product(["japanese", "equals"], [False, True], [0, 1, 300]):
        found.append((base, {"model": {"byte_fallback": fallback, "unk_id": unknown}}))
    # llm-jp's: the beginning of every stretch between added tokens, and of the first token.
    begin = {"Regex": r"(?<!\n)^"}
    steps = chain("Sequence", "decoders", [{"type": "ByteFallback"}, replace({"Regex": "▁"}, " "), {"type": "Fuse"}, replace({"Regex": r"(?<!\n)^ "}, "")])
    for first in [[], [{"type": "Strip", "strip_left": True, "strip_right": False}]]:
        found.append(("japanese", {"pre_tokenizer": None, "decoder": steps, "normalizer": chain("Sequence", "normalizers", [*first, replace(begin, "▁"), replace({"Regex": " "}, "▁")])}))
    found.append(("xglm", {"normalizer": replace({"Regex": "[[:space:]]+"}, " ")}))
    for around in [{"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}, {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": False, "add_prefix_space": True}]:
        found.append(("xglm", {"post_processor": around}))
        found.append(("xglm", {"post_processor": chain("Sequence", "processors", [around, template(["<pad>"], [], {"<pad>": 1})])}))
    fallback = {"type": "ByteFallback"}
    for decoder in [None, fallback, byte_level(), metaspace("never", True), chain("Sequence", "decoders", [fallback, {"type": "Fuse"}, {"type": "Strip", "content": "▁", "start": 1, "stop": 0}])]:
        found.append(("japanese", {"decoder": decoder}))
    return found


def changed(base, change):
    """A file with something other in it. Tests/TokenizersTests/UnigramTests.swift does the same."""
    value = json.loads(json.dumps(base))
    for key, part in json.loads(json.dumps(change).replace('"@"', json.dumps(MAP))).items():
        if key == "model":
            value["model"] |= part
        elif key == "added":
            ids = {piece: number for number, (piece, _) in enumerate(value["model"]["vocab"])}
            size = len(value["model"]["vocab"])
            value["added_tokens"], value["post_processor"] = [], None
            for token in part:
                value["added_tokens"].append({"id": ids.get(token["content"], size)} | token)
                size += token["content"] not in ids
        else:
            value[key] = part
    return value


def read_numbers():
    """Numbers as texts, and what the library takes them for."""
    numbers = random.Random(1)
    written = [repr(struct.unpack("f", struct.pack("f", -20 * numbers.random()))[0]) for _ in range(200)]
    for length in range(1, 41):
        digits = "".join(numbers.choice("0123456789") for _ in range(length))
        written += [f"-{numbers.randrange(20)}.{digits}", f"1{digits}", f"2{digits}.{digits}e-{length}", f"3{digits}E+{length}"]
    written += ["0", "-0", "0.0", "-0.0e5", "0e99999999999999", "1e-99999999999999", "5e-324", "1e-330", "12345678901234567890e-340"]
    written += ["1.7976931348623157e308", "18446744073709551615", "18446744073709551616", "1844674407370955161.5", "1844674407370955161.6", "18446744073709551616.5e1"]
    vocab = ",".join(f'["p{i}",{text}]' for i, text in enumerate(written))
    tokenizer = Tokenizer.from_str('{"model":{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[%s]},"added_tokens":[]}' % vocab)
    read = json.loads(tokenizer.to_str())["model"]["vocab"]
    return [[text, score] for text, (_, score) in zip(written, read)]


def scalar_sums(tokenizer):
    sums = []
    for start in range(0, SCALAR_COUNT, SCALARS_A_BLOCK):
        chunk = [scalar(i) for i in range(start, min(start + SCALARS_A_BLOCK, SCALAR_COUNT))]
        texts = [context.format(c) for c in chunk for context in CONTEXTS]
        ids = [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        sums.append(zlib.crc32(b"".join(map(record, ids))))
    return sums


def main():
    fragments = FRAGMENTS + MORE_FRAGMENTS + CLUSTERS
    result = {"fragments": fragments, "contexts": [c.split("{}") for c in CONTEXTS], "map": MAP, "numbers": read_numbers(), "tokenizers": {}, "variants": []}
    files = {}
    for seed, (name, make) in enumerate(FOUR.items()):
        path = GOLDENS / f"tokenizers-{name}-file.json"
        # Trained once and kept: among equals, training chooses by chance.
        if not path.exists():
            path.write_text(json.dumps(make(), separators=(",", ":")) + "\n")
        files[name] = json.loads(path.read_text())
        tokenizer = Tokenizer.from_file(str(path))
        texts = []
        for start in range(0, TEXTS, TEXTS_A_BLOCK):
            texts.append(text_sum(tokenizer, [text(seed, i, fragments) for i in range(start, start + TEXTS_A_BLOCK)]))
        # The normalizer is what looks at scalars, and two of the four have one map.
        sums = scalar_sums(tokenizer) if name in ("t5", "japanese") else []
        result["tokenizers"][name] = {"seed": seed, "scalars": sums, "texts": texts, "long": long_sum(tokenizer, seed, fragments)}
        print(name, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where panics are printed
    block = [text(99, i, fragments) for i in range(VARIANT_TEXTS)]
    for base, change in changes():
        tokenizer = Tokenizer.from_str(json.dumps(changed(files[base], change)))
        broken = [i for i, t in enumerate(block) if panics(tokenizer, t)]
        value = text_sum(tokenizer, [t for i, t in enumerate(block) if i not in broken])
        result["variants"].append({"base": base, "change": json.dumps(change), "sum": value} | ({"without": broken} if broken else {}))
    print(len(result["variants"]), "variants, panics on", sum(len(v.get("without", [])) for v in result["variants"]), "texts")
    (GOLDENS / "tokenizers-unigram.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
