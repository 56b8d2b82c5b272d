"""What the peers' scripts share: reading a workload's folder, pacing and timing, the result line.

A run is one step after a warm-up step. With --paced a script says "ready" on standard output and
waits for a line before every timed run, so that `compare` can let two programs take turns on one
machine. The last line of a script is its result as JSON.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path


def arguments(presets):
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="what `vapo bench --make` wrote for one workload")
    parser.add_argument("--preset", choices=presets, default=presets[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, help="sequences of a micro-batch")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--cold", action="store_true", help="no step before the timed ones, for steps of many minutes"
    )
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--paced", action="store_true", help="wait for a line before every run")
    return parser


class Workload:
    """Prompts and response lengths, as token ids and counts."""

    def __init__(self, folder):
        data = json.loads((folder / "workload.json").read_text())
        self.folder = folder
        self.name = data["name"]
        self.samples = data["samples"]
        self.prompts = data["prompts"]
        self.lengths = data["lengths"]
        self.longest = max(self.lengths)
        self.is_ragged = min(self.lengths) != self.longest
        self.shape = json.loads((folder / "config.json").read_text())

    @property
    def rows(self):
        """The prompt and the response length of every response."""
        return [
            (self.prompts[place // self.samples], length) for place, length in enumerate(self.lengths)
        ]

    @property
    def tokens(self):
        return sum(len(prompt) + length for prompt, length in self.rows)


def settle():
    """Waits for what a GPU still works on."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def peak_gib():
    """The most memory held: a GPU's where one is used, else this process's."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Clock:
    """Times of phases by name; a run's times go to `runs` when it ends."""

    def __init__(self, paced):
        self.paced = paced
        self.runs = []
        self.current = defaultdict(float)
        self.start = None

    def wait(self):
        """Says that the next run can begin, and waits until it may."""
        if self.paced:
            print("ready", flush=True)
            if sys.stdin.readline().strip() != "go":
                raise StopRuns
        self.current = defaultdict(float)
        self.start = time.perf_counter()

    def end(self, counts=True):
        """Ends the run that `wait` began."""
        if self.start is None:
            return
        settle()
        self.current["step"] = time.perf_counter() - self.start
        self.start = None
        if counts:
            self.runs.append(dict(self.current))
            if self.paced:
                print("ran " + json.dumps(self.runs[-1]), flush=True)

    @contextmanager
    def phase(self, name):
        start = time.perf_counter()
        yield
        settle()
        self.current[name] += time.perf_counter() - start

    def timed(self, name, function):
        """The function, its time added to a phase."""

        def wrapped(*positional, **named):
            with self.phase(name):
                return function(*positional, **named)

        return wrapped


class StopRuns(Exception):
    """There are no more turns."""


def report(peer, preset, workload, clock, **details):
    """Prints the result line."""
    names = sorted({name for run in clock.runs for name in run})
    print(
        json.dumps(
            {
                "peer": peer,
                "preset": preset,
                "workload": workload.name,
                "seconds": {name: [run[name] for run in clock.runs if name in run] for name in names},
                "peak_gib": peak_gib(),
                "mkl_preload": "mkl_amd" in os.environ.get("LD_PRELOAD", ""),
                **details,
            }
        ),
        flush=True,
    )


def quiet_environment(device):
    """Keeps libraries from the network, from progress bars, from telemetry, and from GPUs where the
    CPU is asked for."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def word_tokenizer(size):
    """A tokenizer whose text "t5 t9" is the ids 5 and 9; token 0 ends a text and pads it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({f"t{place}": place for place in range(size)}, unk_token="t0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="t0", pad_token="t0", padding_side="left"
    )


def as_text(tokens):
    return " ".join(f"t{token}" for token in tokens)


def length_processor(lengths):
    """A logits processor by which row i ends after exactly lengths[i] tokens (the end included),
    or never where `lengths` is None."""
    import torch
    from transformers import LogitsProcessor

    class Lengths(LogitsProcessor):
        def __init__(self):
            self.made = 0
            self.lengths = None if lengths is None else torch.tensor(lengths)

        def __call__(self, input_ids, scores):
            self.made += 1
            scores[:, 0] = -torch.inf
            if self.lengths is not None:
                last = self.lengths[: scores.shape[0]].to(scores.device) == self.made
                scores[last] = -torch.inf
                scores[last, 0] = 0
            return scores

    return Lengths()
