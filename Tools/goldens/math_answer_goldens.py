"""Goldens of Sources/MathAnswers: what math-verify says to pairs of answers.

    python Tools/goldens/math_answer_goldens.py [--folder FOLDER] [--kinds]

Made with math-verify 0.9.0 and latex2sympy2_extended 1.11.0 (pip install 'math-verify[antlr4_13_2]'
==0.9.0). The pairs come from math_answer_cases.py and from math_answer_pairs.txt, whose lines are
label | gold | answer. Both answers are read by `parse` between dollar signs, as its documentation
asks for LaTeX without an environment, and compared by `verify(gold, answer)` with its defaults: six
decimals, strict, five seconds. A pair that raises or takes longer has the verdict false, as there.

The golden is a list of [kind, gold, answer, label, verdict], the last two as 0 and 1.
"""

import argparse
import collections
import json
import logging
import pathlib

from math_verify import parse, verify

import math_answer_cases

logging.disable(logging.CRITICAL)
here = pathlib.Path(__file__).resolve().parent


def written():
    for line in (here / "math_answer_pairs.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            label, gold, answer = line.split(" | ")
            yield "by hand", gold, answer, label == "same"


def read(text):
    # A dollar in the text would end the environment.
    return parse(f"${text}$" if "$" not in text.replace("\\$", "") else text)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=pathlib.Path,
                         default=here.parent.parent / "Tests" / "Goldens")
    options.add_argument("--kinds", action="store_true", help="print agreement with the labels")
    arguments = options.parse_args()
    seen, cases, kinds = set(), [], collections.defaultdict(lambda: [0, 0])
    for kind, gold, answer, label in [*math_answer_cases.systematic(), *written()]:
        if (gold, answer) in seen:
            continue
        seen.add((gold, answer))
        verdict = bool(verify(read(gold), read(answer)))
        cases.append([kind, gold, answer, int(label), int(verdict)])
        kinds[kind][0] += 1
        kinds[kind][1] += verdict == label
        if arguments.kinds and verdict != label:
            print(f"{kind}: {gold} | {answer}: label {label}, verdict {verdict}")
    if arguments.kinds:
        for kind, (count, same) in kinds.items():
            print(f"{kind}: {count} pairs, {same} as labeled")
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (arguments.folder / "math-answers.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(cases)} pairs, {sum(same for _, same in kinds.values())} as labeled")


if __name__ == "__main__":
    main()
