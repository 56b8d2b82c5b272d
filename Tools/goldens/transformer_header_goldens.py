"""Makes Tests/Goldens/transformers-headers.json: what the reference safetensors library says of
12,000 mutated files. Only its verdicts are stored; the test makes the same files again, by the same
arithmetic, and a checksum over all of them proves that they are the same.

Made with Python 3.11, safetensors 0.8.0:
    python Tools/goldens/transformer_header_goldens.py
"""

import base64
import json
import struct
from pathlib import Path

import safetensors

GOLDENS = Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
COUNT, SEED = 12_000, 35
MASK = (1 << 64) - 1

# A good header and the length of its data.
ORIGINALS = [
    (b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
     b'"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]},'
     b'"c":{"dtype":"U8","shape":[],"data_offsets":[12,13]}}', 13),
    (b'{"model.norm.weight":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}  ', 8),
    (b'{"x":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2],"note":[{"deep":[null,1e3]}]},'
     b'"y":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]}}', 5),
    (b'{"\xc3\xa9":{"dtype":"I64","shape":[1],"data_offsets":[4,12]},'
     b'"e\xcc\x81":{"dtype":"BOOL","shape":[2,2],"data_offsets":[0,4]},'
     b'"":{"dtype":"F64","shape":[0,7],"data_offsets":[12,12]}}', 12),
    (b'{"a\\u0041\\n":{"shape":[1,1,1],"data_offsets":[0,4],"dtype":"F32"},'
     b'"__metadata__":{"k":"v","w":""}}', 4),
    (b'{}', 0),
]
LETTERS = b'{}[]",:\\ 0159-.eEtn\x00\xff\n'
NUMBERS = [
    b"0", b"1", b"2", b"3", b"4", b"8", b"12", b"13", b"-1", b"1.5", b"1e3", b"01", b"-0",
    b"2147483648", b"9223372036854775807", b"9223372036854775808", b"18446744073709551615",
    b"18446744073709551616", b"null", b'"1"', b"[]", b"true", b"",
]
TYPES = [
    b"F32", b"F64", b"BF16", b"F4", b"F6_E3M2", b"C64", b"U64", b"I8", b"f32", b"F33", b"",
    b"F8_E8M0", b"BOOL",
]
LENGTHS = [0, 1, 7, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 63, MASK]


class Generator:
    """Knuth's multiplicative generator, as the test has it."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state ^ (self.state >> 33)) % bound


def run(text, place, letters):
    """The first run of some letters that begins at or after a place; empty at the end for none."""
    start = place
    while start < len(text) and text[start] not in letters:
        start += 1
    end = start
    while end < len(text) and text[end] in letters:
        end += 1
    return start, end


def mutate(header, generator):
    """One change of a header's text."""
    kind, place = generator.below(7), generator.below(len(header) + 1)
    if kind == 0:
        return header[:place] + bytes([generator.below(256)]) + header[place + 1:]
    if kind == 1:
        return header[:place] + header[place + 1:]
    if kind == 2:
        return header[:place] + bytes([LETTERS[generator.below(len(LETTERS))]]) + header[place:]
    if kind == 3:
        start, end = run(header, place, b"0123456789")
        return header[:start] + NUMBERS[generator.below(len(NUMBERS))] + header[end:]
    if kind == 4:
        start, end = run(header, place, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
        return header[:start] + TYPES[generator.below(len(TYPES))] + header[end:]
    end = min(place + 1 + generator.below(20), len(header))
    if kind == 5:
        return header[:place] + header[end:]
    return header[:end] + header[place:end] + header[end:]


def made(generator):
    """One file."""
    header, length = ORIGINALS[generator.below(len(ORIGINALS))]
    for _ in range(1 + generator.below(5) // 3):
        header = mutate(header, generator)
    stated = len(header)
    kind = generator.below(20)
    if kind == 0:
        length = max(0, length + generator.below(17) - 8)
    elif kind == 1:
        stated = max(0, stated + generator.below(17) - 8)
    elif kind == 2:
        stated = LENGTHS[generator.below(len(LENGTHS))]
    return struct.pack("<Q", stated) + header + bytes(length)


def accepted(file):
    try:
        safetensors.deserialize(file)
        return True
    except Exception:
        return False


generator = Generator(SEED)
checksum = 0xCBF29CE484222325
verdicts = bytearray((COUNT + 7) // 8)
for number in range(COUNT):
    file = made(generator)
    for byte in file:
        checksum = ((checksum ^ byte) * 0x100000001B3) & MASK
    if accepted(file):
        verdicts[number // 8] |= 1 << (number % 8)
total = sum(byte.bit_count() for byte in verdicts)
(GOLDENS / "transformers-headers.json").write_text(json.dumps({
    "made by": "Tools/goldens/transformer_header_goldens.py, safetensors 0.8.0",
    "count": COUNT, "seed": SEED, "checksum": f"{checksum:016x}", "accepted": total,
    "verdicts": base64.b64encode(verdicts).decode(),
}, indent=0) + "\n")
print(f"transformers-headers.json: {total} of {COUNT} accepted")
