"""Goldens of the verifier `code`: what published graders say to the cases of code_cases.py.

    python Tools/goldens/code_goldens.py --prime FOLDER --livecodebench FILE [--cases FILE] [--out FILE]

FOLDER is verl's verl/utils/reward_score/prime_code (commit b178a3cd), FILE LiveCodeBench's
lcb_runner/evaluation/testing_util.py (commit 28fef95e); both need NumPy. They run programs in their
own process: start this where nothing can be harmed, without network. With --cases another list of
JSON lines (name, gold, response, expected) is graded and only counted; else the golden is written to
Tests/Goldens/code-programs.json.

prime_code is asked through compute_score. It imports RuntimeModule of pyext, which newer Pythons
cannot import: a module made by exec stands in for it. LiveCodeBench takes the program between the last
two fences, as its own extraction does. Arguments and results that the tests state as values are
written as the texts that both demand. A grader that fails or hangs has said wrong.
"""

import argparse
import collections
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import types

import code_call_cases
import code_cases

here = pathlib.Path(__file__).resolve().parent


def cases():
    for one in [*code_cases.outputs(), *code_cases.fences(), *code_cases.ways(),
                *code_call_cases.results(), *code_call_cases.calls(), *code_call_cases.forms()]:
        name, problem, response, verdict, *unfenced = one
        case = {"name": name, "truth": code_call_cases.text(problem), "response": response,
                "expected": verdict}
        yield {**case, "unfenced": True} if unfenced else case


def as_texts(truth):
    """The tests as both graders demand them."""
    tests = json.loads(truth)
    if tests.get("fn_name"):
        if all(isinstance(one, str) for one in tests["inputs"]):
            return tests
        tests["inputs"] = ["\n".join(map(json.dumps, one)) for one in tests["inputs"]]
        tests["outputs"] = [json.dumps(one) for one in tests["outputs"]]
    else:
        tests["fn_name"] = None
        for key in ("inputs", "outputs"):
            tests[key] = [one if isinstance(one, str) else "\n".join(map(str, one))
                          if isinstance(one, list) else str(one) for one in tests[key]]
    return tests


def prime(folder, truth, response):
    class RuntimeModule:
        @staticmethod
        def from_string(name, words, source):
            module = types.ModuleType(name, words)
            exec(source, module.__dict__)
            return module

    stand_in = types.ModuleType("pyext")
    stand_in.RuntimeModule = RuntimeModule
    sys.modules["pyext"] = stand_in
    sys.path.insert(0, str(pathlib.Path(folder).resolve().parent))
    module = importlib.import_module(pathlib.Path(folder).name)
    return module.compute_score(response, as_texts(truth))[0] is True


def livecodebench(file, truth, response):
    spec = importlib.util.spec_from_file_location("testing_util", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = response.split("\n")
    fences = [place for place, line in enumerate(lines) if "```" in line]
    if len(fences) < 2:
        return False
    code = "\n".join(lines[fences[-2] + 1:fences[-1]])
    verdicts, _ = module.run_test({"input_output": json.dumps(as_texts(truth))}, test=code)
    return bool(verdicts) and all(verdict > 0 for verdict in verdicts)


def asked(grader, place, case):
    """Whether a grader, in a process of its own, says that the response is right."""
    request = json.dumps([grader, place, case["truth"], case["response"]])
    try:
        done = subprocess.run([sys.executable, __file__, "--one"], input=request, text=True,
                              capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return False
    return done.stdout.endswith("\nsaid: right\n")


def answer():
    grader, place, truth, response = json.load(sys.stdin)
    verdict = {"prime_code": prime, "livecodebench": livecodebench}[grader](place, truth, response)
    print("\nsaid:", "right" if verdict else "wrong", flush=True)
    os._exit(0)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    for name in ("prime", "livecodebench", "cases"):
        options.add_argument(f"--{name}")
    options.add_argument("--out", default=here.parent.parent / "Tests" / "Goldens" / "code-programs.json")
    arguments = options.parse_args()
    if arguments.one:
        return answer()
    graders = {"prime_code": arguments.prime, "livecodebench": arguments.livecodebench}
    if arguments.cases:
        lines = map(json.loads, open(arguments.cases, encoding="utf-8"))
        rows = [{"name": one["name"], "truth": one["gold"], "response": one["response"],
                 "expected": {1: "right", 0: "wrong"}.get(one["expected"], "error")} for one in lines]
    else:
        rows = list(cases())
    assert len({row["name"] for row in rows}) == len(rows), "two cases have one name"
    counts = collections.Counter()
    for row in rows:
        for grader, place in graders.items():
            if place:
                row[grader] = asked(grader, place, row)
                same = row[grader] == (row["expected"] == "right")
                counts[grader] += same
                if not same:
                    print(f"{grader}: {row['name']}: {'right' if row[grader] else 'wrong'}", flush=True)
    print(len(rows), "cases;", dict(counts), "as expected", flush=True)
    if not arguments.cases:
        text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        pathlib.Path(arguments.out).write_text(f"[\n{text}\n]\n", encoding="utf-8")


main()
