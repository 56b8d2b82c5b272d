"""Pairs of a gold answer and another answer, with what they are to one another by construction.

Every function yields (kind, gold, answer, label). A label of True is given to two ways of writing
one value, False to ways of writing two values that are known to differ. Nothing here asks any
program whether two answers are equal: only integers and fractions are computed with.
"""

import math
import random
from fractions import Fraction

numbers = random.Random(20250411)


def nonzero(low, high):
    return numbers.choice([n for n in range(low, high + 1) if n])


def frac(value, command="frac"):
    value = Fraction(value)
    sign = "-" if value < 0 else ""
    if value.denominator == 1:
        return str(value)
    return f"{sign}\\{command}{{{abs(value.numerator)}}}{{{value.denominator}}}"


def thousands(n, comma=","):
    return f"{n:,}".replace(",", comma)


def term(coefficient, name, first=False):
    if coefficient == 0:
        return ""
    sign = "-" if coefficient < 0 else ("" if first else "+")
    size = abs(coefficient)
    return sign + ("" if size == 1 and name else str(size)) + name


def polynomial(coefficients, name="x"):
    """Coefficients from the highest power down."""
    text = ""
    degree = len(coefficients) - 1
    for power, c in zip(range(degree, -1, -1), coefficients):
        unknown = "" if power == 0 else name if power == 1 else f"{name}^{{{power}}}" \
            if power > 9 else f"{name}^{power}"
        text += term(c, unknown, first=not text)
    return text or "0"


def product(left, right):
    result = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            result[i + j] += a * b
    return result


def integers():
    for _ in range(60):
        n = numbers.randrange(1000, 10 ** numbers.randrange(4, 12))
        for text in [thousands(n), thousands(n, "{,}"), f"\\boxed{{{n}}}", f"x = {n}"]:
            yield "integer", str(n), text, True
        for other in [n + 1, -n, n * 10]:
            yield "integer", str(n), thousands(other), False
    for _ in range(30):
        n = nonzero(-99, 99)
        yield "integer", f"{n}", f"{n}.0", True
        yield "integer", f"{n}", f"{n - 1} + 1", True
        yield "integer", f"{n}", f"{n}1", False
        yield "integer", f"x={n}", str(n), True
        yield "integer", str(n), f"{2 * n}/2", True


def fractions():
    for _ in range(70):
        value = Fraction(nonzero(-30, 30), numbers.choice([2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16, 25]))
        if value.denominator == 1:
            continue
        gold = frac(value)
        k = numbers.randrange(2, 7)
        yield "fraction", gold, f"{value.numerator}/{value.denominator}", True
        yield "fraction", gold, frac(value, "dfrac"), True
        yield "fraction", gold, frac(value, "tfrac"), True
        yield "fraction", gold, f"\\frac{{{value.numerator * k}}}{{{value.denominator * k}}}", True
        yield "fraction", gold, f"{float(value):.9f}".rstrip("0"), True
        yield "fraction", gold, frac(1 / value), False
        yield "fraction", gold, frac(-value), False
        yield "fraction", gold, frac(value + Fraction(1, value.denominator)), False
    for a in range(1, 10):
        for b in (2, 3, 7):
            if a != b:
                yield "fraction", f"\\frac{a}{b}", f"{a}/{b}", True
                yield "fraction", f"\\frac{a}{b}", f"\\frac{b}{a}", False
    for _ in range(25):
        whole, b = numbers.randrange(1, 9), numbers.randrange(2, 9)
        a = numbers.randrange(1, b)
        text = f"{whole}\\frac{{{a}}}{{{b}}}"
        yield "mixed number", text, frac(whole + Fraction(a, b)), True
        yield "mixed number", text, frac(whole * Fraction(a, b)), False


