"""Cases of the verifier `code` in which a function is called; code_cases.py has the rest."""

import json

from code_cases import ERROR, RIGHT, WRONG, fenced


def function(body, name="f", arguments="*given"):
    return fenced(f"def {name}({arguments}):\n    {body}")


def results():
    """What is returned beside what is expected, by one test."""
    table = [
        ("a number", "3", [3], RIGHT), ("another number", "4", [3], WRONG), ("a float for a whole number", "3.0", [3], RIGHT),
        ("a whole number for a float", "3", [3.0], RIGHT), ("a text", "'ab'", ["ab"], RIGHT), ("a text of digits", "'12'", ["12"], RIGHT),
        ("a number for a text of digits", "12", ["12"], WRONG), ("a text of digits for a number", "'12'", [12], WRONG),
        ("True for 1", "True", [1], RIGHT), ("1 for true", "1", [True], RIGHT), ("a text for true", "'true'", [True], WRONG),
        ("true for its text", "True", ["True"], WRONG), ("None", "None", [None], RIGHT), ("None for a list", "None", [[]], WRONG),
        ("0 for None", "0", [None], WRONG), ("an empty list", "[]", [[]], RIGHT), ("an empty text for an empty list", "''", [[]], WRONG),
        ("a list", "[1, 2]", [[1, 2]], RIGHT), ("a tuple", "(1, 2)", [[1, 2]], RIGHT), ("a list of tuples", "[(1, 2)]", [[[1, 2]]], RIGHT),
        ("a list in another order", "[2, 1]", [[1, 2]], WRONG), ("a longer list", "[1, 2, 3]", [[1, 2]], WRONG), ("a shorter list", "[1]", [[1, 2]], WRONG),
        ("the first of a list", "1", [[1, 2]], WRONG), ("a set", "{1, 2}", [[1, 2]], WRONG), ("a range", "range(3)", [[0, 1, 2]], WRONG),
        ("a generator", "(n for n in [1])", [[1]], WRONG), ("keys", "{1: 2}.keys()", [[1]], WRONG), ("bytes", "b'a'", ["a"], WRONG),
        ("a list of one", "[3]", [[3]], RIGHT), ("what is in a list of one", "3", [[3]], RIGHT), ("a list of a list of one", "[[3]]", [[[3]]], RIGHT),
        ("a list of one too many", "[[3]]", [[3]], WRONG), ("a list of one for a number", "[3]", [3], WRONG),
        ("a text in a list of one", "'21'", [["21"]], RIGHT), ("an empty list in a list", "[[]]", [[[]]], RIGHT),
        ("an object", "{'a': 1}", [{"a": 1}], RIGHT), ("an object in another order", "{'b': 2, 'a': 1}", [{"a": 1, "b": 2}], RIGHT),
        ("an object with numbers for keys", "{1: 2}", [{"1": 2}], RIGHT), ("an object with a key too many", "{'a': 1, 'b': 2}", [{"a": 1}], WRONG),
        ("an object with another value", "{'a': 2}", [{"a": 1}], WRONG), ("an object with both keys", "{1: 2, '1': 2}", [{"1": 2}], WRONG),
        ("a Counter", "Counter('aab')", [{"a": 2, "b": 1}], RIGHT), ("an object with tuples for keys", "{(1, 2): 3}", [{"1": 3}], WRONG),
        ("a long number", "2 ** 100", [2**100], RIGHT), ("a long number off by one", "2 ** 100 + 1", [2**100], WRONG),
        ("a long number as a float", "float(2 ** 100 - 1)", [2**100 - 1], WRONG), ("a large float off by one", "1000000000001.0", [1000000000000], WRONG),
        ("a float close to a sum", "0.1 + 0.2", [0.3], RIGHT), ("a float to nine digits", "2 ** 0.5", [1.414213562], RIGHT),
        ("a float to four digits", "2 ** 0.5", [1.4142], WRONG), ("a float not close", "0.34", [0.3333], WRONG),
        ("floats in a list", "[1 / 3, 2 / 3]", [[0.3333333333, 0.6666666667]], RIGHT), ("a half for a whole number", "2.5", [2], WRONG),
        ("nan", "float('nan')", [1], WRONG), ("inf", "float('inf')", [1], WRONG), ("inf for null", "float('inf')", [None], WRONG),
        ("a text with an accent", "'é'", ["é"], RIGHT), ("a text with another accent", "'e\u0301'", ["é"], WRONG),
        ("half of a character", "'\\ud800'", ["x"], WRONG), ("a text with quotes", "'\"a\"'", ['"a"'], RIGHT),
        ("an object that is equal to all", "type('E', (), {'__eq__': lambda s, o: True})()", [5], WRONG),
        ("a number that is equal to all", "type('E', (int,), {'__eq__': lambda s, o: True})(4)", [5], WRONG),
        ("the function itself", "f", [5], WRONG), ("a type", "int", [5], WRONG),
        ("a list that holds itself", "(lambda l: l.append(l) or l)([])", [[1]], WRONG),
        ("a list within a hundred lists", "eval('[' * 80 + ']' * 80)", [[1]], WRONG),
        ("thousands of values for one", "[[]] * 5000", [[1, 2]], WRONG), ("6,000 digits", "7 ** 7000", [1], WRONG),
    ]
    for name, expression, expected, verdict in table:
        yield (f"returns: {name}", {"fn_name": "f", "inputs": [[0]], "outputs": expected},
               function(f"return {expression}"), verdict)


