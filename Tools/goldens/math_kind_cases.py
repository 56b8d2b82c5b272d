"""Pairs of answers, right and wrong by construction, of the kinds that training meets and graders miss.

Each function below gives (gold, answer, label) for one kind, over a few numbers and names, so that
the label follows from how the pair is made and from nothing that a grader says. Wrong answers are the
near ones: a sign, a unit, an order, a name, a condition apart from the right one.
"""

import itertools

import math_notation_cases
from math_notation_cases import NUMBERS

LETTERS = ["x", "t", "a"]


def conditions():
    for x, (low, high) in itertools.product(LETTERS, [(1, 3), (-2, 5), (0, 4), (7, 12)]):
        both = f"{x}>{low} \\text{{ and }} {x}<{high}"
        yield both, f"{low}<{x}<{high}", True
        yield f"{low}<{x}<{high}", both, True
        yield f"({low},{high})", both, True
        yield both, f"({low},{high})", True
        yield both, f"{x}>{low}, {x}<{high}", True
        yield both, f"{low}<{x}<{high + 1}", False
        yield both, f"{low}\\le {x}<{high}", False
        yield both, "\\mathbb{R}", False
        yield "\\mathbb{R}", both, False
        yield both, "(-\\infty,\\infty)", False
        either = f"{x}<{low} \\text{{ or }} {x}>{high}"
        yield either, f"(-\\infty,{low})\\cup({high},\\infty)", True
        yield f"(-\\infty,{low})\\cup({high},\\infty)", f"{x}<{low} or {x}>{high}", True
        yield either, f"{x}>{high} \\text{{ or }} {x}<{low}", True
        yield either, both, False
        yield either, f"({low},{high})", False
        yield f"{x}<{low} \\text{{ and }} {x}>{high}", either, False
        apart = f"{x} \\ne {low}, {x} \\ne {high}"
        yield apart, f"{x}\\neq {low} \\text{{ and }} {x}\\neq {high}", True
        yield apart, f"(-\\infty,{low})\\cup({low},{high})\\cup({high},\\infty)", True
        yield apart, f"{x} \\ne {low}, {high}", True
        yield apart, "\\mathbb{R}", False
        yield apart, f"{x} \\ne {low}", False
        yield apart, f"{x} \\ne {low}, {x} \\ne {high + 1}", False
    for n in NUMBERS:
        yield f"x \\ne \\pm {n}", f"x \\ne {n}, x \\ne -{n}", True
        yield f"x \\ne \\pm {n}", f"x \\ne {n}", False
        yield f"|x| \\le {n}", f"[-{n},{n}]", True
        yield f"|x| < {n}", f"-{n}<x<{n}", True
        yield f"|x-1| < {n}", f"({1 - n},{1 + n})", True
        yield f"|x| > {n}", f"(-\\infty,-{n})\\cup({n},\\infty)", True
        yield f"|x| \\le {n}", f"(-{n},{n})", False
        yield f"|x| < {n}", f"|y| < {n}", False
        yield f"a>{n}, b>{n}", f"b>{n}, a>{n}", True
        yield f"a>{n}, b>{n}", f"a>{n}", False
        yield f"a>{n}, b>{n}", f"a>{n}, c>{n}", False
        yield f"a>{n}, b<{n}", "\\mathbb{R}", False
        yield f"x^2 \\ge -{n}", "\\mathbb{R}", False
        yield f"{n}<0", f"{n + 1}<0", False
        yield f"x<{n} \\text{{ and }} x>{n + 1}", f"y<{n} \\text{{ and }} y>{n + 1}", False


