"""How verl and TRL call reward functions, with batches of one, and what they take for a score.

reward_adapter.py speaks the protocol; a call is a request's dict in and an answer's dict out.
"""

import asyncio
import inspect
import json
import math
import types

LONGEST_EXTRA = 10_000
# A question and a response: what verl's loop of agents counts where no tools are.
TURNS = 2


def sayable(text):
    """A text without halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace").decode("utf-8")


def parameters_of(function):
    """The names a function can be given, and whether it takes any other name as well."""
    parameters = inspect.signature(function).parameters.values()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = {each.name for each in parameters if each.kind in by_name}
    return names, any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)


def required_of(function):
    """The names of what a function must be given, those it takes by place only included."""
    passed_on = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.default is inspect.Parameter.empty and each.kind not in passed_on
    ]


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


def verdict_of(value):
    """The score of what verl's functions return, and what is said beside it."""
    if isinstance(value, (list, tuple)) and value:
        value = value[0]  # (score, details), as verl's own caller reads it
    if not isinstance(value, dict):
        return {"score": number(value)}
    if "score" not in value:
        raise ValueError("the dict has no key 'score'")
    beside = {key: each for key, each in value.items() if key != "score"}
    return {**kept(beside), "score": number(value["score"])}


def plain(value):
    """What JSON can say of a value in a few words: itself, or the start of its text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        if len(json.dumps(value, allow_nan=False)) <= LONGEST_EXTRA:
            return value
    except (TypeError, ValueError, RecursionError):
        pass
    return sayable(str(value)[:LONGEST_EXTRA])


def kept(extras):
    """What is said beside a score, under names that the protocol does not use itself."""
    reserved = ("id", "error", "score")
    names = {key: str(key) + ("_" if key in reserved else "") for key in extras}
    return {names[key]: plain(value) for key, value in extras.items()}


class Function:
    """A function with the arguments that are the same for every response."""

    def __init__(self, function, keywords):
        self.function = function
        self.keywords = keywords
        self.names, self.takes_all = parameters_of(function)

    def refuse_unless_callable_with(self, names, trainer):
        """Says at the start, and not for every response, that a call cannot succeed."""
        missing = [
            name
            for name in required_of(self.function)
            if name not in self.names or (name not in names and name not in self.keywords)
        ]
        if missing:
            raise ValueError(
                f"the function needs {', '.join(missing)}, which {trainer} does not pass by name"
            )

    def __call__(self, given):
        """Calls it with what it takes of what the trainer passes; a set keyword wins."""
        if not self.takes_all:
            given = {name: value for name, value in given.items() if name in self.names}
        return LOOP.finished(self.function(**{**given, **self.keywords}))


class VerlScore:
    """Calls a function as verl's manager `naive` does."""

    def __init__(self, function, options):
        self.function = function
        self.router = router_of(options)
        names = ["data_source", "solution_str", "ground_truth", "extra_info", *self.router]
        function.refuse_unless_callable_with(names, "verl")

    def __call__(self, request):
        given = {name: request[name] for name in ("data_source", "solution_str", "ground_truth")}
        return verdict_of(
            self.function({**given, "extra_info": extra_info_of(request), **self.router})
        )


class VerlBatchScore:
    """Calls a function as verl's manager `batch` does, with a batch of one."""

    def __init__(self, function, options):
        self.function = function
        names = ["data_sources", "solution_strs", "ground_truths", "extra_infos"]
        function.refuse_unless_callable_with(names, "verl")

    def __call__(self, request):
        given = {
            name + "s": [request[name]] for name in ("data_source", "solution_str", "ground_truth")
        }
        return verdict_of(only(self.function({**given, "extra_infos": [extra_info_of(request)]})))


def extra_info_of(request):
    """The column extra_info with what verl adds to it; a dict also where there is no such column."""
    extra = request.get("extra_info")
    if extra is None:
        extra = {}
    if isinstance(extra, dict):
        extra.update(
            num_turns=TURNS,
            rollout_reward_scores={},
            turn_scores=[],
            tool_rewards=[],
            raw_prompt=messages_of(request),
            global_steps=request.get("global_step") or 0,
        )
    return extra


def messages_of(request):
    """The prompt as messages, whatever the data holds."""
    prompt = request.get("prompt")
    return prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt or ""}]


def router_of(options):
    """Where verl's functions find a model that grades, if there is one."""
    if options.router is None:
        return {}
    tokenizer = None
    if options.router_tokenizer:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(options.router_tokenizer)
    return {"reward_router_address": options.router, "reward_model_tokenizer": tokenizer}


def only(results):
    """The one element of what a function returns for a batch of one."""
    if hasattr(results, "tolist"):
        results = results.tolist()
    results = list(results)
    if len(results) != 1:
        raise ValueError(
            f"the function did not return a list with one score for one response: {len(results)}"
        )
    return results[0]


class TRLScore:
    """Calls a function as TRL does, with a batch of one."""

    OWN = ("prompt", "completion", "prompts", "completions", "completion_ids")

    def __init__(self, function, options):
        self.function = function
        self.truth_column = options.truth_column
        self.completions = options.completions

    def __call__(self, request):
        extras, metrics = {}, {}

        def log_extra(column, values):
            extras.setdefault(column, []).extend(values)

        def log_metric(name, value):
            metrics.setdefault(name, []).append(number(value))

        prompt, completion = self.conversation(request)
        given = {name: [value] for name, value in self.columns(request).items()}
        given.update(
            prompts=[prompt],
            completions=[completion],
            completion_ids=[request.get("completion_ids") or []],
            trainer_state=types.SimpleNamespace(
                global_step=request.get("global_step") or 0, max_steps=request.get("max_steps") or 0
            ),
            log_extra=log_extra,
            log_metric=log_metric,
        )
        score = only(self.function(given))
        said = {name: values[0] if len(values) == 1 else values for name, values in extras.items()}
        said.update((name, sum(values) / len(values)) for name, values in metrics.items())
        # TRL takes NaN for None.
        is_verdict = score is not None and score == score
        return {**kept(said), "score": number(score) if is_verdict else None}

    def columns(self, request):
        """The columns of the data, and the members of extra_info where no column has their name."""
        extra, own = request.get("extra_info"), request.get("columns") or {}
        columns = {**(extra if isinstance(extra, dict) else {}), **own}
        columns.setdefault("data_source", request["data_source"])
        if self.truth_column:
            columns[self.truth_column] = request["ground_truth"]
        columns.setdefault("ground_truth", request["ground_truth"])
        return {name: value for name, value in columns.items() if name not in self.OWN}

    def conversation(self, request):
        """Prompt and completion: messages where the data holds messages, otherwise texts."""
        prompt, text = request.get("prompt"), request["solution_str"]
        holds_messages = isinstance(prompt, list)
        wants = self.completions
        if wants == "messages" or (wants == "auto" and holds_messages):
            return messages_of(request), [{"role": "assistant", "content": text}]
        if holds_messages:
            prompt = "\n".join(message["content"] for message in prompt)
        return prompt or "", text


TRAINERS = {"verl": VerlScore, "verl-batch": VerlBatchScore, "trl": TRLScore}


def trainer_of(names):
    """Whose function it is, by the names of its parameters; verl's where none tells."""
    if "solution_strs" in names:
        return "verl-batch"
    is_trl = "solution_str" not in names and names & {"prompts", "completions", "completion_ids"}
    return "trl" if is_trl else "verl"