def calls():
    """How functions are found and called."""
    def tests(inputs, outputs, name="f"):
        return {"fn_name": name, "inputs": inputs, "outputs": outputs}

    two = tests([[1], [2]], [2, 3])
    add = "def f(a):\n    return a + 1"
    table = [
        ("a function", two, add, RIGHT), ("a lambda", two, "f = lambda a: a + 1", RIGHT), ("a class of solutions", two, "class Solution:\n    def f(self, a):\n        return a + 1", RIGHT),
        ("a static method", two, "class Solution:\n    @staticmethod\n    def f(a):\n        return a + 1", RIGHT),
        ("a method beside a function", two, "def f(a):\n    return 0\nclass Solution:\n    def f(self, a):\n        return a + 1", RIGHT),
        ("a function beside an empty class", two, "class Solution:\n    pass\n" + add, RIGHT),
        ("a class of another name", two, "class Answer:\n    def f(self, a):\n        return a + 1", WRONG),
        ("a function of another name", two, add.replace("f(", "g("), WRONG), ("no function", two, "print(2)", WRONG),
        ("a number of its name", two, "f = 2", WRONG), ("wrong in the second test", two, "def f(a):\n    return 2", WRONG),
        ("a counter in the class", two, "class Solution:\n    def __init__(self):\n        self.n = 0\n    def f(self, a):\n        self.n += 1\n        return a + self.n", RIGHT),
        ("prints as well", two, add.replace("return", "print('x'); return"), RIGHT), ("prints at the start", two, add + "\nprint(f(1))", RIGHT),
        ("a main guard that reads", two, add + "\nif __name__ == '__main__':\n    print(f(int(input())))", RIGHT),
        ("reads at the start", two, "n = input()\n" + add, WRONG), ("an error at the start", two, add + "\n1 / 0", WRONG), ("an error in the call", two, "def f(a):\n    return a / 0", WRONG),
        ("a syntax error", two, "def f(a) return a", WRONG), ("too many parameters", two, "def f(a, b):\n    return a + 1", WRONG), ("ends itself", two, "import os\ndef f(a):\n    os._exit(0)", WRONG),
        ("sys.exit in the call", two, "import sys\ndef f(a):\n    sys.exit(0)", WRONG), ("from __future__", two, "from __future__ import annotations\n" + add, RIGHT),
        ("annotations of typing", tests([[[1, 2]]], [3]), "class Solution:\n    def f(self, a: List[int], b: Optional[int] = None) -> int:\n        return sum(a)", RIGHT),
        ("a name of the usual imports", tests([[12, 18]], [6], "gcd"), "def other(a, b):\n    return a", WRONG),
        ("a builtin's name", tests([[[1, 2]]], [3], "sum"), "x = 1", WRONG), ("its own function of a builtin's name", tests([[[1, 2]]], [3], "sum"), "def sum(a):\n    return a[0] + a[1]", RIGHT),
        ("a name that it imports itself", tests([[12, 18]], [6], "gcd"), "from math import gcd", RIGHT),
        ("pow of three", tests([[2, 10, 1000]], [24]), "def f(a, b, c):\n    return pow(a, b, c)", RIGHT), ("pow of large ones", tests([[3, 40]], [3**40]), "def f(a, b):\n    return pow(a, b)", RIGHT),
        ("its own import of math", tests([[2, 3]], [8.0]), "from math import *\ndef f(a, b):\n    return pow(a, b)", RIGHT),
        ("a list is changed in place", tests([[[1, 2]]], [[2, 1]]), "def f(a):\n    a.reverse()", WRONG),
        ("numbers for keys", tests([[{"1": 5, "-2": 6}]], [11]), "def f(d):\n    return d[1] + d[-2]", RIGHT), ("numbers for keys in the second place", tests([[0, {"1": 5}]], [5]), "def f(a, d):\n    return d[1]", RIGHT),
        ("texts for keys", tests([[{"a": 5}]], [5]), "def f(d):\n    return d['a']", RIGHT), ("texts and numbers for keys", tests([[{"a": 5, "1": 6}]], [6]), "def f(d):\n    return d['1']", RIGHT),
        ("keys with leading zeros", tests([[{"01": 5}]], [5]), "def f(d):\n    return d['01']", RIGHT), ("no keys", tests([[{}]], [0]), "def f(d):\n    return len(d)", RIGHT),
        ("no arguments", tests([[], []], [4, 4]), "def f():\n    return 4", RIGHT), ("null and true", tests([[None, True]], [True]), "def f(a, b):\n    return a is None and b is True", RIGHT),
        ("a long number goes in", tests([[2**70]], [2**70 + 1]), add, RIGHT), ("a text with newlines goes in", tests([["a\nb"]], ["b"]), "def f(s):\n    return s.split()[1]", RIGHT),
        # Arguments a line, as texts of JSON.
        ("texts", tests(["1", "2"], ["2", "3"]), add, RIGHT), ("texts, two arguments", tests(["1\n[2]"], ["[1, 2]"]), "def f(a, b):\n    return [a] + b", RIGHT),
        ("texts, a text", tests(['"ab"'], ['"ba"']), "def f(s):\n    return s[::-1]", RIGHT), ("texts, a text for a number", tests(["1"], ["1"]), "def f(a):\n    return str(a)", WRONG),
        ("texts, a line at the end", tests(["1\n"], ["2"]), add, RIGHT), ("texts, CRLF", tests(["1\r\n2\r\n"], ["3\r\n"]), "def f(a, b):\n    return a + b", RIGHT),
        ("texts, a rare line end in a text", tests(['"a\u2028b"'], ['"a"']), "def f(s):\n    return s[0]", RIGHT), ("texts, lists of one", tests(["1", "2"], ["[2]", "[3]"]), add, RIGHT),
        ("texts, a list of one of two", tests(["1", "2"], ["[1]", "[2]"]), "def f(a):\n    return [a]", RIGHT),
        # One reading of lists of one for all tests.
        ("lists of one", tests([[1], [2]], [[2], [3]]), "def f(a):\n    return [a + 1]", RIGHT), ("what is in lists of one", tests([[1], [2]], [[2], [3]]), add, RIGHT),
        ("lists of one and not", tests([[1], [2]], [[2], [3]]), "def f(a):\n    return [2] if a == 1 else 3", WRONG),
        ("only one of the results is a list of one", tests([[1], [2]], [[2], [3, 4]]), "def f(a):\n    return 2 if a == 1 else [3, 4]", WRONG),
        # What a program might try.
        ("writes where answers go", tests([[1]], [5]), "import os\nfor n in range(3, 64):\n    try:\n        os.write(n, b'{\"value\": 5}\\n')\n    except OSError:\n        pass\ndef f(a):\n    return 0", WRONG),
        ("looks for what is expected", tests([[1]], [51237]), "import gc\ndef f(a):\n    return 51237 if any(isinstance(o, list) and 51237 in o for o in gc.get_objects() if o is not f.__code__.co_consts) else 0", WRONG),
        ("reads the other tests", two, "import sys\nrest = sys.stdin.read()\ndef f(a):\n    return len(rest)", WRONG),
        ("a greedy json", two, "import json\njson.dumps = lambda *a, **k: '{\"value\": 3}'\ndef f(a):\n    return 2", WRONG),
    ]
    for name, problem, code, verdict in table:
        yield f"calls: {name}", problem, fenced(code), verdict