def decimals():
    for _ in range(50):
        value = Fraction(nonzero(-9999, 9999), numbers.choice([10, 100, 1000]))
        text = str(float(value))
        yield "decimal", text, text + "00", True
        yield "decimal", text, frac(value), True
        yield "decimal", frac(value), text, True
        yield "decimal", text, str(float(value + Fraction(1, 1000))), False
        yield "decimal", text, str(float(value * 10)), False
    for n in (3, 7, 9, 11, 13):
        for a in (1, 2):
            yield "rounding", frac(Fraction(a, n)), f"{a / n:.6f}", True
            yield "rounding", frac(Fraction(a, n)), f"{a / n:.3f}", False
    for _ in range(30):
        mantissa, power = numbers.randrange(11, 99), numbers.randrange(3, 9)
        text = f"{mantissa / 10} \\times 10^{{{power}}}"
        yield "scientific", text, str(mantissa * 10 ** (power - 1)), True
        yield "scientific", text, str(mantissa * 10 ** power), False


def percentages():
    for n in range(3, 90, 4):
        yield "percent", f"{n}\\%", f"{n}", True
        yield "percent", f"{n}\\%", f"{n}\\%", True
        yield "percent", f"{n}", f"{n}\\%", True
        yield "percent", f"{n}\\%", frac(Fraction(n, 100)), True
        yield "percent", f"{n}\\%", str(n / 100), True
        yield "percent", f"{n}\\%", f"{n + 1}\\%", False


def dressed():
    units = ["\\text{ cm}", "\\text{ cm}^2", "\\mathrm{kg}", "\\text{ dollars}", "\\text{ units}",
             "\\text{ square units}", "\\text{ miles per hour}", "^\\circ", "^{\\circ}"]
    for n in (7, 12, 36, 144):
        for unit in units:
            yield "unit", f"{n}{unit}", str(n), True
            yield "unit", str(n), f"{n}{unit}", True
            yield "unit", f"{n}{unit}", str(n + 1), False
        yield "money", f"\\${n}", str(n), True
        yield "money", f"\\${n}.50", f"{n}.5", True
        yield "money", f"\\${n}", f"\\${n}0", False
        yield "dressing", str(n), f"\\ {n}\\,", True
        yield "dressing", str(n), f"\\left({n}\\right)", True
        yield "dressing", str(n), f"\\displaystyle {n}", True


def radicals():
    for _ in range(50):
        a, b = numbers.randrange(2, 12), numbers.choice([2, 3, 5, 6, 7, 10, 11, 13])
        text = f"{a}\\sqrt{{{b}}}"
        yield "radical", text, f"\\sqrt{{{a * a * b}}}", True
        yield "radical", text, f"{a} \\cdot \\sqrt{{{b}}}", True
        yield "radical", text, f"{a}\\sqrt{{{b + 1}}}", False
        yield "radical", text, f"-{text}", False
        yield "radical", f"\\frac{{{a}}}{{\\sqrt{{{b}}}}}", \
            f"\\frac{{{a}\\sqrt{{{b}}}}}{{{b}}}", True
        yield "radical", f"\\frac{{\\sqrt{{{b}}}}}{{{a}}}", \
            f"\\frac{{{b}}}{{{a}\\sqrt{{{b}}}}}", True
    for a, b in [(2, 3), (3, 5), (2, 5), (5, 7), (3, 7), (6, 7), (2, 11)]:
        yield "radical", f"\\frac{{1}}{{\\sqrt{{{b}}}-\\sqrt{{{a}}}}}", \
            f"\\frac{{\\sqrt{{{b}}}+\\sqrt{{{a}}}}}{{{b - a}}}", True
        yield "nested radical", f"\\sqrt{{{a + b}+2\\sqrt{{{a * b}}}}}", \
            f"\\sqrt{{{a}}}+\\sqrt{{{b}}}", True
        yield "nested radical", f"\\sqrt{{{a + b}+2\\sqrt{{{a * b}}}}}", \
            f"\\sqrt{{{a}}}+\\sqrt{{{b + 1}}}", False
        yield "radical", f"(1+\\sqrt{{{b}}})^2", f"{1 + b}+2\\sqrt{{{b}}}", True
        yield "radical", f"(1+\\sqrt{{{b}}})^2", f"{1 + b}+\\sqrt{{{b}}}", False
    for a in (2, 3, 5):
        for b in (2, 3, 7):
            yield "cube root", f"{a}\\sqrt[3]{{{b}}}", f"\\sqrt[3]{{{a ** 3 * b}}}", True
            yield "cube root", f"{a}\\sqrt[3]{{{b}}}", f"{a}\\sqrt{{{b}}}", False
            yield "cube root", f"\\sqrt[3]{{{b}}}", f"{b}^{{1/3}}", True


