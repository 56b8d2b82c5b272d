"""Cases of the verifier `code`: a response, the tests of its problem, and what the verdict must be.

Each function yields (name, tests, response, verdict) and sometimes a fifth, the settings. The
verdicts are set down by hand from what the problem asks: `right` where a person who reads the tests
says that the program solves them, `wrong` where not, `error` where the tests cannot be read. What
published graders say to the same cases is found by code_goldens.py.
"""

import json

RIGHT, WRONG, ERROR = "right", "wrong", "error"
SUM = {"inputs": ["1 2\n", "30 4\n"], "outputs": ["3\n", "34\n"]}
ADD = "a, b = map(int, input().split())\nprint(a + b)\n"


def fenced(code, language="python"):
    return f"```{language}\n{code.rstrip()}\n```"


def printing(text):
    return fenced(f"import sys\nsys.stdout.write({text!r})")


def outputs():
    """What is printed beside what is expected."""
    table = [
        ("the same", "3\n", "3\n", RIGHT), ("no newline at the end", "3", "3\n", RIGHT),
        ("spaces at the end of lines", "1 2  \n3 \n", "1 2\n3\n", RIGHT),
        ("spaces at the end of expected lines", "1 2\n3\n", "1 2 \n3  \n", RIGHT),
        ("empty lines around", "\n\n3\n\n", "3", RIGHT), ("empty lines expected", "3", "\n3\n\n", RIGHT),
        ("CRLF printed", "1\r\n2\r\n", "1\n2\n", RIGHT), ("CRLF expected", "1\n2\n", "1\r\n2\r\n", RIGHT),
        ("nothing for nothing", "", "", RIGHT), ("a newline for nothing", "\n", "", RIGHT),
        ("nothing for something", "", "0\n", WRONG), ("something for nothing", "0\n", "", WRONG),
        ("another word", "NO\n", "YES\n", WRONG), ("another case", "yes\n", "YES\n", WRONG),
        ("a line too many", "3\n4\n", "3\n", WRONG), ("a line too few", "3\n", "3\n4\n", WRONG),
        ("lines joined", "1 2 3\n", "1\n2\n3\n", WRONG), ("a line split", "1\n2\n3\n", "1 2 3\n", WRONG),
        ("words swapped", "2 1\n", "1 2\n", WRONG), ("lines swapped", "2\n1\n", "1\n2\n", WRONG),
        ("a word too many", "1 2\n", "1\n", WRONG), ("the words as a set", "b a a\n", "a b\n", WRONG),
        ("a list as Python prints it", "[1, 2]\n", "1 2\n", WRONG),
        ("a picture with its spaces", "*   *\n** **\n", "*   *\n** **\n", RIGHT),
        ("a picture without its spaces", "* *\n** **\n", "*   *\n** **\n", WRONG),
        ("text with one space for two", "a b\n", "a  b\n", WRONG),
        ("numbers with two spaces for one", "1  2\n", "1 2\n", RIGHT),
        ("a tab for a space between numbers", "1\t2\n", "1 2\n", RIGHT),
        ("other letters for the same sound", "é\n", "e\u0301\n", WRONG), ("é", "é\n", "é\n", RIGHT),
        ("an empty line inside", "1\n\n2\n", "1\n\n2\n", RIGHT),
        ("an empty line inside too many", "a\n\nb\n", "a\nb\n", WRONG),
        ("an empty line inside too few", "a\nb\n", "a\n\nb\n", WRONG),
        # Spellings of one number.
        ("1.0 for 1", "1.0\n", "1\n", RIGHT), ("1 for 1.0", "1\n", "1.0\n", RIGHT),
        ("1.50 for 1.5", "1.50\n", "1.5\n", RIGHT), (".5 for 0.5", ".5\n", "0.5\n", RIGHT),
        ("-0 for 0", "-0\n", "0\n", RIGHT), ("-0.0 for 0.0", "-0.0\n", "0.0\n", RIGHT),
        ("+7 for 7", "+7\n", "7\n", RIGHT), ("1e3 for 1000", "1e3\n", "1000\n", RIGHT),
        ("1E+20 for its digits", "1E+20\n", "1" + "0" * 20 + "\n", RIGHT),
        ("1e-7 for its digits", "1e-07\n", "0.0000001\n", RIGHT),
        ("numbers of one line in other spellings", "1.0 2.50\n", "1 2.5\n", RIGHT),
        ("a word among numbers in another spelling", "x 2.50\n", "x 2.5\n", WRONG),
        ("leading zeros left out", "11\n", "0011\n", WRONG), ("leading zeros", "0011\n", "11\n", WRONG),
        ("a time without its zeros", "7 5\n", "07 05\n", WRONG),
        ("a fraction for its decimal", "1/2\n", "0.5\n", WRONG),
        ("a decimal comma", "0,5\n", "0.5\n", WRONG), ("digits in groups", "1_000\n", "1000\n", WRONG),
        ("the sign missing", "5\n", "-5\n", WRONG), ("hexadecimal", "0x10\n", "16\n", WRONG),
        ("inf for a number", "inf\n", "1\n", WRONG), ("nan for a number", "nan\n", "1.5\n", WRONG),
        ("an endless exponent", "1e999999999\n", "1.5\n", WRONG),
        ("infinitely large for the largest", "1e400\n", "1.5e300\n", WRONG),
        # Closeness, where each line is one number.
        ("six digits for more", "1.414214\n", "1.41421356237\n", RIGHT),
        ("more digits for six", "1.4142135623730951\n", "1.414214\n", RIGHT),
        ("a third, to six digits", "0.3333333333333333\n", "0.333333\n", RIGHT),
        ("close on each line", "0.3333333333\n0.6666666667\n", "0.333333\n0.666667\n", RIGHT),
        ("close beside a whole line", "2\n0.3333333333\n", "2\n0.333333\n", RIGHT),
        ("negative and close", "-0.3333333333\n", "-0.333333\n", RIGHT),
        ("large and close", "123456789.125\n", "123456789.12\n", RIGHT),
        ("small and close", "0.000000012\n", "0.00000001\n", RIGHT),
        ("nearly zero", "1e-17\n", "0.0\n", RIGHT), ("nearly a whole one", "0.9999999999999999\n", "1\n", RIGHT),
        ("nearly two", "1.9999998\n", "2.000000\n", RIGHT),
        ("not close", "0.34\n", "0.3333\n", WRONG), ("just not close", "1.00002\n", "1.0000001\n", WRONG),
        ("of the other sign", "-0.333333\n", "0.333333\n", WRONG),
        ("one of two not close", "0.333333\n0.7\n", "0.333333\n0.666667\n", WRONG),
        ("close, but a line too many", "0.3333333\n0.1\n", "0.333333\n", WRONG),
        ("close, but two on a line", "0.3333333 0.6666667\n", "0.333333 0.666667\n", WRONG),
        ("close beside a word on another line", "Case 1\n0.3333333\n", "Case 1\n0.333333\n", WRONG),
        ("large whole numbers nearly the same", "1000000007\n", "1000000008\n", WRONG),
        ("negative whole numbers nearly the same", "-1000000007\n", "-1000000008\n", WRONG),
        ("whole numbers as floats nearly the same", "1000000007.0\n", "1000000008\n", WRONG),
        ("a fraction for a large whole number", "1000000007.5\n", "1000000007\n", WRONG),
        ("a whole line nearly the same beside a close one", "1000001\n0.5\n", "1000000\n0.5\n", WRONG),
        ("beyond a double's digits", "90071992547409931\n", "90071992547409930\n", WRONG),
        ("a float's digits of a large whole number", "1e+17\n", "100000000000000001\n", WRONG),
    ]
    for name, printed, expected, verdict in table:
        yield f"prints: {name}", {"inputs": [""], "outputs": [expected]}, printing(printed), verdict
    yield ("prints: a large output that is right", {"inputs": [""], "outputs": [
        "\n".join(map(str, range(3000))) + "\n"]}, fenced("print(*range(3000), sep='\\n')"), RIGHT)
    yield ("prints: 6,000 digits", {"inputs": ["20000"], "outputs": [power(2, 20000)]},
           fenced("print(2 ** int(input()))"), RIGHT)
    yield ("prints: bytes that are no text", {"inputs": [""], "outputs": ["é"]},
           fenced("import sys\nsys.stdout.buffer.write(b'\\xe9')"), WRONG)