def forms():
    """Tests in other forms, and some that are none."""
    add = fenced("print(sum(int(input()) for _ in range(2)))")
    for name, problem, verdict in [
        ("lists of lines", {"inputs": [["1", "2"]], "outputs": [["3"]]}, RIGHT), ("lists of numbers", {"inputs": [[1, 2]], "outputs": [3]}, RIGHT),
        ("an empty function's name", {"inputs": ["1\n2"], "outputs": ["3"], "fn_name": ""}, RIGHT), ("no function's name", {"inputs": ["1\n2"], "outputs": ["3"], "fn_name": None}, RIGHT),
        ("further members", {"inputs": ["1\n2"], "outputs": ["3"], "source": "x"}, RIGHT), ("a list", [{"input": "1\n2", "output": "3"}], ERROR),
        ("statements", {"assert_case": ["assert f(1) == 2"]}, ERROR), ("no tests", {"inputs": [], "outputs": []}, ERROR),
        ("an output too few", {"inputs": ["1\n2", "3"], "outputs": ["3"]}, ERROR), ("an input of true", {"inputs": [True], "outputs": ["3"]}, ERROR),
        ("an argument that is no list", {"inputs": [{"a": 1}], "outputs": [1], "fn_name": "f"}, ERROR), ("a function's number", {"inputs": ["1\n2"], "outputs": ["3"], "fn_name": 3}, ERROR),
        ("Python's spelling", "{'inputs': ['1\\n2'], 'outputs': ['3']}", ERROR), ("nothing", "", ERROR),
    ]:
        yield f"tests: {name}", problem, add, verdict


def text(problem):
    return problem if isinstance(problem, str) else json.dumps(problem, ensure_ascii=False)
