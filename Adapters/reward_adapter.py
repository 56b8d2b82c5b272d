#!/usr/bin/env python3
"""Runs an unchanged reward function of verl or TRL as a reward command.

    python3 reward_adapter.py my_reward.py
    python3 reward_adapter.py my_reward.py --function format_reward --truth-column solution
    python3 reward_adapter.py my_reward.py --keyword threshold=0.5

The file may hold

    verl  compute_score(data_source, solution_str, ground_truth, extra_info=None)
          -> a number, a bool, or a dict with "score"; its other keys are kept
    TRL   f(prompts, completions, **columns) -> a list with one number, or None for no verdict

either of them async or not. Which of the two it is shows in the parameters: only TRL's functions
take "completions". The protocol is described in Sources/Children/Lines/RewardCommand.swift.

The real standard input and output belong to the protocol alone. The function reads nothing, and
what it prints, in Python or below it, goes to standard error. What it raises becomes the answer
{"id": n, "error": "..."}; it is never a score.
"""

import argparse
import asyncio
import importlib.util
import inspect
import json
import math
import os
import sys

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


def sayable(text):
    """A text without halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace").decode("utf-8")


def load(path, name):
    """Finds the function in the file; its neighbors can be imported as if the file were run."""
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise ValueError(f"there is no file {path}")
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("reward_file", path)
    if spec is None:
        raise ValueError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise ValueError(f"{path} has no function {name}")
    return function


def parameters_of(function):
    """The names a function can be given, and whether it takes any other name as well."""
    parameters = inspect.signature(function).parameters.values()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = {each.name for each in parameters if each.kind in by_name}
    return names, any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)


class Loop:
    """Waits for async functions, always in the same loop: what they keep belongs to it."""

    def __init__(self):
        self.loop = None

    def finished(self, result):
        if not inspect.isawaitable(result):
            return result
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)

        async def wait():
            return await result

        return self.loop.run_until_complete(wait())


LOOP = Loop()


def number(value):
    """A finite float, from whatever a function calls a score."""
    if hasattr(value, "item") and not isinstance(value, (bool, int, float)):
        value = value.item()  # a scalar of numpy or torch
    if not isinstance(value, (bool, int, float)):
        raise ValueError(f"the score is of type {type(value).__name__}, not a number")
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"the score is {value}")
    return value


def plain(value):
    """What JSON can say of a value: itself, or its text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (TypeError, ValueError, RecursionError):
        return str(value)


class VerlScore:
    """Calls a function as verl does."""

    def __init__(self, function, keywords):
        self.function = function
        self.keywords = keywords

    def __call__(self, request):
        result = LOOP.finished(
            self.function(
                data_source=request["data_source"],
                solution_str=request["solution_str"],
                ground_truth=request["ground_truth"],
                extra_info=request.get("extra_info"),
                **self.keywords,
            )
        )
        if not isinstance(result, dict):
            return {"score": number(result)}
        if "score" not in result:
            raise ValueError("the dict has no key 'score'")
        extras = {str(key): plain(value) for key, value in result.items()}
        for reserved in ("id", "error"):
            if reserved in extras:
                extras[reserved + "_"] = extras.pop(reserved)
        return {**extras, "score": number(result["score"])}


class TRLScore:
    """Calls a function as TRL does, with a batch of one."""

    def __init__(self, function, keywords, truth_column):
        self.function = function
        self.keywords = keywords
        self.truth_column = truth_column
        self.names, self.takes_all = parameters_of(function)

    def __call__(self, request):
        extras = {}

        def log_extra(column, values):
            extras[str(column)] = plain(list(values)[0])

        def log_metric(name, value):
            extras[str(name)] = plain(value)

        prompt, text = request.get("prompt"), request["solution_str"]
        is_chat = isinstance(prompt, list)
        columns = dict(request.get("extra_info") or {})
        columns["data_source"] = request["data_source"]
        columns[self.truth_column] = request["ground_truth"]
        given = {name: [value] for name, value in columns.items()}
        given.update(
            prompts=[prompt],
            completions=[[{"role": "assistant", "content": text}] if is_chat else text],
            trainer_state=None,
            log_extra=log_extra,
            log_metric=log_metric,
            **self.keywords,
        )
        if not self.takes_all:
            given = {name: value for name, value in given.items() if name in self.names}
        result = LOOP.finished(self.function(**given))
        if hasattr(result, "tolist"):
            result = result.tolist()
        if not isinstance(result, (list, tuple)) or len(result) != 1:
            raise ValueError("the function did not return a list with one score for one completion")
        for reserved in ("id", "error", "score"):
            if reserved in extras:
                extras[reserved + "_"] = extras.pop(reserved)
        return {**extras, "score": None if result[0] is None else number(result[0])}


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
    parser.add_argument("file", help="the Python file with the function")
    parser.add_argument("--function", default="compute_score", help="its name (compute_score)")
    parser.add_argument(
        "--truth-column",
        default="ground_truth",
        help="what a TRL function calls the right answer (ground_truth)",
    )
    parser.add_argument(
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
    function = load(options.file, options.function)
    if "completions" in parameters_of(function)[0]:
        return TRLScore(function, keywords, options.truth_column)
    return VerlScore(function, keywords)


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