def powers():
    for base in (2, 3, 5, 7):
        for exponent in (3, 5, 8, 10):
            text = f"{base}^{{{exponent}}}"
            yield "power", text, str(base ** exponent), True
            yield "power", str(base ** exponent), text, True
            yield "power", text, str(base ** exponent + 1), False
            yield "power", f"{base}^{{-{exponent}}}", f"\\frac{{1}}{{{base ** exponent}}}", True
    for n in (3, 4, 5, 6, 7):
        yield "factorial", f"{n}!", str(math.factorial(n)), True
        yield "factorial", f"{n}!", str(math.factorial(n) + 1), False
        for k in (2, 3):
            yield "binomial", f"\\binom{{{n}}}{{{k}}}", str(math.comb(n, k)), True
            yield "binomial", f"\\binom{{{n}}}{{{k}}}", str(math.comb(n, k) + 1), False
    for _ in range(25):
        value = Fraction(nonzero(1, 20), numbers.choice([1, 2, 3, 4, 6]))
        text = f"{frac(value)}\\pi" if value.denominator > 1 else f"{value.numerator}\\pi"
        other = f"\\frac{{{value.numerator}\\pi}}{{{value.denominator}}}"
        yield "pi", text, other, True
        yield "pi", text, f"{float(value * 1) * math.pi:.6f}", True
        yield "pi", text, frac(value), False
        yield "pi", text, f"{float(value) * 3.14:.2f}", False


def functions():
    for base in (2, 3, 5):
        for k in (2, 3, 4):
            yield "logarithm", f"\\log_{{{base}}} {base ** k}", str(k), True
            yield "logarithm", f"\\log_{{{base}}}({base ** k})", str(k + 1), False
            yield "logarithm", f"\\ln {base ** k}", f"{k}\\ln {base}", True
            yield "logarithm", f"\\ln {base ** k}", f"{k + 1}\\ln {base}", False
    table = [("\\sin", "6", "\\frac{1}{2}"), ("\\sin", "4", "\\frac{\\sqrt{2}}{2}"),
             ("\\sin", "3", "\\frac{\\sqrt{3}}{2}"), ("\\cos", "6", "\\frac{\\sqrt{3}}{2}"),
             ("\\cos", "4", "\\frac{1}{\\sqrt{2}}"), ("\\cos", "3", "0.5"), ("\\tan", "4", "1"),
             ("\\tan", "3", "\\sqrt{3}"), ("\\tan", "6", "\\frac{\\sqrt{3}}{3}")]
    for name, below, value in table:
        for index, (_, _, other) in enumerate(table):
            if value == other or (index % 3 == 0 and other != "1"):
                same = value == other
                if {value, other} in ({"\\frac{1}{2}", "0.5"},
                                      {"\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"}):
                    same = True
                yield "sine", f"{name}(\\frac{{\\pi}}{{{below}}})", other, same
    for _ in range(25):
        a, b = nonzero(-9, 9), nonzero(-9, 9)
        yield "complex", f"{a}{term(b, 'i')}", f"{term(b, 'i', True)}{a:+d}", True
        yield "complex", f"{a}{term(b, 'i')}", f"{a}{term(-b, 'i')}", False
        yield "complex", f"{a}{term(b, 'i')}", f"{a + 1}{term(b, 'i')}", False


