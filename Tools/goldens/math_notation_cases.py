"""Pairs as in math_kind_cases.py: announcements, domains of counters, systems, congruences, lists with units."""

import itertools

NUMBERS = [2, 3, 5, 7, 12, 40]


def announcements():
    letters = "ABCDE"
    for place, letter in enumerate(letters):
        other = letters[(place + 1) % 5]
        for form in ["Option {}", "\\text{{Option {}}}", "option ({})", "Choice {}", "The answer is {}",
                     "The correct option is ({})", "选{}", "选项{}", "答案为：{}"]:
            yield letter, form.format(letter), True
            yield letter, form.format(other), False
        yield letter, f"Option {letter} or {other}", False
        yield letter, f"not option {letter}", False
        yield letter, f"不选{letter}", False
    for n in NUMBERS:
        for form in ["The answer is {}", "\\text{{The answer is }} {}", "\\text{{The answer is {}}}",
                     "So the final answer is {}.", "Answer: {}"]:
            yield str(n), form.format(n), True
            yield str(n), form.format(n + 1), False
            yield str(n), form.format(f"not {n}"), False
        yield str(n), f"The answer is {n} or {n + 1}", False
        yield str(n), f"The answer to {n} is {n + 1}", False
        for name in ["P(X={})", "P(X>{})", "P(X \\le {})", "P(A_{}|B)", "P(A \\mid B_{})", "\\Pr(X={})",
                     "P(A \\cap B_{})"]:
            name = name.format(n)
            yield f"\\frac{{{n}}}{{41}}", f"{name}=\\frac{{{n}}}{{41}}", True
            yield f"\\frac{{{n}}}{{41}}", f"{name}=\\frac{{{n + 1}}}{{41}}", False
        yield f"P(X={n})=1/3", f"P(X={n + 1})=1/3", False
        yield str(n), f"P(X={n})=1", False
        for left in ["m+n", "a+b+c", "p + q"]:
            yield str(n), f"{left}={n}", True
            yield str(n), f"{left}=1+{n - 1}={n}", True
            yield str(n), f"{left}={n + 1}", False
        for left in ["2m+n", "x+x", "x+1", "x^2", "x^2+y"]:
            yield str(n), f"{left}={n}", False
        yield f"x={n}", f"x+y={n}", False
        yield f"x+y={n}", str(n), False


def counters():
    for n in NUMBERS:
        value = f"\\frac{{\\pi}}{{{n}}}+k\\pi"
        gold = f"x={value}, k\\in\\mathbb{{Z}}"
        for form in ["({})", "\\quad ({})", ", ({})", "\\text{{ where }} {}", ", \\text{{ for }} {}",
                     "\\text{{ for all }} {}", ", \\forall {}", ", {}"]:
            for domain in ["k\\in\\mathbb{Z}", "k \\in Z", "k∈\\mathbf{Z}"]:
                yield gold, f"x={value} " + form.format(domain), True
                yield gold, f"x={value}+1 " + form.format(domain), False
            for domain in ["k\\in\\mathbb{N}", "k \\in R", "k∈\\mathbb{N}^*"]:
                yield gold, f"x={value} " + form.format(domain), False
        yield gold, f"x={value}", True
        yield f"n^{n}, n\\in\\mathbb{{N}}^*", f"n^{n}, n\\in\\mathbb{{Z}}^{{+}}", True
        yield f"n^{n}, n\\in\\mathbb{{N}}^*", f"n^{n} (n\\in N_+)", True
        yield f"n^{n}, n\\in\\mathbb{{N}}^*", f"n^{n} (n\\in N)", False
        yield str(n), f"{n}, x\\in\\mathbb{{Z}}", False
        yield f"({n},{n + 1})", f"{n} \\text{{ or }} {n + 1}", False
        yield f"({n},{n + 1})", f"{n} \\text{{ and }} {n + 1}", True


