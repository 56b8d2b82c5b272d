# Makes Tests/Goldens/templates-*.json: what transformers' own rendering of chat templates gives
# for the templates in Tests/Goldens/templates-families, for expressions, for templates that fail,
# and for mutated templates.
#
# Made with transformers 5.23.0 and jinja2 3.1.6 on Python 3.11.7, with the time zone UTC:
#     TZ=UTC python Tools/goldens/template_goldens.py

import base64
import json
import pathlib
import re
import signal
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

from template_cases import CONTEXT, EXPRESSIONS, OPERANDS, OPERATORS, TEMPLATES
from template_conversations import Numbers, mutated, variables
from transformers.utils import chat_template_utils as reference

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
CONVERSATIONS = 200
MUTATIONS = 10_000
FULL_CASES = 3


class Slow(Exception):
    pass


def alarm(*_):
    raise Slow()


signal.signal(signal.SIGALRM, alarm)


def render(source, given):
    """The text and the generated ranges in bytes of UTF-8, or the kind of failure."""
    signal.alarm(5)
    try:
        template = reference._cached_compile_jinja_template(source)
        given = dict(given)
        text, ranges = reference._render_with_assistant_indices(
            template,
            given.pop("messages", []), given.pop("tools", None), given.pop("documents", None),
            given.pop("add_generation_prompt", False), **given,
        )
        spans = [(len(text[:a].encode()), len(text[:b].encode())) for a, b in ranges]
        return text, spans
    except Slow:
        return "slow", None
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return "raises", None
    finally:
        signal.alarm(0)


def checksum(outcome):
    text, spans = outcome
    if spans is None:
        return 0 if text == "raises" else 1
    if re.search(r" at 0x[0-9a-f]{6,}>", text):
        return 1
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return 1
    for span in spans:
        data += b"|%d-%d" % span
    return zlib.crc32(data) | 2


def packed(numbers):
    return base64.b64encode(b"".join(n.to_bytes(4, "little") for n in numbers)).decode()


def save(name, content):
    path = GOLDENS / f"templates-{name}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    print(path.name, path.stat().st_size)


def families():
    result = []
    for path in sorted((GOLDENS / "templates-families").glob("*.jinja")):
        source = path.read_text()
        outcomes = [render(source, variables(seed)) for seed in range(CONVERSATIONS)]
        cases = []
        for seed, (text, spans) in enumerate(outcomes):
            if spans is not None and len(cases) < FULL_CASES and 300 < len(text) < 1500:
                cases.append({"seed": seed, "text": text, "generations": spans})
        rendered = sum(spans is not None for _, spans in outcomes)
        result.append({
            "name": path.stem, "rendered": rendered,
            "checksums": packed(map(checksum, outcomes)), "cases": cases,
        })
        print(path.stem, rendered)
    save("families", result)


def expressions():
    def outcome(source):
        text, spans = render(source, CONTEXT)
        if text == "slow":
            sys.exit(f"slow: {source}")
        return None if spans is None else text

    cases = [{"expression": e, "output": outcome("{{ " + e + " }}")} for e in EXPRESSIONS]
    pairs = [
        {
            "operator": op,
            "outputs": [
                outcome("{{ (" + a + ") " + op + " (" + b + ") }}") for a in OPERANDS for b in OPERANDS
            ],
        }
        for op in OPERATORS
    ]
    templates = [{"template": t, "output": outcome(t)} for t in TEMPLATES]
    # What prints an address is different every time; the Swift side refuses it.
    cases = [c for c in cases if c["output"] is None or " at 0x" not in c["output"]]
    save("expressions", cases)
    save("operators", {"operands": OPERANDS, "rows": pairs})
    save("statements", templates)
    print(len(cases), "expressions,", sum(c["output"] is None for c in cases), "of them raise;",
          len(OPERATORS) * len(OPERANDS) ** 2, "pairs;", len(templates), "templates")


def mutations():
    sources = [p.read_text() for p in sorted((GOLDENS / "templates-families").glob("*.jinja"))]
    numbers = []
    for seed in range(MUTATIONS):
        r = Numbers(1_000_000 + seed)
        source = mutated(r.pick(sources), r)
        numbers.append(checksum(render(source, variables(seed % 50))))
    save("mutations", {"checksums": packed(numbers)})
    print(sum(n > 1 for n in numbers), "render,", numbers.count(0), "raise,", numbers.count(1), "skipped")


if __name__ == "__main__":
    parts = sys.argv[1:] or ["expressions", "families", "mutations"]
    for part in parts:
        {"expressions": expressions, "families": families, "mutations": mutations}[part]()
