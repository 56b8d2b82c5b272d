"""Parity of the room Tokenizers with the `tokenizers` library: five tokenizers of the kinds that
models publish, and variants with every other option, held against the library by check sums.

Made with tokenizers 0.23.3 and Python 3.11. Run from the root of the tree, in about ten minutes; the
five files are kept when they are there:

    python3 Tools/goldens/tokenizer_parity.py

The cases themselves are not stored: both sides draw them from the same generator (SplitMix64), and
Tests/Goldens/tokenizers-parity.json has a CRC-32 of what the library makes of each block of them.
"""

import itertools
import json
import os
import pathlib
import struct
import zlib
from array import array

os.environ["TOKENIZERS_PARALLELISM"] = "true"
os.environ["RUST_BACKTRACE"] = "0"

from tokenizers import AddedToken, Regex, Tokenizer  # noqa: E402
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

from tokenizer_goldens import FRAGMENTS, CORPUS, QWEN2  # noqa: E402
from tokenizer_variants import patched, variants  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests/Goldens"
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
MASK = 2**64 - 1


class Draws:
    """SplitMix64 (Vigna), as Tests/TokenizersTests/Samples.swift has it."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)


def scalar(index):
    """The Unicode scalar number `index` of 1,112,064."""
    return chr(index if index < 0xD800 else index + 0x800)


SCALAR_COUNT = 0x110000 - 0x800
SCALARS_A_BLOCK = 4096
TEXTS = 100_000
TEXTS_A_BLOCK = 1000


def text(seed, index, fragments):
    """Random text number `index`."""
    draws = Draws(seed * 1_000_003 + index)
    pieces = []
    for _ in range(1 + draws.next() % 12):
        draw = draws.next()
        if draw % 12 == 0:
            pieces.append(scalar((draw >> 8) % SCALAR_COUNT))
        else:
            pieces.append(fragments[(draw >> 8) % len(fragments)])
    return "".join(pieces)


def record(ids, decoded=None, offsets=None):
    """One case as bytes: how many ids, the ids, their offsets, the decoded text, an end."""
    found = struct.pack("<I", len(ids)) + array("I", ids).tobytes()
    if offsets is not None:
        found += array("I", itertools.chain.from_iterable(offsets)).tobytes()
    if decoded is not None:
        found += decoded.encode()
    return found + b"\xff"


def scalar_sums(tokenizer):
    sums = []
    for start in range(0, SCALAR_COUNT, SCALARS_A_BLOCK):
        chunk = [scalar(i) for i in range(start, min(start + SCALARS_A_BLOCK, SCALAR_COUNT))]
        texts = [t for c in chunk for t in (c, f"a{c}b")]
        ids = [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        decoded = tokenizer.decode_batch(ids, skip_special_tokens=False)
        sums.append(zlib.crc32(b"".join(map(record, ids, decoded))))
    return sums


def text_sum(tokenizer, texts, has_origins=True):
    """A sum over every text: ids with offsets and the text they decode to, with and without
    specials; ids with the tokens around; and ids with control tokens read as text."""
    plain = tokenizer.encode_batch(texts, add_special_tokens=False)
    ids = [e.ids for e in plain]
    decoded = tokenizer.decode_batch(ids, skip_special_tokens=False)
    skipped = tokenizer.decode_batch(ids, skip_special_tokens=True)
    around = tokenizer.encode_batch_fast(texts, add_special_tokens=True)
    tokenizer.encode_special_tokens = True
    unspecial = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    tokenizer.encode_special_tokens = False
    value = 0
    for i in range(len(texts)):
        offsets = plain[i].offsets if has_origins else None
        value = zlib.crc32(record(ids[i], decoded[i], offsets), value)
        value = zlib.crc32(record(around[i].ids, skipped[i]), value)
        value = zlib.crc32(record(unspecial[i].ids), value)
    return value


def long_sum(tokenizer, seed, fragments):
    """Of one long text: pieces come again, and where nothing splits there is one piece."""
    ids = tokenizer.encode("".join(text(seed, i, fragments) for i in range(1000)), add_special_tokens=False).ids
    return zlib.crc32(record(ids, tokenizer.decode(ids, skip_special_tokens=False)))


def panics(tokenizer, text):
    """Whether the library breaks down over a text, with an exception that is no error of its own."""
    try:
        text_sum(tokenizer, [text])
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            return True
        raise
    return False


# --- The five ------------------------------------------------------------------------------------


def special(texts):
    return [AddedToken(t, normalized=False, special=True) for t in texts]


LINES = CORPUS.splitlines(keepends=True) * 2


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_tokens(special(["<|endoftext|>"]))
    return tokenizer


def split_byte_level(pattern, vocabulary_size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def qwen2():
    tokenizer = split_byte_level(QWEN2, 800)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_tokens(special(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    return tokenizer


def llama3():
    value = json.loads(split_byte_level(LLAMA3, 800).to_str())
    model = value["model"]
    model["ignore_merges"] = True
    # Tokens that the merges no longer reach: only a whole piece becomes one of them.
    parts = {part for merge in model["merges"] for part in merge}
    lost = [m for m in model["merges"] if "".join(m) not in parts][::3]
    model["merges"] = [m for m in model["merges"] if m not in lost]
    tokenizer = Tokenizer.from_str(json.dumps(value))
    tokenizer.add_tokens(special(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]))
    begin = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A",
                pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
                special_tokens=[("<|begin_of_text|>", begin)],
            ),
        ]
    )
    return tokenizer


def sentence_piece():
    """A vocabulary as SentencePiece makes it: unknown, begin, end, the bytes, then the rest."""
    control = ["<unk>", "<s>", "</s>"]
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=1000, limit_alphabet=180, special_tokens=control + fallback, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    value = json.loads(tokenizer.to_str())
    value["added_tokens"] = [t for t in value["added_tokens"] if t["content"] in control]
    value["pre_tokenizer"] = None
    value["decoder"] = {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    }
    begin = {"id": "<s>", "type_id": 0}
    value["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": begin}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            {"SpecialToken": begin},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<s>", "type_id": 1}},
            {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
    }
    return value


def llama2():
    value = sentence_piece()
    value["normalizer"] = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ],
    }
    return Tokenizer.from_str(json.dumps(value))


def mistral():
    value = sentence_piece()
    value["pre_tokenizer"] = {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "first",
        "split": False,
    }
    tokenizer = Tokenizer.from_str(json.dumps(value))
    tokenizer.add_tokens(special(["[INST]", "[/INST]"]))
    return tokenizer


FIVE = {"gpt2": gpt2, "qwen2": qwen2, "llama3": llama3, "llama2": llama2, "mistral": mistral}

MORE_FRAGMENTS = [
    *["▁", "▁▁", "▁the", "<0x41>", "<0xE2>", "<unk>", "<s>", "</s>", "<s", "[INST]", "[/INST]", "[INST"],
    *["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_end|", "<think>", "</think>"],
    *["<|begin_of_text|>", "<|eot_id|>", " <|eot_id|> ", "Ġ", "Ċ", "â", "ĠĠ"],
    *["The trainer", " reads a problem", " the answer", " step", "12", "123", "1234", "    "],
]

# --- Variants ------------------------------------------------------------------------------------

VARIANT_TEXTS = 300


def variant_sums(files, fragments):
    block = [text(99, i, fragments) for i in range(VARIANT_TEXTS)]
    result = []
    for base, change in variants():
        tokenizer = Tokenizer.from_str(json.dumps(patched(files[base], change)))
        broken = [i for i, t in enumerate(block) if panics(tokenizer, t)]
        # Where bytes are left out, or an affix is spelled byte by byte, the library's offsets slip.
        model = change.get("model", {})
        slips = base == "gpt2" and "without" in change and model["unk_token"] is None
        slips |= model.get("byte_fallback", False) and "end_of_word_suffix" in model
        value = text_sum(tokenizer, [t for i, t in enumerate(block) if i not in broken], not slips)
        variant = {"base": base, "change": json.dumps(change), "sum": value}
        result.append(variant | ({"slips": True} if slips else {}) | ({"without": broken} if broken else {}))
    broken = [len(v.get("without", [])) for v in result]
    print(len(broken), "variants,", sum(b > 0 for b in broken), "of which panic, on", sum(broken), "texts")
    return result


def main():
    fragments = FRAGMENTS + MORE_FRAGMENTS
    result = {"fragments": fragments, "tokenizers": {}}
    files = {}
    for seed, (name, make) in enumerate(FIVE.items()):
        path = GOLDENS / f"tokenizers-{name}-file.json"
        # Trained once and kept: among equals, training chooses by chance.
        if not path.exists():
            path.write_text(json.dumps(json.loads(make().to_str()), separators=(",", ":")) + "\n")
        files[name] = json.loads(path.read_text())
        tokenizer = Tokenizer.from_file(str(path))
        texts = []
        for start in range(0, TEXTS, TEXTS_A_BLOCK):
            block = [text(seed, i, fragments) for i in range(start, start + TEXTS_A_BLOCK)]
            texts.append(text_sum(tokenizer, block))
        result["tokenizers"][name] = {
            "seed": seed,
            "scalars": scalar_sums(tokenizer),
            "texts": texts,
            "long": long_sum(tokenizer, seed, fragments),
        }
        print(name, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where panics are printed
    result["variants"] = variant_sums(files, fragments)
    (GOLDENS / "tokenizers-parity.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
