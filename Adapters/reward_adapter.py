#!/usr/bin/env python3
"""Runs an unchanged reward function of verl or TRL as a reward command.

    python3 reward_adapter.py my_reward.py
    python3 reward_adapter.py my_reward.py --function format_reward --truth-column solution
    python3 reward_adapter.py trl.rewards --function get_soft_overlong_punishment --factory \\
        --keyword max_completion_len=1024 --keyword soft_punish_cache=256

The file, or the module, may hold

    verl        compute_score(data_source, solution_str, ground_truth, extra_info=None)
                -> a number, a bool, or a dict with "score"; its other keys are kept
    verl-batch  compute_score(data_sources, solution_strs, ground_truths, extra_infos)
                -> a list with one of these
    trl         f(prompts, completions, completion_ids, trainer_state, log_extra, log_metric,
                **columns) -> a list with one number, or None for no verdict

as functions, objects or classes, async or not. Which of the three it is shows in the names of the
parameters. What each is given, and what may come back, is in docs/reward-functions.md. The protocol
is described in Sources/Children/Lines/RewardCommand.swift.

The real standard input and output belong to the protocol alone. The function reads nothing, and
what it prints, in Python or below it, goes to standard error. What it raises becomes the answer
{"id": n, "error": "..."}; it is never a score.
"""

import argparse
import importlib.util
import inspect
import json
import os
import sys

from reward_calls import TRAINERS, Function, sayable, trainer_of

PROTOCOL = 1
LONGEST_LINE = 1_000_000
LONGEST_ERROR = 2_000


def take_over_streams():
    """Keeps the two pipes of the protocol for this file, and gives everybody else other ones."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def words(error):
    """An exception in one line."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return sayable(" ".join(text.split())[:LONGEST_ERROR])


def module_of(name):
    """The module of a file or of a name; a file's neighbors can be imported as if it were run."""
    path = os.path.abspath(name)
    if not os.path.isfile(path):
        parts = name.split(".")
        if parts[-1] == "py" or not all(part.isidentifier() for part in parts):
            raise ValueError(f"there is no file {path}")
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(name)
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("reward_file", path)
    if spec is None:
        raise ValueError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def answer_to(line, score):
    """The answer to one line of input."""
    request = json.loads(line)
    try:
        answer = {**score(request), "id": request["id"]}
        text = json.dumps(answer, allow_nan=False, ensure_ascii=False)
        length = len(text.encode("utf-8"))
        if length > LONGEST_LINE:
            raise ValueError(f"the answer is {length} bytes long, more than {LONGEST_LINE}")
        return text
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit in a reward function must not end the others' run
        return json.dumps({"id": request["id"], "error": words(error)})


def arguments():
    parser = argparse.ArgumentParser(description="Runs a reward function of verl or TRL.")
    add = parser.add_argument
    add("file", help="the Python file with the function, or the name of an installed module")
    add("--function", default="compute_score", help="its name (compute_score)")
    add(
        "--factory",
        action="store_true",
        help="the name makes the function: it is called once, with the keywords; a class always is",
    )
    add(
        "--trainer",
        choices=list(TRAINERS),
        help="whose function it is, where the names of its parameters do not say",
    )
    add("--truth-column", help="what a TRL function calls the right answer (ground_truth)")
    add(
        "--completions",
        choices=["auto", "messages", "text"],
        default="auto",
        help="what a TRL function gets of prompt and response (auto: as the data holds the prompt)",
    )
    add("--router", metavar="ADDRESS", help="verl's reward_router_address")
    add("--router-tokenizer", metavar="MODEL", help="the tokenizer of verl's reward model")
    add(
        "--keyword",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help="one more keyword argument; a value that is not JSON is a text",
    )
    return parser.parse_args()


def keyword(text):
    """NAME=JSON as a name and a value."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise ValueError(f"--keyword {text} is not NAME=JSON")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def make_score(options):
    keywords = dict(keyword(text) for text in options.keyword)
    function = getattr(module_of(options.file), options.function, None)
    if not callable(function):
        raise ValueError(f"{options.file} has no function {options.function}")
    if options.factory or inspect.isclass(function):
        function, keywords = function(**keywords), {}
        if not callable(function):
            raise ValueError(f"what {options.function} makes cannot be called")
    function = Function(function, keywords)
    return TRAINERS[options.trainer or trainer_of(function.names)](function, options)


def main():
    options = arguments()
    requests, answers = take_over_streams()

    def say(text):
        answers.write(text + "\n")
        answers.flush()

    try:
        score = make_score(options)
    except BaseException as error:
        say(json.dumps({"error": words(error)}))
        return 1
    say(json.dumps({"protocol": PROTOCOL}))
    for line in requests:
        say(answer_to(line, score))
    return 0


if __name__ == "__main__":
    # Threads that a reward function left behind must not keep the command from ending.
    status = main()
    sys.stderr.flush()
    os._exit(status)