def power(base, exponent):
    """The digits of a power; str of such a number is refused by newer Pythons."""
    digits, number = [], base**exponent
    while number:
        number, low = divmod(number, 10**1000)
        digits.append(f"{low:01000d}")
    return "".join(reversed(digits)).lstrip("0")


def fences():
    """Where the program of a response is found."""
    wrong = "print(0)\n"
    indented = "".join(f"   {line}\n" for line in ADD.splitlines())
    docstring = f'"""Adds.\n\n```\n1 2\n```\n"""\n{ADD}'
    table = [
        ("python", fenced(ADD), RIGHT), ("py", fenced(ADD, "py"), RIGHT), ("no language", fenced(ADD, ""), RIGHT),
        ("Python in capitals", fenced(ADD, "PYTHON"), RIGHT), ("python3", fenced(ADD, " python3 "), RIGHT),
        ("a title", fenced(ADD, 'python title="sum.py"'), RIGHT), ("braces", fenced(ADD, "{.python .x}"), RIGHT),
        ("tildes", fenced(ADD).replace("`", "~"), RIGHT), ("four ticks", fenced(ADD).replace("```", "````"), RIGHT),
        ("a longer fence at the end", fenced(ADD) + "`", RIGHT),
        ("words around", f"So:\n\n{fenced(ADD)}\n\nThis adds.", RIGHT),
        ("in a list", f"1. So:\n   ```python\n{indented}   ```\n", RIGHT),
        ("in a list, the code at the margin", f"1. So:\n   ```python\n{ADD}   ```\n", RIGHT),
        ("indented code in a fence at the margin", f"```python\n{indented}```", RIGHT),
        ("a tab before all", "\t" + fenced(ADD).replace("\n", "\n\t"), RIGHT),
        ("not closed", f"```python\n{ADD}", RIGHT), ("not closed, no newline", f"```python\n{ADD.rstrip()}", RIGHT),
        ("closed on the last line", f"```python\n{ADD.rstrip()}```", RIGHT),
        ("closed on the last line, words after", f"```python\n{ADD.rstrip()}```\nThis adds.", RIGHT),
        ("opened after words", f"The answer: ```python\n{ADD}```", RIGHT),
        ("CRLF", fenced(ADD).replace("\n", "\r\n"), RIGHT),
        ("CRLF, not closed", f"```python\n{ADD}".replace("\n", "\r\n"), RIGHT),
        ("CRLF, in a list, an empty line first",
         f"1. So:\n   ```python\n\n{indented}   ```".replace("\n", "\r\n"), RIGHT),
        ("a fence that ends on its line before it", f"```python``` it is:\n{fenced(ADD)}", RIGHT),
        ("two, the last right", f"{fenced(wrong)}\nNo:\n{fenced(ADD)}", RIGHT),
        ("two, the first right", f"{fenced(ADD)}\nOr:\n{fenced(wrong)}", WRONG),
        ("output after it", f"{fenced(ADD)}\nprints\n{fenced('3', '')}", RIGHT),
        ("output as text after it", f"{fenced(ADD, '')}\nprints\n{fenced('3', 'text')}", RIGHT),
        ("a shell after it", f"{fenced(ADD)}\nRun\n{fenced('python3 sum.py', 'bash')}", RIGHT),
        ("another language before it", f"{fenced('int main() {}', 'cpp')}\n{fenced(ADD)}", RIGHT),
        ("another language only", fenced("int main() { return 0; }", "cpp"), WRONG),
        ("a fence in a docstring", fenced(docstring), RIGHT),
        ("a fence in a text of one line", fenced("mark = '```'\n" + ADD), RIGHT),
        ("a fence in a comment", fenced("# between ``` and ```\n" + ADD), RIGHT),
        ("a docstring without end before it", f'{fenced(chr(34) * 3 + "x")}\n{fenced(ADD)}', RIGHT),
        ("an apostrophe in a comment", fenced("# it's '''\n" + ADD), RIGHT),
        ("within Markdown", f"````markdown\n{fenced(ADD)}\n````", RIGHT),
        ("thinking before it", f"<think>\n{fenced(wrong)}\n</think>\n{fenced(ADD)}", RIGHT),
        ("thinking with a fence not closed", f"<think>```python\nx\n</think>\n{fenced(ADD)}", RIGHT),
        ("only in thinking", f"<think>\n{fenced(ADD)}\n</think>\nDone.", WRONG),
        ("only in thinking that has no end", f"<think>\n{fenced(ADD)}\n", WRONG),
        ("thinking without a start", f"Hm.\n{fenced(ADD)}\n</think>\nDone.", WRONG),
        ("in an answer", f"<answer>\n{fenced(ADD)}\n</answer>", RIGHT),
        ("an empty block", fenced(""), WRONG), ("nothing", "", WRONG), ("words", "It is 3.", WRONG),
        ("without a fence", ADD, WRONG), ("a space that breaks no line", fenced(ADD.replace(" + ", "\u00a0+ ")), WRONG),
    ]
    for name, response, verdict in table:
        yield f"block: {name}", SUM, response, verdict
    for name, response, verdict in [
        ("the code alone", ADD, RIGHT), ("indented as a whole", indented, RIGHT), ("after thinking", f"<think>x</think>{ADD}", RIGHT),
        ("a fence all the same", f"So:\n{fenced(ADD)}", RIGHT), ("words", "It is 3.", WRONG), ("nothing", " \n", WRONG),
        ("in thinking that has no end", f"<think>\n{ADD}", WRONG),
    ]:
        yield f"unfenced: {name}", SUM, response, verdict, True