def applications():
    for f, (a, b) in itertools.product("fgFGP", [(0, 1), (2, 3), (5, 7)]):
        yield f"{f}({a})", f"{f}({a})", True
        yield f"{f}({a})", f"{a}", False
        yield f"{f}({a})", f"{f}({b})", False
        yield f"{f}({b})", f"{b}{f}(1)", b == 1
        yield f"{f}({a})={b}", f"{b}", True
        yield f"{f}({a})={b}", f"{a}={b}", False
        yield f"{f}({a})={b}", f"{f}({b})={b}", False
        yield f"{b}{f}(x)", f"{f}({b}x)", b == 1
        yield f"{f}(x+{b})", f"{f}(x)+{f}({b})", False
        yield f"{f}(x+{b})", f"{f}({b}+x)", True
        yield f"{f}(x)+{f}(y)", f"{f}(y)+{f}(x)", True
        yield f"{f}(x)+{f}(y)", f"{f}(x+y)", False
    for f, g in itertools.permutations("fg", 2):
        yield f"{f}({g}(x))", f"{g}({f}(x))", False
        yield f"{f}({g}(x))", f"{f}({g}(x))", True
        yield f"({f}\\circ {g})(x)", f"({g}\\circ {f})(x)", False
        yield f"{f}^{{-1}}(x)", f"\\frac{{x}}{{{f}}}", False
        yield f"{f}'(x)", f"{f}(x)", False
    for y, n in itertools.product("yvuI", NUMBERS):
        yield f"{y}(0)e^{{-{n}t}}", f"{y}(0) e^{{-{n} t}}", True
        yield f"{y}(0)e^{{-{n}t}}", "0", False
        yield f"{y}(0)={n}", f"0={n}", False
    for n in NUMBERS:
        yield f"f(x)={n}x+1", f"y={n}x+1", True
        yield f"f(x)={n}x+1", f"{n}x+1", True
        yield f"f(x)={n}x+1", f"y={n}x-1", False
        yield f"g(x)=f({n}x)", f"g(x)={n}f(x)", False
        yield f"n(n+{n})", f"n^2+{n}n", True
        yield f"a(b+{n})", f"ab+{n}a", True
        yield f"x(x-{n})", f"x^2-{n}x", True
        yield f"\\pi h({n}r-h)", f"{n}\\pi hr-\\pi h^2", True


def identities():
    for a, b in itertools.product(NUMBERS, [1, 4, 9]):
        yield f"{a}+{b}={a + b}", f"{a + b}", True
        yield f"{a}+{b}={a + b}", "0=0", False
        yield f"{a}+{b}={a + b}", "1=1", False
        yield f"{a}\\cdot {b}={a * b}", f"{a * b}", True
        yield f"(x+{a})^2=x^2+{2 * a}x+{a * a}", "0=0", False
        yield f"(x+{a})^2=x^2+{2 * a}x+{a * a}", f"(x+{a})^2=x^2+{2 * a}x+{a * a}", True
        yield f"{a}", f"x^2={a}", False
        yield f"{a}", f"x={a}", True
        yield f"{a}", f"{a + b} - {b} = {a}", True
        yield f"{a}", f"{b} = {a + 1}", False


def assignments():
    for (x, y), (a, b) in itertools.product([("x", "y"), ("p", "q"), ("m", "n")], [(3, 2), (1, 7), (-4, 5)]):
        gold = f"{x}={a}, {y}={b}"
        yield gold, f"{y}={b}, {x}={a}", True
        yield gold, f"({a},{b})", True
        yield gold, f"({x},{y})=({a},{b})", True
        yield gold, f"{x} = {a} \\text{{ and }} {y} = {b}", True
        yield gold, f"\\begin{{cases}} {x}={a} \\\\ {y}={b} \\end{{cases}}", True
        yield gold, f"{x}={b}, {y}={a}", False
        yield gold, f"({b},{a})", False
        yield gold, f"{b}, {a}", False
        yield gold, f"{x}={a}", False
        yield f"({a},{b})", f"({x},{y})=({a},{b})", True
        yield f"({x},{y})=({a},{b})", f"({a},{b})", True
        yield f"({x},{y})=({a},{b})", f"({b},{a})", False
        yield f"{x}_1={a}, {x}_2={b}", f"{a}, {b}", True
        yield f"{x}={a} \\text{{ or }} {x}={b}", f"{b}, {a}", True
        yield f"{a}, {b}", f"{x}={b} \\text{{ or }} {x}={a}", True
        yield f"{a}, {b}", f"{a}, {b}, {b}", False