def sequences():
    for _ in range(40):
        a, b, c = numbers.sample(range(-20, 21), 3)
        yield "pair", f"({a}, {b})", f"({a},{b})", True
        yield "pair", f"({a}, {b})", f"\\left({a}, {b}\\right)", True
        yield "pair", f"({a}, {b})", f"({b}, {a})", False
        yield "pair", f"({a}, {b})", f"({a}, {b + 1})", False
        yield "triple", f"({a}, {b}, {c})", f"({a},{b},{c})", True
        yield "triple", f"({a}, {b}, {c})", f"({c},{b},{a})", False
        yield "list", f"{a}, {b}", f"{b}, {a}", True
        yield "list", f"{a}, {b}", f"{a}, {b}, {c}", False
        yield "list", f"{a}, {b}, {c}", f"{a}, {b}", False
        yield "list", f"{a}, {b}", f"{a} \\text{{ and }} {b}", True
        yield "set", f"\\{{{a}, {b}, {c}\\}}", f"\\{{{c}, {a}, {b}\\}}", True
        yield "set", f"\\{{{a}, {b}\\}}", f"\\{{{a}, {c}\\}}", False
        yield "set", f"\\{{{a}, {b}\\}}", f"{b}, {a}", True
        yield "scalar", f"{a}", f"{a}, {b}", False
    for _ in range(20):
        a, b = Fraction(nonzero(-9, 9), 4), Fraction(nonzero(-9, 9), 5)
        yield "pair", f"({frac(a)}, {frac(b)})", f"({float(a)}, {float(b)})", True
        yield "pair", f"({frac(a)}, {frac(b)})", f"({frac(a)}, {frac(b + 1)})", False


def intervals():
    for _ in range(35):
        a = numbers.randrange(-20, 10)
        b = a + numbers.randrange(1, 12)
        yield "interval", f"[{a}, {b}]", f"[{a},{b}]", True
        yield "interval", f"[{a}, {b})", f"\\left[{a}, {b}\\right)", True
        yield "interval", f"[{a}, {b}]", f"[{a},{b})", False
        yield "interval", f"({a}, {b}]", f"({a},{b + 1}]", False
        yield "interval", f"({a}, \\infty)", f"({a},+\\infty)", True
        yield "interval", f"({a}, \\infty)", f"[{a},\\infty)", False
        yield "union", f"(-\\infty, {a}) \\cup ({b}, \\infty)", \
            f"({b}, \\infty) \\cup (-\\infty, {a})", True
        yield "union", f"(-\\infty, {a}) \\cup ({b}, \\infty)", \
            f"(-\\infty, {a}] \\cup [{b}, \\infty)", False
        yield "union", f"(-\\infty, {a}) \\cup ({b}, \\infty)", f"(-\\infty, {a})", False
        yield "inequality", f"x > {a}", f"({a}, \\infty)", True
        yield "inequality", f"x \\le {a}", f"(-\\infty, {a}]", True
        yield "inequality", f"{a} < x < {b}", f"({a}, {b})", True
        yield "inequality", f"{a} \\le x < {b}", f"[{a}, {b})", True
        yield "inequality", f"x > {a}", f"{a} < x", True
        yield "inequality", f"x > {a}", f"x \\ge {a}", False
        yield "inequality", f"x > {a}", f"x < {a}", False


def matrices():
    def matrix(rows, kind="pmatrix"):
        body = " \\\\ ".join(" & ".join(str(x) for x in row) for row in rows)
        return f"\\begin{{{kind}}} {body} \\end{{{kind}}}"

    for _ in range(30):
        rows = [[numbers.randrange(-9, 10) for _ in range(2)] for _ in range(2)]
        other = [list(row) for row in rows]
        other[1][0] += 1
        yield "matrix", matrix(rows), matrix(rows, "bmatrix"), True
        yield "matrix", matrix(rows), matrix(other), False
        yield "matrix", matrix(rows), matrix(rows + [[0, 0]]), False
        vector = [[row[0]] for row in rows]
        yield "vector", matrix(vector), matrix(vector, "bmatrix"), True
        yield "vector", matrix(vector), matrix([[x[0] + 1] for x in vector]), False


