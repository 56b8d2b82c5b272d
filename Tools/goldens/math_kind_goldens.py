"""Goldens of the kinds of answers that graders miss: labels by construction, and math-verify's word.

    python Tools/goldens/math_kind_goldens.py [--folder FOLDER]

Made with math-verify 0.9.0, as math_answer_goldens.py, whose reading of a text it uses. The pairs come
from math_kind_cases.py. The golden is a list of [kind, gold, answer, label, verdict].
"""

import argparse
import json
import pathlib

from math_verify import verify

import math_answer_goldens
import math_kind_cases


def verdict(gold, answer):
    try:
        return bool(verify(math_answer_goldens.read(gold), math_answer_goldens.read(answer)))
    except Exception:
        return False


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=pathlib.Path,
                         default=math_answer_goldens.here.parent.parent / "Tests" / "Goldens")
    folder = options.parse_args().folder
    cases = [[kind, gold, answer, int(label), int(verdict(gold, answer))]
             for kind, gold, answer, label in math_kind_cases.pairs()]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (folder / "math-answers-kinds.json").write_text(f"[\n{lines}\n]\n")
    same = sum(case[3] == case[4] for case in cases)
    print(f"{len(cases)} pairs, {same} as labeled by math-verify")


if __name__ == "__main__":
    main()