def words():
    for left, right in [("dog", "god"), ("was", "saw"), ("no", "on"), ("CBA", "ABC"), ("tea", "eat"),
                        ("north", "south"), ("even", "odd"), ("yes", "no"), ("Tom", "Mot"),
                        ("increasing", "decreasing"), ("left", "right"), ("red", "blue")]:
        for wrap in ["{}", "\\text{{{}}}"]:
            yield wrap.format(left), wrap.format(right), False
            yield wrap.format(left), wrap.format(left), True
            yield wrap.format(left), f"\\text{{{left}}}", True
    for n, word in itertools.product(NUMBERS, [
            "squared", "cubed", "factorial", "halves", "thirds", "hundred", "thousand", "million",
            "dozen", "times pi", "plus one", "minus one", "or seven", "is wrong", "guess", "maybe"]):
        yield str(n), f"{n} \\text{{ {word}}}", False
    for n, word in itertools.product(NUMBERS, ["apples", "people", "square units", "ways", "students"]):
        yield str(n), f"{n} \\text{{ {word}}}", True
        yield str(n), f"{n} ({word})", True
        yield f"{n} \\text{{ {word}}}", str(n), True
    opposites = [("left", "right"), ("heads", "tails"), ("a.m.", "p.m."), ("east", "west"),
                 ("positive", "negative"), ("more", "less"), ("apples", "oranges"), ("men", "women")]
    for n, (one, other) in itertools.product(NUMBERS, opposites):
        yield f"{n} \\text{{ {one}}}", f"{n} \\text{{ {other}}}", False
        yield f"{n} \\text{{ {one}}}", f"{n} \\text{{ {one}}}", True
    for n, (word, size) in itertools.product([2, 3, 15], [("hundred", 10**2), ("thousand", 10**3),
                                                        ("million", 10**6), ("billion", 10**9)]):
        yield f"{n} \\text{{ {word}}}", str(n * size), True
        yield str(n * size), f"{n} {word}", True
        yield f"{n} \\text{{ {word}}}", str(n), False
        yield f"{n} \\text{{ {word}}}", f"{n} \\text{{ trillion}}", False
    for phrase in ["\\text{all real numbers}", "\\text{All real numbers}", "all reals"]:
        yield "\\mathbb{R}", phrase, True
        yield "\\emptyset", phrase, False
    for phrase in ["\\text{no solution}", "\\text{No solutions}", "\\text{no real solutions}"]:
        yield "\\emptyset", phrase, True
        yield "\\mathbb{R}", phrase, False
        yield "0", phrase, False


def roundings():
    for n in NUMBERS:
        yield f"\\frac{{1}}{{{n}}}", f"\\frac{{1}}{{{n}}} \\approx {1 / n:.3f}", True
        yield f"\\frac{{1}}{{{n}}}", f"x = \\frac{{1}}{{{n}}} \\approx {1 / n:.3f}", True
        yield f"\\frac{{1}}{{{n}}}", f"\\frac{{1}}{{{n}}} = {1 / n + 0.2:.3f}", False
        yield f"{n}\\pi", f"{n}\\pi \\approx {n * 3.14159265:.2f}", True
        yield f"{n}\\pi", f"{n}\\pi \\approx {n * 3.14159265:.2f} \\text{{ cm}}", True
        yield f"{n}\\pi", f"{n + 1}\\pi \\approx {n * 3.14159265:.2f}", False
        yield f"\\sqrt{{{n}}}", f"\\sqrt{{{n}}} \\approx {n ** 0.5:.2f}", n not in (4, 9)
        yield f"\\sqrt{{{n}}}", f"\\sqrt{{{n}}} \\approx {n ** 0.5 + 1:.2f}", False
    for gold, answer in [("1.23e-9", "1.24e-9"), ("0", "10^{-10}"), ("1e-7", "2e-7"),
                         ("2.5e-8", "2.6e-8"), ("0.00000031", "0.00000032")]:
        yield gold, answer, False
        yield gold, gold, True


