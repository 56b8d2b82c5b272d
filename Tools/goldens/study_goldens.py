"""Goldens of a study's statistics, from SciPy: tails and critical values of Student's t, intervals and
paired tests of seeds, and Holm's correction written out.

    python Tools/goldens/study_goldens.py [--folder FOLDER]
"""

import argparse
import json
import pathlib

import numpy
from scipy import stats

DEGREES = [1, 2, 3, 4, 7, 12, 30, 99, 1000]
DISTANCES = [0.0, 1e-9, 0.01, 0.5, 1.0, 1.96, 2.776, 5.0, 12.706, 40.0, 1000.0]
CHANCES = [1e-12, 1e-6, 0.001, 0.01, 0.05, 0.1, 0.5, 0.9, 0.999, 1.0]
COUNTS = [2, 3, 5, 13]

random = numpy.random.default_rng(20250407)


def tails():
    return [
        {"degrees": d, "t": t, "tail": float(2 * stats.t.sf(t, d))}
        for d in DEGREES
        for t in DISTANCES
    ]


def criticals():
    return [
        {"degrees": d, "tail": p, "t": float(stats.t.isf(p / 2, d))}
        for d in DEGREES
        for p in CHANCES
    ]


def pairs():
    cases = []
    for count in COUNTS:
        for shift in [0.0, 0.03, 0.2]:
            first = random.normal(0.8, 0.03, count)
            other = first - shift + random.normal(0, 0.02, count)
            test = stats.ttest_rel(other, first)
            interval = test.confidence_interval(0.95)
            mean = stats.t.interval(
                0.95, count - 1, loc=first.mean(), scale=stats.sem(first)
            )
            cases.append(
                {
                    "first": first.tolist(),
                    "other": other.tolist(),
                    "mean": float(first.mean()),
                    "ends": [float(end) for end in mean],
                    "difference": float((other - first).mean()),
                    "difference_ends": [float(interval.low), float(interval.high)],
                    "chance": float(test.pvalue),
                }
            )
    return cases


def holm(chances):
    """By the definition: reject while the k-th smallest is at most level / (m - k + 1); the corrected
    chance is the smallest level at which a hypothesis falls."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    adjusted = [0.0] * len(chances)
    for rank, place in enumerate(order):
        needed = [
            chances[order[earlier]] * (len(chances) - earlier)
            for earlier in range(rank + 1)
        ]
        adjusted[place] = min(1.0, max(needed))
    return adjusted


def corrections():
    lists = [
        [0.01, 0.04, 0.03, 0.005],
        [0.5],
        [0.2, 0.2, 0.9, 0.04, 0.0001],
        random.uniform(0, 0.2, 17).tolist(),
    ]
    return [{"chances": chances, "adjusted": holm(chances)} for chances in lists]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, default="Tests/Goldens")
    goldens = {
        "tails": tails(),
        "criticals": criticals(),
        "pairs": pairs(),
        "holm": corrections(),
    }
    file = parser.parse_args().folder / "study-statistics.json"
    file.write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()