def ways():
    """How programs read, end and break."""
    table = [
        ("sys.stdin.read", "import sys\nprint(sum(map(int, sys.stdin.read().split())))", RIGHT),
        ("stdin.buffer", "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))", RIGHT),
        ("open(0)", "print(sum(map(int, open(0).read().split())))", RIGHT),
        ("/dev/stdin", "print(sum(map(int, open('/dev/stdin').read().split())))", RIGHT),
        ("stdin as an iterator", "import sys\nfor line in sys.stdin: print(sum(map(int, line.split())))", RIGHT),
        ("os.read", "import os\nprint(sum(map(int, os.read(0, 100).split())))", RIGHT),
        ("a main guard", "def main():\n    " + ADD.replace("\n", "\n    ") + "\nif __name__ == '__main__':\n    main()", RIGHT),
        ("sys.exit(1) at the end", "import sys\n" + ADD + "sys.exit(1)", RIGHT),
        ("sys.exit with words", "import sys\n" + ADD + "sys.exit('done')", RIGHT),
        ("raise SystemExit", ADD + "raise SystemExit(2)", RIGHT), ("exit()", ADD + "exit()", RIGHT), ("quit(3)", ADD + "quit(3)", RIGHT),
        ("sys.exit within a function", "import sys\ndef f():\n    sys.exit(7)\n" + ADD + "f()", RIGHT),
        ("sys.exit before", "import sys\nsys.exit(0)\n" + ADD, WRONG), ("sys.exit(1) after a wrong result", "import sys\nprint(0)\nsys.exit(1)", WRONG),
        ("os._exit(1)", "import os, sys\n" + ADD + "sys.stdout.flush()\nos._exit(1)", WRONG),
        ("an error at the end", ADD + "1 / 0", WRONG), ("an assertion at the end", ADD + "assert False", WRONG),
        ("a name that is not there", ADD + "no_such_name", WRONG), ("a syntax error", ADD + "if", WRONG),
        ("a null byte", "print(3)\0", WRONG), ("a line too many is read", ADD + "input()", WRONG),
        ("an error that is caught", "try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass\n" + ADD, RIGHT),
        ("words on standard error", "import sys\nprint('debug', file=sys.stderr)\n" + ADD, RIGHT),
        ("a question on standard output", "a, b = map(int, input('two numbers: ').split())\nprint(a + b)", WRONG),
        ("a thread", "import threading\ndef f():\n    " + ADD.replace("\n", "\n    ") + "\nthreading.Thread(target=f).start()", RIGHT),
        ("from __future__", "from __future__ import annotations\n" + ADD, RIGHT), ("atexit", "import atexit\natexit.register(print, 'bye')\n" + ADD, WRONG),
        ("a class of data", "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\n    b: int\np = P(*map(int, input().split()))\nprint(p.a + p.b)", RIGHT),
        ("globals", ADD.replace("a, b =", "globals()['a'], globals()['b'] ="), RIGHT),
        ("itself by its name", "import __main__\n" + ADD.replace("print(a + b)", "print(__main__.a + b)"), RIGHT),
        ("the first result for all", "print(3)", WRONG), ("deep recursion", "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n" + ADD.replace("a + b", "a + b + f(50000) - 50000"), RIGHT),
        ("recursion without end", "def f(n):\n    return f(n + 1)\nf(0)\n" + ADD, WRONG),
    ]
    for name, code, verdict in table:
        yield f"runs: {name}", SUM, fenced(code), verdict
    names = [
        ("math.gcd", "math.gcd(12, 18)", "6"), ("gcd", "gcd(12, 18)", "6"), ("sqrt", "int(sqrt(16))", "4"), ("ceil", "ceil(1.5)", "2"),
        ("pow of two", "pow(2, 3)", "8"), ("pow of three", "pow(2, 10, 1000)", "24"), ("pow of large ones", "pow(3, 40)", "12157665459056928801"),
        ("math.pow", "math.pow(2, 3)", "8.0"),
        ("pow of three beside sqrt", "pow(2, 10, 1000) + int(sqrt(4))", "26"), ("Counter", "Counter('aab')['a']", "2"), ("collections.Counter", "collections.Counter('aab')['a']", "2"),
        ("a Counter's kind", "isinstance(Counter(), dict) and Counter is collections.Counter", "True"),
        ("deque", "deque([1, 2]).pop()", "2"), ("defaultdict", "defaultdict(int)[1]", "0"), ("OrderedDict", "list(OrderedDict(a=1))", "['a']"),
        ("heappop", "heappop([1, 2])", "1"), ("heapq", "heapq.nsmallest(1, [3, 2])", "[2]"), ("bisect_left", "bisect_left([1, 3], 2)", "1"),
        ("permutations", "len(list(permutations(range(3))))", "6"), ("itertools", "next(itertools.count(4))", "4"), ("accumulate", "list(accumulate([1, 2]))", "[1, 3]"),
        ("reduce", "reduce(lambda a, b: a * b, [2, 3])", "6"), ("lru_cache", "lru_cache(None)(lambda n: n + 1)(1)", "2"),
        ("cmp_to_key", "sorted([1, 2], key=cmp_to_key(lambda a, b: b - a))", "[2, 1]"), ("re", "re.sub('a', 'b', 'aa')", "bb"),
        ("ascii_lowercase", "ascii_lowercase[:3]", "abc"), ("deepcopy", "deepcopy([1])", "[1]"), ("sys", "sys.maxsize > 0", "True"),
        ("json", "json.dumps([1])", "[1]"), ("StringIO", "StringIO('x').read()", "x"), ("itemgetter", "itemgetter(1)([4, 5])", "5"),
        ("median", "median([1, 2, 9])", "2"), ("List", "(lambda: List[int])() is not None", "True"), ("Decimal, which nobody gives", "Decimal(1)", None),
        ("in eval", "eval('gcd(12, 18)')", "6"), ("abs", "abs(-2)", "2"), ("sum", "sum([1, 2])", "3"), ("open", "open.__name__", "open"),
    ]
    for name, expression, expected in names:
        yield (f"knows: {name}", {"inputs": [""], "outputs": [expected or "1"]}, fenced(f"print({expression})"),
               RIGHT if expected else WRONG)
        if expected:
            yield (f"knows in a call: {name}", {"fn_name": "f", "inputs": [[0]], "outputs": [expected]},
                   fenced(f"class Solution:\n    def f(self, n):\n        return str({expression})"), RIGHT)
