"""Makes Tests/Goldens/transformers-types.safetensors and transformers-verdicts.json: a file of every
element type, and what the reference safetensors library says of good and broken files.

Made with Python 3.11, torch 2.13.0, safetensors 0.8.0:
    python Tools/goldens/safetensors_goldens.py
"""

import base64
import json
import random
import struct
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

GOLDENS = Path(__file__).resolve().parents[2] / "Tests" / "Goldens"


def make_safetensors():
    """A file of every element type this program holds, with names that try the escapes."""
    tensors = {
        "z.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "a/b": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "half": torch.tensor([0.5], dtype=torch.float16),
        "wide": torch.tensor([[0.1]], dtype=torch.float64),
        "count": torch.tensor([-1, 1 << 40]),
        "flag": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 4),
        'quote " slash \\ tab \t bell \x07 del \x7f': torch.tensor([7.0]),
        "e\u0301": torch.tensor([8.0]),
        "\u00e9": torch.tensor([9.0]),
        "\U0001f600": torch.tensor([10.0]),
    }
    save_file(tensors, GOLDENS / "transformers-types.safetensors", metadata={"format": "pt"})


def container(header, data):
    return struct.pack("<Q", len(header)) + header + data


def broken(generator):
    """One file: a good header, mutated in one of several ways."""
    fields = {
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [8, 12]},
        "c": {"dtype": "U8", "shape": [], "data_offsets": [12, 13]},
    }
    if generator.random() < 0.5:
        fields["__metadata__"] = {"format": "pt"}
    data = bytes(range(13))
    kind = generator.randrange(8)
    if kind == 0:  # one number replaced
        entry = fields[generator.choice("abc")]
        numbers = entry[generator.choice(["shape", "data_offsets"])]
        value = generator.choice(
            [0, 1, 2, 4, 8, 12, 13, 14, -1, 1.5, 1e3, 2**31, 2**62, 2**63, 2**64, None, "1", []])
        if numbers and generator.random() < 0.8:
            numbers[generator.randrange(len(numbers))] = value
        else:
            numbers.append(value)
    elif kind == 1:  # another type
        fields[generator.choice("abc")]["dtype"] = generator.choice(
            ["F4", "F64", "I8", "F6_E2M3", "C64", "f32", "F33", "", 1, None, "BOOL", "F8_E8M0"])
    elif kind == 2:  # a key lost or gained
        entry = fields[generator.choice("abc")]
        if generator.random() < 0.5:
            del entry[generator.choice(list(entry))]
        else:
            entry[generator.choice(["x", "name", "Dtype"])] = generator.choice(
                [None, {}, [[]], {"a": [1, {}]}, 1e300, "\u00e9"])
    elif kind == 3:  # metadata
        fields["__metadata__"] = generator.choice(
            [None, {}, [], 1, "x", {"a": "b"}, {"a": 1}, {"a": None}, {"a": {}}, {"": ""}])
    elif kind == 4:  # data longer or shorter
        data = data[:generator.randrange(13)] if generator.random() < 0.5 else data + b"x"
    header = json.dumps(fields).encode()
    if kind == 5:  # bytes of the text
        text = bytearray(header)
        for _ in range(generator.randrange(1, 3)):
            place = generator.randrange(len(text))
            action = generator.randrange(3)
            if action == 0:
                text[place] = generator.randrange(256)
            elif action == 1:
                del text[place]
            else:
                text.insert(place, generator.choice(b'{}[]",:\\ 0159-.eEtn\x00\xff\n'))
        header = bytes(text)
    elif kind == 6:  # space, or text, around
        header = generator.choice([b" ", b"\n", b"\x00", b"", b"\xef\xbb\xbf"]) + header
        header += generator.choice([b" ", b"   ", b"\t", b"{}", b"\x00", b","])
    file = container(header, data)
    if kind == 7:  # the length of the header
        length = generator.choice(
            [0, 1, 7, len(header) - 1, len(header) + 1, len(header) + 13, len(header) + 14,
             100_000_000, 100_000_001, 2**31, 2**32, 2**63, 2**64 - 1])
        file = struct.pack("<Q", length) + file[8:]
        if generator.random() < 0.2:
            file = file[:generator.randrange(9)]
    return file


def by_hand():
    """The cases that chance would not find."""
    deep = lambda levels: b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":' \
        + b"[" * levels + b"]" * levels + b"}}"
    one = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,4]}}'
    yield from (container(header, data) for header, data in [
        (b"{}", b""), (b"{}", b"x"), (b"", b""), (b"[]", b""), (b"null", b""),
        (deep(100), b"0000"), (deep(124), b"0000"), (deep(125), b"0000"), (deep(126), b"0000"),
        (deep(5000), b"0000"),
        (one % b"1", b"0000"), (one % b"-0", b"0000"), (one % b"1.0", b"0000"),
        (one % b"1e0", b"0000"), (one % b"01", b"0000"), (one % b"+1", b"0000"),
        (one % b"18446744073709551615,18446744073709551615", b"0000"),
        (one % b"4294967296,4294967296", b"0000"), (one % b"1,1,1,1,1", b"0000"),
        (one % b"1,", b"0000"), (one % b",1", b"0000"),
        (b'{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1e999}}', b"0000"),
        (b'{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1,"x":2}}', b"0000"),
        (b'{"__metadata__":{},"__metadata__":{}}', b""),
        (b'{"__metadata__":{"a":"1","a":"2"}}', b""),
        (b'{"a\\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\ud83d\\ude00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\ude00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\u00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\x01":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\xc3":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'
         b'"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'
         b'"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}', b"00000000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}', b"0000"),
        (b'{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}', b"0"),
        (b'{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}', b"0"),
        (b'{"a":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}', b"000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
         b"0000PK\x05\x06" + bytes(18)),
    ])
    yield b""
    yield b"1234567"


def verdict(file):
    try:
        safetensors.deserialize(file)
        return True
    except Exception:
        return False


def make_verdicts(path, count):
    generator = random.Random(20)
    files = list(by_hand()) + [broken(generator) for _ in range(count)]
    cases = [[base64.b64encode(file).decode(), verdict(file)] for file in files]
    path.write_text(
        "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{path.name}: {sum(accepted for _, accepted in cases)} of {len(cases)} accepted")


if __name__ == "__main__":
    make_safetensors()
    make_verdicts(GOLDENS / "transformers-verdicts.json", 240)
