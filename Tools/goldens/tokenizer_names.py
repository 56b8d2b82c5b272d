#!/usr/bin/env python3
"""Writes Tests/Goldens/tokenizers-names.json: which names Python's `re` says that patterns match whole,
as PEFT asks for the layers of an adapter.

The patterns are shapes that adapters have, and drawn ones. No name is empty: whether \\B matches there
changed with Python 3.14. Needs no package.
"""

import json
import random
import re
from pathlib import Path

GOLDENS = Path(__file__).resolve().parents[2] / "Tests/Goldens"

SHAPES = [
    r".*q_proj", r".*\.(q_proj|v_proj)", r".*\.(q_proj|v_proj)$", r"^(?!.*visual).*(?:q_proj|k_proj|up_proj)$",
    r"^model\.layers\.\d+\.self_attn\.(q|k|v)_proj$", r"(.*\.)?(layers\.0\.mlp\.up_proj)", r"(?i).*Q_PROJ",
    r"(?:.*?(?:language|text).*?(?:self_attn|mlp).*?(?:q_proj|up_proj).*?)|"
    r"(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|mlp)\.(?:(?:q_proj|k_proj|down_proj)))",
    r"model\.layers\.(?:1?[02468])\..*", r"model\.layers\.([0-9]|1[0-5])\.mlp\.\w+", r"\w+(\.\w+)*",
    r".*(?<!lm)_head", r"(?P<part>model|lm).*", r"\Amodel.*proj\Z", 
    r".*\B_proj", r"[^.]+(\.[^.]+){3}", r".{10,20}", r".*?\.mlp\..+?", r"(model)?.*(?=_proj)_proj", r"\W", "[\\w.]+",
    r"(a|a)*", r"(.*?)+?j", r".{2,4}?.*", r"", "model", r"(?i:MODEL)\.norm",
]
NAMES = ["model", "lm_head", "model.norm", "model.embed_tokens", "a", "aaaaaaaa", "x", "proj", "!", "model!"]
for layer in (0, 1, 7, 12, 31):
    for part in ("self_attn.q_proj", "self_attn.v_proj", "self_attn.k_proj", "mlp.up_proj", "mlp.down_proj", "mlp"):
        NAMES.append(f"model.layers.{layer}.{part}")
    NAMES.append(f"visual.blocks.{layer}.attn.q_proj")
    NAMES.append(f"model.language_model.layers.{layer}.self_attn.q_proj")


def drawn(random, depth=0):
    """A pattern over a, b, . and _ that any engine decides in a moment on short names."""
    kind = random.randrange(9 if depth < 3 else 3)
    inner = lambda: drawn(random, depth + 1)
    atoms = ["a", "b", r"\.", "_", ".", r"\w", r"\W", "[ab]", "[^a]", r"\b", r"\B", "^", "$", r"\d", "[a-b_]", r"\A", r"\Z"]
    if kind < 3:
        return random.choice(atoms)
    if kind < 6:
        return inner() + inner()
    if kind == 6:
        return f"(?:{inner()}|{inner()})"
    if kind == 7:
        return f"({inner()})" + random.choice(["*", "+", "?", "{2}", "{1,2}", "{0,2}?", "*?", "+?", "??"])
    return random.choice(["(?=%s)", "(?!%s)"]) % inner() + inner()


def main():
    source = random.Random(15)
    patterns = [pattern for pattern in SHAPES if pattern]
    while len(patterns) < 600:
        pattern = drawn(source)
        try:
            re.compile(pattern)
        except re.error:
            continue
        patterns.append(pattern)
    names = NAMES + ["".join(source.choice("ab._1") for _ in range(source.randrange(1, 9))) for _ in range(60)]
    cases = [
        {"pattern": one, "matches": "".join("1" if re.fullmatch(one, name) else "0" for name in names)} for one in patterns]
    golden = {"names": names, "cases": cases}
    (GOLDENS / "tokenizers-names.json").write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n")
    print(len(cases), "patterns,", sum(case["matches"].count("1") for case in cases), "matches")


main()
