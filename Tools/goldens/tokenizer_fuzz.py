"""Ten thousand spoiled tokenizer.json files: what the `tokenizers` library says of each.

Made with tokenizers 0.23.3 and Python 3.11. Run from the root of the tree, in about two minutes:

    python3 Tools/goldens/tokenizer_fuzz.py

The files themselves are not stored: Tests/TokenizersTests/FuzzTests.swift spoils the same four files
by the same draws. Tests/Goldens/tokenizers-fuzz.json has the four, and of every spoiled file whether
the library reads it, and a sum of the ids it then gives for a few texts.
"""

import json
import os
import pathlib
import sys
import zlib

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RUST_BACKTRACE"] = "0"

from tokenizers import Tokenizer  # noqa: E402

from tokenizer_parity import LLAMA3, Draws, record  # noqa: E402
from tokenizer_variants import byte_level, chain, metaspace, replace, split  # noqa: E402

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "Tests/Goldens"
COUNT = 10_000
SEED = 36

TEXTS = ["abc <|end|> cab", "The cab, a 12 b!", "x\u00e9 <s>abc", "  a▁b\n\n cafe\u0301 123456"]

# What is put in the place of something.
PIECES = [
    *["null", "true", "false", "0", "1", "-1", "3", "6", "7", "300", "70000", "1e3", "0.5", "99999999999", "1.0"],
    *['""', '"a"', '"ab"', '" "', '"b c"', '"▁"', '"é"', '"e\\u0301"', '"\\ud800"', '"a b c"', '"<0x41>"', '"<unk>"'],
    *["[]", "{}", "[1]", '["a","b"]', '{"type":"NFC"}', '{"type":"Lowercase"}', '{"type":"Fuse"}', '{"type":"ByteLevel"}'],
    *['"NFC"', '"NFD"', '"NFKC"', '"Lowercase"', '"Strip"', '"StripAccents"', '"Nmt"', '"Sequence"', '"BPE"', '"Unigram"'],
    *['"ByteLevel"', '"Split"', '"Metaspace"', '"Digits"', '"Whitespace"', '"WhitespaceSplit"', '"Punctuation"', '"Fuse"'],
    *['"Isolated"', '"Removed"', '"MergedWithNext"', '"Contiguous"', '"first"', '"always"', '"never"', '"ByteFallback"'],
    *['"A"', '"B"', '"version"', '"model"', '"type"', '"\\\\s+"', '"(a+)+"', '"[a"', '"x*"', '"a|b"', '"\\\\p{L}+"', '"."'],
    json.dumps(byte_level(True, True)),
    json.dumps(split({"String": " "}, "Isolated")),
    json.dumps(split({"Regex": r"\s+|\d"}, "Removed", True)),
    json.dumps(metaspace("first", True)),
    json.dumps(replace({"String": "a"}, "bb")),
    json.dumps({"type": "Prepend", "prepend": "a"}),
    json.dumps({"type": "Strip", "strip_left": True, "strip_right": True}),
    json.dumps({"type": "Punctuation", "behavior": "Isolated"}),
    json.dumps(chain("Sequence", "decoders", [{"type": "ByteFallback"}, {"type": "Fuse"}])),
    *["{", "}", "[", "]", ",", ":", '"', "\\", "\x00", "//"],
]


