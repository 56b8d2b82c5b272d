"""Character maps of the normalizer Precompiled, written as SentencePiece writes them, and what the
`tokenizers` library shows of its grapheme clusters through them.

Made with tokenizers 0.23.3. Run from the root of the tree, in about a minute; it writes
Sources/Tokenizers/Unicode/GraphemeTable.swift:

    python3 Tools/goldens/tokenizer_charsmap.py

A cluster shorter than six bytes is looked up whole, and the shortest key that it begins with takes the
place of all of it. So whether two scalars are one cluster is seen from whether the second goes along.
"""

import struct

from tokenizers import normalizers

from tokenizer_tables import SCALARS, packed, swift_table


def charsmap(rules):
    """The bytes of a map of texts to texts: the trie's size, the trie, the texts with a NUL after each.

    The trie is a double array: a unit has its label in bits 0 to 7, in bit 8 whether a key ends there,
    and from bit 10 what its place is combined with (by XOR) to find the block of its children. A child
    lies in the block at its label, the end of a key at 0, with bit 31 and where the text begins.
    """
    texts, starts = b"", {}
    for text in rules.values():
        if text not in starts:
            starts[text] = len(texts)
            texts += text.encode() + b"\0"
    root = {}
    for key, text in rules.items():
        node = root
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[-1] = starts[text]
    units, bases = {0: 0}, set()
    waiting = [(0, root)]
    free = 1
    while waiting:
        place, node = waiting.pop(0)
        labels = [max(label, 0) for label in node]
        base = free
        while base in bases or any(base ^ label in units for label in labels):
            base += 1
        bases.add(base)
        units[place] |= (place ^ base) << 10 | (-1 in node) << 8
        for label, child in node.items():
            if label < 0:
                units[base] = 1 << 31 | child
            else:
                units[base ^ label] = label
                waiting.append((base ^ label, child))
        while free in units:
            free += 1
    size = (max(units) | 255) + 1
    assert size < 1 << 21
    array = struct.pack(f"<{size}I", *(units.get(place, 0) for place in range(size)))
    return struct.pack("<I", len(array)) + array + texts


def swallows(key):
    """Puts Z for every cluster of less than six bytes that begins with `key`."""
    return normalizers.Precompiled(charsmap({key: "Z"})).normalize_str


MARK, JOINER, CONSONANT, LINKER, SIGN = "\u0301", "\u200d", "\u0915", "\u094d", "\u00a9"
LEAD, VOWEL, TRAIL = "\u1100", "\u1161", "\u11a8"
# What the library shows of each kind of scalar, as Graphemes.swift numbers them.
KINDS = [
    set(),
    {"control"},
    {"joins", "extends", "attached"},
    {"joins", "extends"},
    {"joins", "attached"},
    {"joins"},
    {"joins", "extends", "linker", "attached"},
    {"prepends", "linker", "attached", "lead", "vowel", "trail"},
    {"consonant"},
    {"picture", "extends"},
    {"lead", "vowel"},
    {"vowel", "trail"},
    {"trail"},
]


def kind(c, normalize):
    """The kind of a scalar: each test ends in a mark that stays where its scalar was joined."""
    double = c + MARK + MARK
    tests = {
        "prepends": ("a", c + "a" + MARK),
        "extends": (SIGN, SIGN + c + JOINER + SIGN + MARK),
        "picture": (SIGN, c + JOINER + SIGN + MARK),
        "consonant": (CONSONANT, c + LINKER + CONSONANT + MARK),
        "linker": (CONSONANT, CONSONANT + c + CONSONANT + MARK),
        "attached": (CONSONANT, CONSONANT + LINKER + c + CONSONANT + MARK),
        "lead": (LEAD, c + LEAD + MARK),
        "vowel": (VOWEL, c + VOWEL + MARK),
        "trail": (TRAIL, c + TRAIL + MARK),
    }
    shown = {name for name, (key, text) in tests.items() if normalize[key](text).endswith(MARK)}
    shown |= {"joins"} if normalize["a"]("a" + c) == "Z" else set()
    # Two marks that belong to nothing are one cluster.
    shown |= {"control"} if normalize[MARK](double).count("Z") == 1 else set()
    return KINDS.index(shown)


def main():
    normalize = {key: swallows(key) for key in ["a", MARK, SIGN, CONSONANT, LEAD, VOWEL, TRAIL]}
    found = []
    for value in SCALARS:
        number = kind(chr(value), normalize)
        if 0xAC00 <= value <= 0xD7A3:
            assert number == 11 + ((value - 0xAC00) % 28 > 0)
        elif number and found and found[-1][0] + found[-1][1] == value and found[-1][2] == number:
            found[-1][1] += 1
        elif number:
            found.append([value, 1, number])
    numbers, end = [], 0
    for first, length, number in found:
        numbers += [first - end, length, number]
        end = first + length
    swift_table(
        "GraphemeTable",
        [
            "What the tokenizers library (0.23.3) joins to clusters, read off it by",
            "Tools/goldens/tokenizer_charsmap.py: do not edit. Korean syllables are reckoned.",
        ],
        [("kinds", "Gap, length and number of runs of scalars of a kind.", packed(numbers))],
    )


if __name__ == "__main__":
    main()