def equations():
    for _ in range(40):
        a, b = nonzero(-9, 9), nonzero(-9, 9)
        line = polynomial([a, b])
        yield "line", f"y = {line}", f"y={line}", True
        yield "line", f"y = {line}", f"{line} = y", True
        yield "line", f"y = {line}", f"{polynomial([a])}x - y {b:+d} = 0", True
        yield "line", f"y = {line}", f"y = {polynomial([a, b + 1])}", False
        yield "line", f"y = {line}", f"y = {polynomial([-a, b])}", False
        yield "line", f"y = {line}", line, True
        yield "equation", f"x^2+y^2={a * a}", f"{abs(b) + 1}x^2+{abs(b) + 1}y^2=" \
            f"{(abs(b) + 1) * a * a}", True
        yield "equation", f"x^2+y^2={a * a}", f"x^2-y^2={a * a}", False
    for _ in range(20):
        a, b = numbers.sample(range(-15, 16), 2)
        yield "assignment", f"x={a}, y={b}", f"({a}, {b})", True
        yield "assignment", f"x={a}", f"y={a}", False
        yield "assignment", f"x={a}", f"x={b}", False
        yield "plus or minus", f"\\pm {abs(a) + 1}", f"{abs(a) + 1}, -{abs(a) + 1}", True
        yield "plus or minus", f"{b} \\pm \\sqrt{{{abs(a) + 2}}}", \
            f"{b} + \\sqrt{{{abs(a) + 2}}}, {b} - \\sqrt{{{abs(a) + 2}}}", True
        yield "plus or minus", f"\\pm {abs(a) + 1}", f"{abs(a) + 1}", False


def polynomials():
    for _ in range(60):
        a, b = [1, nonzero(-9, 9)], [numbers.choice([1, 1, 2, 3]), nonzero(-9, 9)]
        expanded = product(a, b)
        factored = f"({polynomial(a)})({polynomial(b)})"
        wrong = expanded[:-1] + [expanded[-1] + 1]
        yield "polynomial", polynomial(expanded), factored, True
        yield "polynomial", factored, polynomial(expanded), True
        yield "polynomial", polynomial(expanded), polynomial(wrong), False
        yield "polynomial", factored, polynomial([-c for c in expanded]), False
    for name in "xyt":
        for _ in range(12):
            a = [1, nonzero(-6, 6)]
            square = product(a, a)
            yield "polynomial", f"({polynomial(a, name)})^2", polynomial(square, name), True
            cube = product(square, a)
            yield "polynomial", f"({polynomial(a, name)})^3", polynomial(cube, name), True
            yield "polynomial", f"({polynomial(a, name)})^3", polynomial(square, name), False
    for _ in range(25):
        a, b = nonzero(1, 9), nonzero(2, 9)
        yield "polynomial", f"{a}x+{b}y", f"{b}y+{a}x", True
        yield "polynomial", f"{a}x+{b}y", f"{a}y+{b}x" if a != b else f"{a}x", False
        yield "polynomial", f"(x+{a}y)(x-{a}y)", f"x^2-{a * a}y^2", True
        yield "rational", f"\\frac{{x^2-{a * a}}}{{x-{a}}}", f"x+{a}", True
        yield "rational", f"\\frac{{{a}}}{{x}}+\\frac{{{b}}}{{y}}", \
            f"\\frac{{{a}y+{b}x}}{{xy}}", True
        yield "rational", f"\\frac{{1}}{{x+{a}}}", f"\\frac{{1}}{{x-{a}}}", False
        yield "rational", f"\\frac{{{a}x+{b}}}{{x}}", f"{a}+\\frac{{{b}}}{{x}}", True


def texts():
    for letter in "ABCDE":
        yield "letter", letter, f"({letter})", True
        yield "letter", letter, f"\\text{{{letter}}}", True
        yield "letter", f"\\text{{({letter})}}", letter, True
        yield "letter", f"\\textbf{{{letter}}}", letter, True
        yield "letter", letter, chr(ord(letter) + 5), False
        yield "letter", f"\\text{{{letter}}}", f"\\text{{{chr(ord(letter) + 1)}}}", False
    words = ["Tuesday", "Yes", "even", "Alice", "ellipse", "parabola", "blue", "north"]
    for word, other in zip(words, words[1:] + words[:1]):
        yield "word", f"\\text{{{word}}}", f"\\text{{{word.lower()}}}", True
        yield "word", f"\\text{{{word}}}", word, True
        yield "word", f"\\text{{{word}}}", f"\\text{{{other}}}", False
        yield "word", f"\\text{{{word}}}", "0", False


def systematic():
    for family in (integers, fractions, decimals, percentages, dressed, radicals, powers, functions,
                   sequences, intervals, matrices, equations, polynomials, texts):
        yield from family()
