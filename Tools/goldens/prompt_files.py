"""Parquet files of every kind the data room meets, with what must be read from them.

Made with pyarrow 26.0.1 (Python 3.11): `python prompt_files.py` writes Tests/Goldens/prompts-*.parquet
and, beside each, prompts-*.json: the file's columns as pyarrow reads them back, row by row, in the
form Sources/Prompts promises (floats as numbers, NaN as null, infinities, dates and times as text).
The same values go in every time, hence the same files come out.
"""

import datetime
import decimal
import json
import math
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Goldens"


def moment(value, digits):
    """ISO 8601 with the unit's own digits, where the fraction is not zero."""
    text = value.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f"{value.microsecond:06d}000"[:digits]
    return text + ("." + fraction if digits and int(fraction) else "")


def plain(value, kind):
    """A value of pyarrow in the form that the data room promises."""
    if value is None:
        return None
    if pa.types.is_dictionary(kind):
        return plain(value, kind.value_type)
    if pa.types.is_floating(kind):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return float(value)
    if pa.types.is_decimal(kind):
        return {"decimal": str(value)}
    if pa.types.is_timestamp(kind):
        digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit]
        return moment(value, digits) + ("Z" if kind.tz else "")
    if pa.types.is_date(kind):
        return value.isoformat()
    if pa.types.is_time(kind):
        return value.isoformat()
    if pa.types.is_map(kind):
        pairs = [(plain(k, kind.key_type), plain(v, kind.item_type)) for k, v in value]
        if pa.types.is_string(kind.key_type):
            return dict(pairs)
        return [{"key": k, "value": v} for k, v in pairs]
    if pa.types.is_struct(kind):
        return {field.name: plain(value[field.name], field.type) for field in kind}
    if pa.types.is_nested(kind):
        return [plain(element, kind.value_type) for element in value]
    return value


def write(name, table, **options):
    path = FOLDER / f"prompts-{name}.parquet"
    pq.write_table(table, path, **options)
    back = pq.read_table(path)
    columns = {field.name: back.column(field.name).to_pylist() for field in back.schema}
    rows = [
        {field.name: plain(columns[field.name][i], field.type) for field in back.schema}
        for i in range(back.num_rows)
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=None, separators=(",", ":"))
    (FOLDER / f"prompts-{name}.json").write_text(text + "\n", encoding="utf-8")