def base_files():
    """One file of each kind, with vocabularies of a few tokens."""
    names = ["a", "b", "c", "ab", "abc", "bc", "Ġ", "Ġa", "▁", "▁a", "é", "1", "2", "12"]
    vocabulary = {token: i for i, token in enumerate(names)}
    merges = [["a", "b"], ["ab", "c"], ["b", "c"], ["Ġ", "a"], ["▁", "a"], ["1", "2"]]
    fallback = {f"<0x{byte:02X}>": 16 + i for i, byte in enumerate(b"\xc3\xa9Zz<>|")}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}

    def file(size, normalizer, splitting, around, decoder, **model):
        vocab = model.pop("vocab", vocabulary)
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {"id": size, "content": "<|end|>"} | flags | {"special": True},
                {"id": size + 1, "content": "cab", "single_word": True, "lstrip": True, "rstrip": False, "normalized": True, "special": False},
            ],
            "normalizer": normalizer,
            "pre_tokenizer": splitting,
            "post_processor": around,
            "decoder": decoder,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
            }
            | model
            | {"vocab": vocab, "merges": merges},
        }  # fmt: skip

    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "b", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"b": {"id": "b", "ids": [1], "tokens": ["b"]}},
    }
    sentence = [replace({"String": "▁"}, " "), {"type": "ByteFallback"}, {"type": "Fuse"}]
    sentence.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    spaces = [{"type": "Prepend", "prepend": "▁"}, replace({"String": " "}, "▁")]
    full = vocabulary | {"<unk>": 14, "<s>": 15} | fallback
    sentence_model = {"vocab": full, "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
    return [
        file(14, {"type": "NFC"}, byte_level(False, True), byte_level(), byte_level()),
        file(14, None, chain("Sequence", "pretokenizers", [split({"Regex": LLAMA3}, "Isolated"), byte_level()]),
             chain("Sequence", "processors", [byte_level(), template]), byte_level(), ignore_merges=True),
        file(len(full), chain("Sequence", "normalizers", spaces), None, template, chain("Sequence", "decoders", sentence), **sentence_model),
        file(len(full), None, metaspace("first", False), template, chain("Sequence", "decoders", sentence), **sentence_model),
    ]  # fmt: skip


def tokens(text):
    """The tokens of a JSON text, none left out: strings, words and numbers, signs."""
    found, place = [], 0
    while place < len(text):
        end = place + 1
        if text[place] == ord('"'):
            while end < len(text) and text[end] != ord('"'):
                end += 2 if text[end] == ord("\\") else 1
            end = min(end + 1, len(text))
        elif chr(text[place]).isalnum() or text[place] in b"-.":
            while end < len(text) and (chr(text[end]).isalnum() or text[end] in b"-.+"):
                end += 1
        found.append(text[place:end])
        place = end
    return found


def value_end(parts, start):
    """Where the value that begins at `start` ends: a bracket's partner, or the next token."""
    depth = 0
    for place in range(start, len(parts)):
        depth += (parts[place] in (b"{", b"[")) - (parts[place] in (b"}", b"]"))
        if depth <= 0:
            return place + 1
    return len(parts)


def kind(token):
    """What a token begins: t and f are one kind, and so are all numbers."""
    first = chr(token[0])
    return "t" if first == "f" else "0" if first in "-123456789" else first


def spoiled(file_parts, index):
    """Spoiled file number `index`."""
    draws = Draws(SEED * 1_000_003 + index)
    parts = list(file_parts[draws.next() % len(file_parts)])
    for _ in range(1 + draws.next() % 2):
        if not parts:
            break
        way, start = draws.next() % 20, draws.next() % len(parts)
        if way < 13:  # the next value is another, most often of the same kind
            while start + 1 < len(parts) and parts[start] != b":":
                start += 1
            start = min(start + 1, len(parts) - 1)
            choice = draws.next() % len(PIECES)
            if way < 10 and parts[start] != b"null":
                for _ in range(len(PIECES)):
                    if kind(PIECES[choice].encode()) == kind(parts[start]):
                        break
                    choice = (choice + 1) % len(PIECES)
            parts[start : value_end(parts, start)] = [PIECES[choice].encode()]
        elif way == 13:  # another of the file's own
            parts[start] = parts[draws.next() % len(parts)]
        elif way == 14:  # a value with the comma after it goes
            parts[start : value_end(parts, start) + 1] = []
        elif way == 15:  # a value twice
            parts[start:start] = [*parts[start : value_end(parts, start)], b","]
        elif way == 16:  # a token goes
            parts[start : start + 1] = []
        elif way == 17:  # a byte is another
            token = bytearray(parts[start])
            place = draws.next() % len(token)
            token[place] = draws.next() % 256
            parts[start] = bytes(token)
        else:  # the next key goes, with its value
            while start + 1 < len(parts) and parts[start + 1] != b":":
                start += 1
            parts[start : min(value_end(parts, min(start + 2, len(parts) - 1)) + 1, len(parts))] = []
    return b"".join(parts)


def is_left_to_chance(data):
    """Whether a number stands for two tokens of a vocabulary, or a key is there twice: which of them
    counts is then left to chance."""
    found = []

    def look(pairs):
        keys = [key for key, _ in pairs]
        numbers = [value for _, value in pairs if type(value) is int]
        found.append(len(set(keys)) < len(keys) or len(pairs) > 8 and len(set(numbers)) < len(numbers))

    try:
        json.loads(data, object_pairs_hook=look)
    except ValueError:
        return False
    return any(found)


def verdict(data):
    """None where the library refuses the file, else a sum of the ids it gives; 0 where it then breaks
    down, -1 where they are left to chance."""
    try:
        tokenizer = Tokenizer.from_str(data.decode())
    except BaseException:  # its errors, and its panics
        return None
    if is_left_to_chance(data) or b'"dropout":0.5' in data:
        return -1
    value = 0
    try:
        for text in TEXTS:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            around = tokenizer.encode(text, add_special_tokens=True).ids
            if tokenizer.truncation or tokenizer.padding:
                tokenizer.no_truncation()
                tokenizer.no_padding()
                ids = tokenizer.encode(text, add_special_tokens=False).ids
                around = tokenizer.encode(text, add_special_tokens=True).ids
            value = zlib.crc32(record(ids, tokenizer.decode(ids, skip_special_tokens=False)), value)
            value = zlib.crc32(record(around), value)
    except BaseException:
        return 0
    return value or 1


def main():
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where panics are printed
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # and warnings
    files = [json.dumps(f, separators=(",", ":"), ensure_ascii=False).encode() for f in base_files()]
    for file in files:
        assert verdict(file), file
    parts = [tokens(file) for file in files]
    verdicts = [verdict(spoiled(parts, index)) for index in range(COUNT)]
    refused = sum(v is None for v in verdicts)
    print(COUNT, "files, refused", refused, "broken down over", sum(v == 0 for v in verdicts))
    names = {None: "-", 0: "!", -1: "+"}
    sums = [names[v] if v in names else f"{v & 0xFFFF:x}" for v in verdicts]
    result = {"files": [f.decode() for f in files], "pieces": PIECES, "texts": TEXTS, "verdicts": " ".join(sums)}
    (GOLDENS / "tokenizers-fuzz.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
