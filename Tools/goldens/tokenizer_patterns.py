#!/usr/bin/env python3
"""Writes Tests/Goldens/tokenizers-patterns.json: where the `tokenizers` library cuts by patterns that
published tokenizers have and no scanner of ours knows, on texts up to 100,000 characters.

Made with tokenizers 0.23.3. Texts are drawn as tokenizer_parity.py draws them; what is stored is a
CRC-32 of the lengths of the pieces in bytes.
"""

import json
import zlib
from array import array

from tokenizers import Regex, pre_tokenizers

from tokenizer_goldens import FRAGMENTS
from tokenizer_parity import GOLDENS, MORE_FRAGMENTS, text

WORDS_O200K = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]%s[\p{Ll}\p{Lm}\p{Lo}\p{M}]%s(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERNS = {
    "DeepSeek-V3, digits": r"\p{N}{1,3}",
    "DeepSeek-V3, Chinese and Japanese": "[一-龥぀-ゟ゠-ヿ]+",
    "DeepSeek-V3, words": (
        r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"""
        r""" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""),
    "DeepSeek-LLM, lines": r"[\r\n]",
    "DeepSeek-LLM, letters": r"\s?\p{L}+",
    "DeepSeek-LLM, signs": r"\s?\p{P}+",
    "o200k": "|".join([
        r"[^\r\n\p{L}\p{N}]?" + WORDS_O200K % ("*", "+"),
        r"[^\r\n\p{L}\p{N}]?" + WORDS_O200K % ("+", "*"),
        r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"]),
    "cl100k, possessive": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}|"
        r" ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]|\s+(?!\S)|\s+"),
    "Kimi, Chinese first": r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s+|[^\s\p{L}\p{N}]+",
    "GPT-NeoX, spaces": r"\s{2,}|\S+\s?",
    "three digits from the right": r"(?<!\p{N})\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))|\p{N}{3}",
    "behind a letter": r"(?<=\p{L})\d|(?<=[a-z]|\s)\p{Lu}",
    "lazy": r"'.*?'|\S+?$|.",
    "scripts": r"\p{Hiragana}+|\p{Katakana}+|\p{Hangul}+|\p{Cyrillic}+|\p{Arabic}+|\p{Greek}|\p{Latin}+?|\P{L}",
    "categories": r"\p{Sm}|\p{Sc}+|\p{So}|\p{Pd}|\p{Ps}\p{Pe}?|\p{Nd}+|\p{Nl}|\p{No}|\p{Zs}+|\p{Mn}|\P{P}",
    "ways without number": r"(?:\p{L}+|\p{L}\p{N}?)+!|(?:ab|a)*c|(?:x+x+)+y",
}
DRAWN = FRAGMENTS + MORE_FRAGMENTS
TEXTS, LONG = 2000, 100_000


def lengths(split, texts):
    found = array("I")
    for one in texts:
        try:
            found.extend(len(piece.encode()) for piece, _ in split.pre_tokenize_str(one))
        except BaseException as error:  # The library panics where it has tried too often.
            assert "retry-limit" in str(error), error
            return None
        found.append(0)
    return zlib.crc32(found.tobytes())


def long_text():
    parts, size, index = [], 0, 0
    while size < LONG:
        parts.append(text(77, index, DRAWN))
        size += len(parts[-1])
        index += 1
    return "".join(parts), index


def main():
    texts = [text(78, index, DRAWN) for index in range(TEXTS)]
    whole, parts = long_text()
    cases = []
    for name, pattern in PATTERNS.items():
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        cases.append({"name": name, "pattern": pattern, "texts": lengths(split, texts),
                      "long": lengths(split, [whole])})
    target = GOLDENS / "tokenizers-patterns.json"
    lines = ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text(f'{{\n  "texts": {TEXTS},\n  "parts": {parts},\n  "cases": [\n{lines}\n  ]\n}}\n')
    print(f"{target}: {len(cases)} patterns, {TEXTS} texts and one of {len(whole)} characters")


if __name__ == "__main__":
    main()