def systems():
    forms = ["\\begin{{cases}} x={0} \\\\ y={1} \\end{{cases}}",
             "\\left\\{{\\begin{{array}}{{l}}x={0}\\\\y={1}\\end{{array}}\\right.",
             "\\left\\{{\\begin{{array}}{{rcl}}x&=&{0}\\\\y&=&{1}\\end{{array}}\\right.",
             "\\left\\{{ \\begin{{aligned}} x&={0}, \\\\ y&={1} \\end{{aligned}} \\right.",
             "\\begin{{aligned}} x&={0}, \\\\ y&={1} \\end{{aligned}}",
             "\\left\\{{\\begin{{matrix}}x={0}\\\\y={1}\\end{{matrix}}\\right."]
    for n, form in itertools.product(NUMBERS, forms):
        gold = f"x={n}, y={n + 1}"
        yield gold, form.format(n, n + 1), True
        yield f"({n},{n + 1})", form.format(n, n + 1), True
        yield form.format(n, n + 1), gold, True
        yield gold, form.format(n + 1, n), False
        yield gold, form.format(n, n + 2), False
        yield f"x={n}", form.format(n, n + 1), False
    for n in NUMBERS:
        yield f"{n}<x<{n + 1}", f"\\left\\{{\\begin{{array}}{{l}}x>{n}\\\\x<{n + 1}\\end{{array}}\\right.", True
        yield f"{n}<x<{n + 1}", f"\\left\\{{\\begin{{array}}{{l}}x>{n}\\\\x<{n + 2}\\end{{array}}\\right.", False
        chain = f"\\begin{{aligned}} x &= 1+{n} \\\\ &= {n + 1}\\end{{aligned}}"
        yield f"x={n + 1}", chain, True
        yield f"x={n}", chain, False
        yield f"\\begin{{pmatrix}}1\\\\{n}\\end{{pmatrix}}", f"\\left(\\begin{{array}}{{c}}1\\\\{n}\\end{{array}}\\right)", True
        yield f"\\begin{{pmatrix}}1\\\\{n}\\end{{pmatrix}}", f"\\left\\{{\\begin{{array}}{{c}}1\\\\{n}\\end{{array}}\\right.", False


def residues():
    for n, r in itertools.product([5, 12, 40], [0, 2, 3]):
        gold = f"x \\equiv {r} \\pmod{{{n}}}"
        for form in ["x\\equiv {} \\pmod{{{}}}", "x \\equiv {} \\mod {}", "x\\equiv {} \\bmod {}", "x\\equiv {} (mod {})",
                     "x \\equiv {} (\\text{{mod }} {})", "{} \\pmod {}"]:
            yield gold, form.format(r, n), True
            yield gold, form.format(r + n, n), True
            yield gold, form.format(r - n, n), True
            yield gold, form.format(r + 1, n), False
            yield gold, form.format(r, n + 1), False
        yield gold, f"y \\equiv {r} \\pmod{{{n}}}", False
        yield gold, f"x \\equiv {r}", False
        yield gold, str(r), False
        yield str(r), gold, False
        yield f"f(x)={n}x", f"f(x) \\equiv {n}x", True


def lists():
    for n, (one, other) in itertools.product(NUMBERS, [("cm", "kg"), ("\\text{ cm}", "\\text{ m}"), ("apples", "oranges")]):
        gold = f"{n} {one}, {n + 2} {one}"
        yield gold, f"{n}, {n + 2}", True
        yield f"{n}, {n + 2}", gold, True
        yield gold, f"{n + 2} {one} and {n} {one}", True
        yield gold, f"{n}, {n + 2} {one}", True
        yield gold, f"{n} {one}, {n + 3} {one}", False
        yield gold, f"{n} {one}, {n + 2} {other}", False
        yield gold, f"{n} {other}, {n + 2} {other}", False
        yield gold, f"{n} {one}", False
    for n in NUMBERS:
        yield f"{n} cm, {n + 1} cm", f"{10 * n} mm, {10 * n + 10} mm", True
        yield f"{n} \\text{{ cm and }} {n + 1} \\text{{ cm}}", f"{n + 1}, {n}", True
        for chinese, name, wrong in [("米", "m", "cm"), ("厘米", "cm", "m"), ("千米", "km", "m"), ("千克", "kg", "g"),
                                     ("小时", "hours", "minutes"), ("分钟", "minutes", "hours"), ("秒", "s", "h"),
                                     ("平方米", "m^2", "m"), ("立方厘米", "cm^3", "cm^2"), ("元", "yuan", "dollars"),
                                     ("米/秒", "m/s", "m")]:
            yield f"{n}{chinese}", f"{n} {name}", True
            yield f"{n} {name}", f"{n}{chinese}", True
            yield f"{n}{chinese}", f"{n + 1} {name}", False
            yield f"{n}{chinese}", f"{n} {wrong}", False
        yield f"{n}米", f"{100 * n}厘米", True
        yield f"{n}'6\"", f"{n} \\text{{ feet }} 6 \\text{{ inches}}", True
        yield f"{n}'6\"", f"{12 * n + 6} inches", True
        yield f"{n}'6\"", f"{n}'7\"", False
        yield f"{n}'6\"", str(6 * n), False
        yield f"{n}^\\circ C", str(n), True
        yield f"{n}^\\circ C", f"{n} \\text{{ degrees Celsius}}", True
        yield f"{n}^\\circ C", f"{n}^\\circ F", False
        yield f"{n}^\\circ C", f"\\frac{{{n}\\pi}}{{180}}", False
        yield f"\\frac{{{n}\\pi}}{{180}}", f"{n}^\\circ C", False
        yield f"\\frac{{{n}\\pi}}{{180}}", f"{n}^\\circ", True


KINDS = [announcements, counters, systems, residues, lists]
