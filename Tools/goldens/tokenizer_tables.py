"""The Unicode tables of the room Tokenizers, read off the `tokenizers` library.

Made with tokenizers 0.23.3 and Python 3.11 (unicodedata 14). Called by tokenizer_goldens.py; it
writes Sources/Tokenizers/Unicode/*Table.swift.

The library's classes come from its two engines for regular expressions, and its NFC from a crate
that stayed at Unicode 9, so neither can be had from anywhere but the library: every Unicode scalar
is asked about.
"""

import pathlib
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import models, normalizers, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ROOT / "Sources/Tokenizers/Unicode"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def matching(pattern):
    """The scalars that a pattern of the Split pre-tokenizer matches."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    found = []
    for start in range(0, len(SCALARS), 4096):
        chunk = SCALARS[start : start + 4096]
        kept = {ord(c) for piece, _ in split.pre_tokenize_str("".join(map(chr, chunk))) for c in piece}
        found += [c for c in chunk if c not in kept]
    return found


CATEGORIES = (
    "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co").split()
SCRIPTS = "Han Hiragana Katakana Hangul Latin Greek Cyrillic Arabic Hebrew Thai".split()


def numbered(names):
    """Gap, length and number from 1 of the runs of scalars that a Split pattern \\p{name} matches."""
    numbers = {}
    for number, name in enumerate(names, 1):
        for c in matching(r"\p{%s}" % name):
            assert c not in numbers, hex(c)
            numbers[c] = number
    packing, end = [], 0
    for first, length in runs_by_class(numbers):
        packing += [first - end, length, numbers[first]]
        end = first + length
    return packed(packing)


def write_properties():
    """The table of what \\p{…} names beside letters and numbers."""
    swift_table(
        "ScalarPropertyTable",
        [
            "General categories and scripts as Split patterns have them, read off the tokenizers",
            "library (0.23.3) by Tools/goldens/tokenizer_tables.py: do not edit. Each is a list of",
            "runs: the gap since the last run, the length and the number, packed.",
        ],
        [
            ("categories", "Numbers from 1: " + " ".join(CATEGORIES) + ".", numbered(CATEGORIES)),
            ("scripts", "Numbers from 1: " + " ".join(SCRIPTS) + ".", numbered(SCRIPTS)),
        ],
    )


def cut_away(pre_tokenizer):
    """The scalars that a pre-tokenizer takes out of a text."""
    found = []
    for start in range(0, len(SCALARS), 4096):
        chunk = SCALARS[start : start + 4096]
        pieces = pre_tokenizer.pre_tokenize_str("".join(map(chr, chunk)))
        kept = {ord(c) for piece, _ in pieces for c in piece}
        found += [c for c in chunk if c not in kept]
    return found


def digit_scalars():
    """The scalars that the pre-tokenizer Digits sets apart."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    found = []
    for start in range(0, len(SCALARS), 4096):
        text = "".join("a" + chr(c) for c in SCALARS[start : start + 4096] if c != 0x61) + "a"
        pieces = digits.pre_tokenize_str(text)
        found += [ord(piece) for piece, _ in pieces if len(piece) == 1 and piece != "a"]
    return found


def accent_scalars():
    """The scalars that the normalizer StripAccents takes away."""
    strip = normalizers.StripAccents().normalize_str
    return [c for c in SCALARS if strip("a" + chr(c)) == "a"]


def lowercase_pairs():
    """Every capital with its small letter; the one that becomes two scalars is left to the code."""
    lower = normalizers.Lowercase().normalize_str
    pairs = [(c, lower(chr(c))) for c in SCALARS if lower(chr(c)) != chr(c)]
    assert [(c, s) for c, s in pairs if len(s) > 1] == [(0x130, "i\u0307")]
    return [(c, ord(s[0])) for c, s in pairs]


def meanings():
    """What NFKD makes of every scalar where NFD makes something else."""
    nfd, nfkd = normalizers.NFD().normalize_str, normalizers.NFKD().normalize_str
    return [(c, [ord(x) for x in nfkd(chr(c))]) for c in SCALARS if nfkd(chr(c)) != nfd(chr(c))]


def word_scalars():
    """The scalars that count as part of a word beside an added token."""
    tokenizer = Tokenizer(models.BPE(vocab={"x": 0}, merges=[]))
    tokenizer.add_tokens([AddedToken("QQ", single_word=True, normalized=False)])
    return [c for c in SCALARS if 1 not in tokenizer.encode("QQ" + chr(c)).ids]


def composition():
    """The library's canonical decompositions, compositions and combining classes."""
    nfc, nfd = normalizers.NFC().normalize_str, normalizers.NFD().normalize_str
    pairs, renamed, classes = [], [], {}
    for c in SCALARS:
        if 0xAC00 <= c < 0xD7A4 or c < 0x80:
            continue
        if nfd(chr(c)) != chr(c):
            halves = unicodedata.decomposition(chr(c)).split()
            assert halves and halves[0][0] != "<", hex(c)
            halves = [int(h, 16) for h in halves]
            if len(halves) == 1:
                renamed.append((c, halves[0]))
            else:
                text = "".join(map(chr, halves))
                pairs.append((c, *halves, nfc(text) == chr(c)))
        # A mark is what is sorted: behind one of class 240, or before one of class 1.
        if nfd("\u0345" + chr(c)) != "\u0345" + nfd(chr(c)) or nfd(chr(c) + "\u0334") != nfd(
            chr(c)
        ) + "\u0334":
            if nfd(chr(c)) == chr(c):
                classes[c] = unicodedata.combining(chr(c))
                assert classes[c], hex(c)
    return pairs, renamed, classes