def measures():
    same = [("2 \\text{ hours } 30 \\text{ minutes}", "2.5 \\text{ hours}"),
            ("90 \\text{ minutes}", "1.5 \\text{ hours}"), ("5 feet 3 inches", "5 ft 3 in"),
            ("12 cents", "\\$0.12"), ("3 \\text{ kg}", "3000 \\text{ g}"), ("2 \\text{ km}", "2000 \\text{ m}"),
            ("63^\\circ 30'", "63.5^\\circ"), ("1 \\text{ hour and } 15 \\text{ minutes}", "75 minutes"),
            ("9.8 \\mathrm{m/s^2}", "9.8 m/s^2"), ("80\\text{ km/h}", "80 \\frac{\\text{km}}{\\text{h}}"),
            ("60 \\text{ miles per hour}", "60 mph"), ("4:30", "4:30"), ("6:30 \\text{ p.m.}", "6:30 PM"),
            ("12:00", "12:00"), ("28\\%", "28 percent"), ("28\\%", "28 per cent"), ("£5", "5 pounds"),
            ("2:1", "2 \\text{ to } 1"), ("2:3", "4:6"), ("1:2:3", "2:4:6")]
    for gold, answer in same:
        yield gold, answer, True
        yield answer, gold, True
        yield gold, gold, True
    for n, (one, other) in itertools.product(NUMBERS, [("cm", "m"), ("kg", "g"), ("hours", "minutes"),
                                                      ("dollars", "cents"), ("mph", "km/h"), ("liters", "ml"),
                                                      ("feet", "yards")]):
        yield f"{n} {one}", f"{n} {other}", False
        yield f"{n} {one}", f"{n}", True
        yield f"{n}", f"{n}\\text{{ {other}}}", True
    for (h, m), (k, l) in itertools.permutations([(4, 30), (8, 45), (9, 15), (1, 10), (12, 20)], 2):
        yield f"{h}:{m}", f"{k}:{l}", False
        yield f"{h}:{m} a.m.", f"{h}:{m} p.m.", False