def types():
    utc = datetime.timezone.utc
    leap = datetime.datetime(2024, 2, 29, 12, 30, 5, 250000)
    old = datetime.datetime(1969, 12, 31, 23, 59, 59, 999000)
    early = datetime.datetime(1600, 2, 29, 0, 0, 0, 1000)
    texts = [
        "plain",
        'quote " back \\ slash / line\nreturn\rtab\t',
        "é e\u0301 😀 \u2028 \x01 \x7f",
        "",
    ]
    Decimal = decimal.Decimal
    cents = [Decimal("12.50"), Decimal("-0.01"), None, Decimal("0.00")]
    wide = [Decimal("12345678901234567890123456789012345678901.5"), None, Decimal("-1.0"), Decimal("0.1")]
    seconds = [leap.replace(microsecond=0), old.replace(microsecond=0), None, early.replace(microsecond=0)]
    world = [None if time is None else time.replace(tzinfo=utc) for time in (leap, old, None, early)]
    modern = [leap, old, None, datetime.datetime(1700, 1, 1)]
    nanoseconds = pa.array(modern, pa.timestamp("us")).cast(pa.timestamp("ns"))
    inner = pa.struct([("c", pa.list_(pa.string()))])
    outer = [{"a": 1, "b": {"c": ["x"]}}, {"a": None, "b": None}, None, {"a": 2, "b": {"c": None}}]
    four = {
        "text": (texts, pa.string()),
        "large_text": (texts[::-1], pa.large_string()),
        "dictionary": (pa.array(["a", "b", "a", None]).dictionary_encode(), None),
        "boolean": ([True, False, None, True], pa.bool_()),
        "decimal": (cents, pa.decimal128(9, 2)),
        "wide_decimal": (wide, pa.decimal256(50, 1)),
        "half": (pa.array([1.5, -2.0, None, 65504.0], pa.float16()), None),
        "float": ([0.1, 1e30, None, -0.0], pa.float32()),
        "double": ([0.1, 1e300, float("nan"), 42.0], pa.float64()),
        "endless": ([float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308], pa.float64()),
        "nothing": ([None] * 4, pa.null()),
        "seconds": (seconds, pa.timestamp("ms")),
        "milliseconds": ([leap, old, None, early], pa.timestamp("ms")),
        "microseconds": (world, pa.timestamp("us", tz="UTC")),
        "nanoseconds": (nanoseconds, None),
        "text_view": (texts, pa.string_view()),
        "list_view": ([["a", None], [], None, ["b"]], pa.list_view(pa.string())),
        "date": ([leap.date(), old.date(), None, early.date()], pa.date32()),
        "time": ([datetime.time(1, 2, 3), datetime.time(23, 59, 59, 5), None, datetime.time(0)], pa.time64("us")),
        "list": ([["a", None, ""], [], None, ["b"]], pa.list_(pa.string())),
        "large_list": ([[1, 2], [], None, [-3]], pa.large_list(pa.int64())),
        "fixed_list": ([[1, 2], [3, None], None, [5, 6]], pa.list_(pa.int32(), 2)),
        "deep": ([[[["x"]], []], [], None, [None, [None]]], pa.list_(pa.list_(pa.list_(pa.string())))),
        "structure": (outer, pa.struct([("a", pa.int64()), ("b", inner)])),
        "map": ([[("k", 1), ("l", None)], [], None, [("k", 2)]], pa.map_(pa.string(), pa.int64())),
        "number_map": ([[(1, "x")], [], None, [(2, None)]], pa.map_(pa.int32(), pa.string())),
    }
    for bits in (8, 16, 32, 64):
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        four[f"int{bits}"] = ([low, high, None, 0], getattr(pa, f"int{bits}")())
        four[f"uint{bits}"] = ([0, 2**bits - 1, None, 1], getattr(pa, f"uint{bits}")())
    names = list(four)
    arrays = [values if kind is None else pa.array(values, kind) for values, kind in four.values()]
    return pa.table(arrays, names=names)


def verl(rows):
    return pa.Table.from_pylist(
        rows,
        schema=pa.schema([
            ("data_source", pa.string()),
            ("prompt", pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())]))),
            ("ability", pa.string()),
            ("reward_model", pa.struct([("ground_truth", pa.string()), ("style", pa.string())])),
            ("extra_info", pa.struct([("index", pa.string())])),
        ]),
    )


def dapo():
    """Ten rows of five problems, each twice, as the published file holds each about a hundred times."""
    frame = (
        "Solve the following math problem step by step. The last line of your response should be of the "
        "form Answer: $Answer (without quotes) where $Answer is the answer to the problem.\n\n{}\n\n"
        'Remember to put your answer on its own line after "Answer:".'
    )
    problems = [(f"What is {n} times {n + 1}?", str(n * (n + 1))) for n in range(11, 16)]
    return verl([
        {
            "data_source": "math_dapo",
            "prompt": [{"content": frame.format(question), "role": "user"}],
            "ability": "MATH",
            "reward_model": {"ground_truth": answer, "style": "rule-lighteval/MATH_v2"},
            "extra_info": {"index": f"index-{answer}"},
        }
        for question, answer in problems * 2
    ])


def conversations():
    return verl([
        {
            "data_source": source,
            "prompt": [{"content": "You add.", "role": "system"}, {"content": f"{n} + 1?", "role": "user"}],
            "ability": "math",
            "reward_model": {"ground_truth": str(n + 1), "style": "rule"},
            "extra_info": {"index": str(n)},
        }
        for n, source in enumerate(["a", "b", "b"])
    ])


