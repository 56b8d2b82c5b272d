#!/usr/bin/env python3
"""Hands a run's numbers to another program's own client: wandb, mlflow or trackio.

    python3 dev/send-metrics.py wandb RUN --project P --name N --settings settings.json

One JSON object a line comes in, one goes out, as reward functions have it: first {"protocol": 1}, then for
each {"id": …, "step": …, "time": …, "numbers": {…}, "distributions": {…}, "samples": {…}} an {"id": …}, with
an "error" where something went wrong, and for {"id": …, "end": true} the last. What the client prints goes
to standard error. The client's own variables of the environment say where it sends things, such as
WANDB_MODE=offline or MLFLOW_TRACKING_URI.
"""

import argparse
import json
import os
import re
import secrets
import sys
from pathlib import Path


class Mark:
    """What a client has of a run, in a file of the run's folder: a run that goes on sends no step twice."""

    def __init__(self, options, address=""):
        self.path = options.run / f".logged-{options.client}.json"
        self.words = {"project": options.project, "address": address, "step": -1, "id": None}
        self.anew = options.anew
        try:
            words = {} if self.anew else json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            words = {}
        if words.get("project") == options.project and words.get("address") == address:
            self.words |= words

    def note(self, **words):
        self.words |= words
        # What an export has sent is no part of the run that may still be under way.
        if not self.anew:
            self.path.write_text(json.dumps(self.words), encoding="utf-8")


class Wandb:
    """Weights & Biases: the run of the same id where it goes on."""

    def __init__(self, options, settings):
        import wandb

        self.client, self.mark = wandb, Mark(options)
        identity = self.mark.words["id"] or secrets.token_hex(4)
        self.run = wandb.init(
            project=options.project, name=options.name, id=identity, resume="allow",
            dir=str(options.run), config=settings)
        self.run.define_metric("*", step_metric="training/global_step")
        self.mark.note(id=identity)

    def step(self, step):
        line = {"training/global_step": step["step"], **step["numbers"]}
        for name, values in step["distributions"].items():
            line[f"{name}/histogram"] = self.client.Histogram(values)
        for name, text in step["samples"].items():
            line[name] = self.client.Html(f"<pre>{escaped(text)}</pre>")
        self.run.log(line)

    def end(self):
        self.run.finish()


class Trackio:
    """trackio, which has wandb's words and knows a run by its name."""

    def __init__(self, options, settings):
        import trackio

        self.client, self.mark = trackio, Mark(options)
        name = self.mark.words["id"] or options.name
        if options.anew:
            name = f"{options.name}-export-{secrets.token_hex(2)}"
        trackio.init(project=options.project, name=name, config=settings, resume="allow")
        self.mark.note(id=name)

    def step(self, step):
        self.client.log({"training/global_step": step["step"], **step["numbers"]}, step=step["step"])

    def end(self):
        self.client.finish()


class MLflow:
    """MLflow, whose names of metrics take fewer signs: verl writes @ as _at_, and so does this."""

    def __init__(self, options, settings):
        import mlflow

        self.client, self.mark = mlflow, Mark(options, os.environ.get("MLFLOW_TRACKING_URI", ""))
        mlflow.set_experiment(options.project)
        known = self.mark.words["id"]
        try:
            run = mlflow.start_run(run_id=known, run_name=None if known else options.name)
        except Exception:
            if known is None:
                raise
            # Somebody has removed it there.
            known = None
            self.mark.words["step"] = -1
            run = mlflow.start_run(run_name=options.name)
        self.mark.note(id=run.info.run_id)
        if not known:
            flat = list(settings.items())
            for start in range(0, len(flat), 100):
                mlflow.log_params({key: str(value)[:500] for key, value in flat[start : start + 100]})

    def step(self, step):
        names = {re.sub(r"[^\w\-./ ]", "_", name.replace("@", "_at_")).strip("/"): value
                 for name, value in step["numbers"].items()}
        self.client.log_metrics(names, step=step["step"])
        for name, text in step["samples"].items():
            try:
                self.client.log_text(text, f"{name}/{step['step']}.txt")
            except Exception as error:
                # Artifacts have a store of their own, and numbers do without it.
                print(f"no sample of step {step['step']}: {error}", file=sys.stderr)

    def end(self):
        self.client.end_run()


CLIENTS = {"wandb": Wandb, "mlflow": MLflow, "trackio": Trackio}


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("--project", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--anew", action="store_true", help="as a run of its own, whatever was sent before")
    parser.add_argument("--settings", type=Path, help="a JSON object of the run's settings")
    options = parser.parse_args()
    # Clients print; only answers may go where answers go.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def say(**words):
        answers.write(json.dumps(words) + "\n")

    try:
        settings = json.loads(options.settings.read_text(encoding="utf-8")) if options.settings else {}
        client = CLIENTS[options.client](options, settings)
    except ModuleNotFoundError as error:
        return say(error=f"this python3 has no {error.name}; pip install {options.client} puts it there")
    except Exception as error:
        return say(error=f"{type(error).__name__}: {str(error)[:1000]}")
    say(protocol=1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request.get("end"):
                client.end()
                return say(id=request["id"])
            # A run that was killed goes on before the end of what was sent, and says the same again.
            if request["step"] > client.mark.words["step"]:
                client.step(request)
                client.mark.note(step=request["step"])
            say(id=request["id"])
        except Exception as error:
            say(id=request["id"], error=f"{type(error).__name__}: {str(error)[:1000]}")


if __name__ == "__main__":
    main()
