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


class Wandb:
    """Weights & Biases: a run of the same id when it goes on."""

    def __init__(self, options, settings):
        import wandb

        self.client = wandb
        mark = options.run / "wandb-run-id"
        if not mark.exists():
            mark.write_text(secrets.token_hex(4))
        self.run = wandb.init(
            project=options.project, name=options.name, id=mark.read_text().strip(), resume="allow",
            dir=str(options.run), config=settings)
        self.run.define_metric("*", step_metric="training/global_step")

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
    """trackio, which has wandb's words."""

    def __init__(self, options, settings):
        import trackio

        self.client = trackio
        trackio.init(project=options.project, name=options.name, config=settings, resume="allow")

    def step(self, step):
        self.client.log({"training/global_step": step["step"], **step["numbers"]}, step=step["step"])

    def end(self):
        self.client.finish()


class MLflow:
    """MLflow, whose names of metrics take fewer signs: verl writes @ as _at_, and so does this."""

    def __init__(self, options, settings):
        import mlflow

        self.client = mlflow
        mark = options.run / "mlflow-run-id"
        mlflow.set_experiment(options.project)
        known = mark.read_text().strip() if mark.exists() else None
        run = mlflow.start_run(run_id=known, run_name=None if known else options.name)
        mark.write_text(run.info.run_id)
        if not known:
            flat = list(settings.items())
            for start in range(0, len(flat), 100):
                mlflow.log_params({key: str(value)[:500] for key, value in flat[start : start + 100]})

    def step(self, step):
        names = {re.sub(r"[^\w\-./ ]", "_", name.replace("@", "_at_")): value
                 for name, value in step["numbers"].items()}
        self.client.log_metrics(names, step=step["step"])
        for name, text in step["samples"].items():
            self.client.log_text(text, f"{name}/{step['step']}.txt")

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
            client.step(request)
            say(id=request["id"])
        except Exception as error:
            say(id=request["id"], error=f"{type(error).__name__}: {str(error)[:1000]}")


if __name__ == "__main__":
    main()