def runs(scalars):
    """Sorted scalars as (first, length)."""
    found = []
    for c in scalars:
        if found and sum(found[-1]) == c:
            found[-1][1] += 1
        else:
            found.append([c, 1])
    return found


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"


def packed(numbers):
    """Numbers as text, read back by PackedNumbers.swift."""
    text = ""
    for number in numbers:
        while number >= 32:
            text += DIGITS[32 + number % 32]
            number //= 32
        text += DIGITS[number]
    return text


def packed_runs(scalars):
    numbers, end = [], 0
    for first, length in runs(scalars):
        numbers += [first - end, length]
        end = first + length
    return packed(numbers)


def swift_table(name, about, members):
    """A Swift file of packed tables."""
    lines = [f"// {line}" for line in about] + ["", f"enum {name} {{"]
    for index, (member, comment, text) in enumerate(members):
        lines += [""] * (index > 0) + [f"  /// {comment}", f'  static let {member}: StaticString = """']
        lines += ["    " + text[at : at + 92] for at in range(0, len(text), 92)]
        lines += ['    """']
    (TABLES / f"{name}.swift").write_text("\n".join(lines + ["}", ""]))


def write_tables():
    letters, numbers, spaces = matching(r"\p{L}"), matching(r"\p{N}"), matching(r"\s")
    words = word_scalars()
    pairs, renamed, classes = composition()
    nfc = normalizers.NFC().normalize_str
    composing = {c for c in SCALARS if nfc(chr(c)) != chr(c)} | set(classes)
    composing |= {second for _, _, second, joins in pairs if joins}
    composing |= set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    punctuation = cut_away(pre_tokenizers.Punctuation("removed"))
    digits, accents = digit_scalars(), accent_scalars()
    about = [
        "Tables read off the tokenizers library (0.23.3) by Tools/goldens/tokenizer_tables.py:",
        "do not edit. Each is a list of runs: the gap since the last run, and the length, packed.",
    ]
    swift_table(
        "CharacterClassTable",
        about,
        [
            ("letters", "Scalars of `\\p{L}`.", packed_runs(letters)),
            ("numbers", "Scalars of `\\p{N}`.", packed_runs(numbers)),
            ("spaces", "Scalars of `\\s`.", packed_runs(spaces)),
            ("words", "Scalars of `\\w`.", packed_runs(words)),
            ("composing", "Scalars that NFC may touch.", packed_runs(sorted(composing))),
            ("punctuation", "Scalars that Punctuation cuts at.", packed_runs(punctuation)),
            ("digits", "Scalars that Digits cuts at.", packed_runs(digits)),
            ("accents", "Scalars that StripAccents takes away.", packed_runs(accents)),
        ],
    )
    write_properties()
    capitals, last = [], 0
    for c, small in lowercase_pairs():
        capitals += [c - last, 2 * (small - c) if small > c else 2 * (c - small) + 1]
        last = c
    swift_table(
        "LowercaseTable",
        [
            "Small letters, read off the tokenizers library (0.23.3) by",
            "Tools/goldens/tokenizer_tables.py: do not edit.",
        ],
        [("capitals", "Step to the capital, twice the way to its small letter, plus 1 if back.", packed(capitals))],
    )
    known, last = [], 0
    for c, scalars in meanings():
        known += [c - last, len(scalars), *scalars]
        last = c
    swift_table(
        "CompatibilityTable",
        [
            "The compatibility decompositions of the tokenizers library (0.23.3), which are those of",
            "Unicode 9, read off it by Tools/goldens/tokenizer_tables.py: do not edit.",
        ],
        [("meanings", "Step to the scalar, how many scalars it is taken apart to, and those.", packed(known))],
    )
    apart, last = [], 0
    for c, first, second, joins in pairs:
        apart += [c - last, first * 2 + joins, second]
        last = c
    other, last = [], 0
    for c, name in renamed:
        other += [c - last, name]
        last = c
    marks, end = [], 0
    for first, length in runs_by_class(classes):
        marks += [first - end, length, classes[first]]
        end = first + length
    swift_table(
        "CompositionTable",
        [
            "The canonical decompositions of the tokenizers library (0.23.3), which are those of",
            "Unicode 9, read off it by Tools/goldens/tokenizer_tables.py: do not edit.",
        ],
        [
            ("pairs", "Step to the scalar, twice its first half plus 1 if both join, second half.", packed(apart)),
            ("renamed", "Step to the scalar, the scalar it is another name of.", packed(other)),
            ("marks", "Gap, length and combining class of runs of marks.", packed(marks)),
        ],
    )
    sets = {"letter": letters, "number": numbers, "space": spaces, "word": words}
    sets |= {"punctuation": punctuation, "digit": digits, "accent": accents}
    return {name: {"count": len(s), "digest": digest(s)} for name, s in sets.items()}


def runs_by_class(classes):
    found = []
    for c in sorted(classes):
        if found and sum(found[-1]) == c and classes[found[-1][0]] == classes[c]:
            found[-1][1] += 1
        else:
            found.append([c, 1])
    return found


def digest(numbers):
    """FNV-1a over 32-bit numbers, as a decimal string."""
    value = 0xCBF29CE484222325
    for number in numbers:
        value = (value ^ number) * 0x100000001B3 % 2**64
    return str(value)