def gsm8k():
    return pa.table({
        "question": ["How many in a dozen and six?", "How far?", "How much?"],
        "answer": ["12 + 6 = <<12+6=18>>18\n#### 18", "It is far.\n#### 1,234", "Half of it.\n#### -2.5"],
    })


def math_set():
    return pa.table({
        "problem": ["Solve.", "Simplify.", "How many?"],
        "level": ["Level 5", "Level 1", "Level ?"],
        "type": ["Algebra"] * 3,
        "solution": [
            "First \\boxed{1}, then $\\boxed{\\frac{1}{2}}$.",
            "It is $\\boxed{\\left\\{x \\mid x > \\sqrt{2}\\right\\}}$",
            "So $\\boxed 7$ it is.",
        ],
    })


def aime():
    return pa.table({
        "id": pa.array([60, 61, 62], pa.int64()),
        "problem": ["Find $x$.", "Find $y$.", "Find $z$."],
        "solution": ["\\boxed{204}"] * 3,
        "answer": pa.array([204, 25, 809], pa.int64()),
        "url": ["somewhere"] * 3,
        "year": ["2024"] * 3,
    })


def dates():
    """The days around the ends of February and of the year, in every kind of year."""
    days = []
    for year in (1, 4, 100, 400, 1600, 1700, 1800, 1900, 1904, 1970, 2000, 2023, 2024, 2100, 2400, 9999):
        first = datetime.date(year, 1, 1)
        days += [first + datetime.timedelta(days=offset) for offset in (0, 57, 58, 59, 60, 363, 364)]
    return pa.table({"date": pa.array(days, pa.date32())})


def many(rows=3000):
    numbers = random.Random(3)
    words = ["one", "two", "three", "vier", "cinq", "шесть", "七"]
    return pa.table({
        "prompt": [f"{i}: " + " ".join(numbers.choices(words, k=12)) for i in range(rows)],
        "label": pa.array([i * i for i in range(rows)], pa.int64()),
        "kind": pa.array([words[i % 7] for i in range(rows)]).dictionary_encode(),
    })


def claims():
    """Small files that say they hold a lot: rows without end, a list without end, a text without end."""
    def keep(name, table):
        pq.write_table(table, FOLDER / f"prompts-{name}.parquet", compression="zstd", use_dictionary=False)
    none = pa.nulls(3_000_000, pa.string())
    keep("endless-rows", pa.table({"prompt": none, "label": none}))
    endless = pa.ListArray.from_arrays(pa.array([0, 100_000_000], pa.int32()), pa.nulls(100_000_000, pa.string()))
    keep("endless-list", pa.table({"prompt": endless, "label": ["1"]}))
    keep("endless-text", pa.table({"prompt": ["a" * (600 << 20)], "label": ["1"]}))


if __name__ == "__main__":
    write("types", types(), row_group_size=3, version="2.6")
    write("dates", dates())
    write("dapo", dapo(), row_group_size=4)
    write("conversations", conversations())
    write("gsm8k", gsm8k(), compression="gzip")
    write("math", math_set(), compression="zstd")
    write("aime", aime(), compression="none")
    for compression in ("snappy", "zstd", "gzip", "none", "brotli", "lz4"):
        write(f"many-{compression}", many(200), compression=compression, row_group_size=70,
              use_dictionary=compression != "brotli", data_page_size=2000)
        (FOLDER / f"prompts-many-{compression}.json").rename(FOLDER / "prompts-many.json")
    write("empty", gsm8k().slice(0, 0))
    pq.write_table(
        pa.table({"prompt": ["a"], "label": ["b"], "image": pa.array([b"\x89PNG"], pa.binary()),
                  "took": pa.array([5], pa.duration("s"))}),
        FOLDER / "prompts-binary.parquet")
    claims()
