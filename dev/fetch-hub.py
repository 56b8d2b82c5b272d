#!/usr/bin/env python3
"""Fetches a repository of the hub into its cache:

    fetch-hub.py model|dataset ORG/NAME REVISION PATTERN… [else PATTERN…]

Files that match a pattern are fetched; where none does, those that match one behind `else`.

huggingface_hub does it: of the Python on the PATH where it has it, else of a private environment,
.vapo/hub/env, which `fetch-hub.py prepare` makes and nothing more. It resumes, shows progress, and heeds HF_TOKEN, HF_ENDPOINT, HF_HOME and the others.
"""

import fnmatch
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

ENVIRONMENT = Path(__file__).resolve().parents[1] / ".vapo/hub/env"
ELSE = "else"
PACKAGE = "huggingface_hub==2.4.0"


def enter_environment():
    """Starts this script again in an environment that has huggingface_hub."""
    python = ENVIRONMENT / "bin/python"
    if Path(sys.prefix) == ENVIRONMENT:
        sys.exit(f"vapo: {ENVIRONMENT} has no huggingface_hub; remove it, and it is made anew")
    whole = ENVIRONMENT / "whole"
    if not whole.exists():
        print(f"vapo: making {ENVIRONMENT} with {PACKAGE}", file=sys.stderr, flush=True)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", PACKAGE]
        if subprocess.run(pip).returncode:
            sys.exit("vapo: pip could not fetch huggingface_hub; is a package index in reach?")
        whole.touch()
    os.execv(python, [str(python), *sys.argv])


def main():
    if importlib.util.find_spec("huggingface_hub") is None:
        enter_environment()
    if sys.argv[1:] == ["prepare"]:
        return
    kind, name, revision, *patterns = sys.argv[1:]
    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        if ELSE in patterns:
            place = patterns.index(ELSE)
            files = HfApi().list_repo_files(name, repo_type=kind, revision=revision)
            is_there = any(fnmatch.fnmatch(file, pattern) for file in files for pattern in patterns[:place])
            patterns = patterns[:place] if is_there else patterns[place + 1:]
        snapshot_download(name, repo_type=kind, revision=revision, allow_patterns=patterns)
    except errors.GatedRepoError:
        sys.exit(f"vapo: {name} is gated: agree to its terms on its page, and set HF_TOKEN")
    except errors.RepositoryNotFoundError:
        sys.exit(f"vapo: the hub has no {kind} {name}, or shows it only to a HF_TOKEN that may see it")
    except errors.RevisionNotFoundError:
        sys.exit(f"vapo: {name} has no revision {revision}")
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError) as error:
        sys.exit(f"vapo: {name}: {error}")


if __name__ == "__main__":
    main()