def notations():
    for n in NUMBERS:
        for dressed in ["\\mathbf{%d}", "\\color{red}{%d}", "\\textbf{%d}", "{\\bf %d}", "\\boldsymbol{%d}",
                        "\\textcolor{blue}{%d}", "\\boxed{%d}", "**%d**", "\\displaystyle %d", "%d."]:
            yield str(n), dressed % n, True
            yield str(n), dressed % (n + 1), False
        for chinese in ["%d个", "%d元", "%d 平方米", "答案：%d", "答案是%d", "%d人"]:
            yield str(n), chinese % n, True
            yield str(n), chinese % (n + 1), False
        yield f"{n}, {n + 1}", f"{n}或{n + 1}", True
        yield f"{n}, {n + 1}", f"{n + 1}和{n}", True
        yield f"{n}, {n + 1}", f"{n}或{n + 2}", False
        yield str(n), f"{n}万", False
        yield f"{{{n} \\choose 2}}", str(n * (n - 1) // 2), True
        yield f"\\binom{{{n}}}{{2}}", f"C({n},2)", True
        yield f"C_{{{n}}}^2", str(n * (n - 1) // 2), True
        yield f"\\sqrt[n]{{{n}}}", f"{n}^{{1/n}}", True
        yield f"\\sqrt[n]{{{n}}}", f"{n}^{{n}}", False
        yield f"\\frac{{n(n+{n})}}{{2}}", f"\\frac{{n^2+{n}n}}{{2}}", True
        yield "\\frac{n(n+1)}{2}", "\\binom{n+1}{2}", True
        yield f"n! \\cdot {n}", f"{n} n (n-1)!", True
        yield f"(n+1)!", "(n+1) n!", True
        yield f"(n+1)!", "n n!", False
        yield f"{n}^{{9000}}", f"{n * n}^{{4500}}", True
        yield f"{n}^{{9000}}", f"{n * n}^{{4501}}", False
        yield f"\\frac{{1}}{{{2000 + n}!}}", f"1/{2000 + n}!", True
        yield f"\\frac{{1}}{{{2000 + n}!}}", f"1/{2001 + n}!", False
        yield f"{n}^{{{n}^{{20}}}}", f"{n}^{{{n ** 20}}}", True
        yield f"{n}^{{{n}^{{20}}}}", f"{n}^{{{n ** 20 + 1}}}", False
        yield f"{n}.5 e^{{-0.0138629 t}}", f"{n}.5e^{{-0.0138629t}}", True
        yield f"{n}.5 e^{{-0.0138629 t}}", f"{n}.5e^{{-0.0138628t}}", False
        yield f"\\{{1,2,\\ldots,{n + 3}\\}}", f"\\{{1,2,3,\\ldots,{n + 3}\\}}", True
        yield f"\\{{1,2,\\ldots,{n + 3}\\}}", f"\\{{1,2,3,\\ldots,{n + 4}\\}}", False
        yield f"{n}x^2+C", f"{n}x^2+c", True
        yield f"{n}x^2+C", f"{n + 1}x^2+C", False
        yield f"{n}+k\\pi", f"{n}+n\\pi", True
        yield f"{n}x+1", f"{n}t+1", False
        yield f"-1./{n}", f"-1/{n}", True
        yield f"{n}\\text{{cis}}\\frac{{\\pi}}{{3}}", f"\\frac{{{n}}}{{2}}(1+\\sqrt3 i)", True


def options():
    letters = "ABCDE"
    for one, other in itertools.permutations(letters, 2):
        yield one, other, False
        yield one, other.lower(), False
    for letter, n in itertools.product(letters, [7, 12]):
        for dressed in ["({})", "\\text{{{}}}", "\\textbf{{({})}}", "{}.", "{}. %d" % n, "{}) %d" % n,
                        "\\text{{{}}}: %d" % n, "({}) %d" % n, "\\textbf{{({})}}\\ %d" % n]:
            yield letter, dressed.format(letter), True
            yield letter, dressed.format(letters[(letters.index(letter) + 1) % 5]), False
        yield str(n), f"\\textbf{{({letter})}}\\ {n}", True
        yield str(n), f"({letter}) {n + 1}", False
        yield f"\\textbf{{({letter})}}\\ {n}", letter, True
        yield f"\\textbf{{({letter})}}\\ {n}", str(n), True
        yield f"\\textbf{{({letter})}}\\ {n}", str(n + 1), False
    for one, other in itertools.combinations(letters, 2):
        yield f"{one}, {other}", f"{other}, {one}", True
        yield f"{one}, {other}", f"{one}{other}", True
        yield f"{one}, {other}", f"\\text{{{one} and {other}}}", True
        yield f"{one}, {other}", one, False
        yield one, f"{one}, {other}", False
    for one, other in itertools.combinations("①②③④", 2):
        yield one + other, f"{one},{other}", True
        yield one + other, other + one, True
        yield one + other, one, False


def hedges():
    for n in NUMBERS:
        yield f"\\pi r^{{{n}}} h", f"\\pi r^{n}", False
        yield f"\\pi r^{{{n}}} h", f"\\pi h r^{n}", True
        yield f"\\frac{{\\sqrt{{{n}}}}}{{4}} s^2", f"\\frac{{\\sqrt{{{n}}}s^2}}{{4}}", True
        yield f"\\frac{{1}}{{{n}}} m g h", f"\\frac{{mgh}}{{{n}}}", True
        yield f"({n}-k) m", f"({n}-k)", False
        yield f"(0,{n})", f"0<x<{n}, x\\in\\mathbb{{Z}}", False
        yield f"x>{n}", f"x>{n} \\text{{ or }} x \\in \\mathbb{{Z}}", False
        yield f"x={n}, y=1", f"x={n} \\text{{ or }} y=1", False
        yield f"x>{n}, y>1", f"x>{n} \\text{{ or }} y>1", False
        yield f"({n},1)", f"(y,x)=({n},1)", False
        yield f"({n},1)", f"y=1, x={n}", True
        yield f"{n}x", f"x={n}x", False
        yield f"x+{n}", f"x = x+{n}", False
        yield f"{n} \\text{{ m}}^3", f"{n} \\text{{ m}}^2", False
        yield f"{n} \\text{{ square feet}}", f"{n} \\text{{ cubic feet}}", False
        yield f"{n} \\text{{ m/s}}", f"{n} \\text{{ m/s}}^2", False
        yield f"\\${n}", f"€{n}", False
        yield f"2:{10 + n}", f"\\frac{{2}}{{{10 + n}}}", False
        for word in ["millions", "dozens", "sixths", "lakh", "double", "never", "以上", "億", "左右", "错"]:
            yield str(n), f"{n} {word}", False
    for letter, other in itertools.permutations("ABC", 2):
        yield letter, f"({letter}) or ({other})", False
        yield letter, f"({letter}) 5, ({other}) 6", False
        yield letter, f"{letter}. 5, {other}. 6", False
        yield letter, f"({letter}) is wrong", False


KINDS = [*math_notation_cases.KINDS, hedges, conditions, applications, identities, assignments, words, roundings, measures, notations,
         options]


def pairs():
    """Every pair once, as (kind, gold, answer, label)."""
    seen = set()
    for kind in KINDS:
        for gold, answer, label in kind():
            if (gold, answer) not in seen:
                seen.add((gold, answer))
                yield kind.__name__, gold, answer, label
