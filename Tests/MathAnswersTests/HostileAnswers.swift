// Answers that are written to hang, to exhaust or to break whoever reads them.

/// A hostile text and what it is meant to do.
struct HostileAnswer: Sendable, CustomStringConvertible {
  let description: String
  let text: String

  init(_ description: String, _ text: String) {
    self.description = description
    self.text = text
  }

  /// All of them, none of which is equal to 5.
  static var all: [HostileAnswer] { numbers + nesting + sums + sequences + texts }

  private static func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  private static var numbers: [HostileAnswer] {
    [
      .init("a tower of powers", "9^{9^{9^{9}}}"),
      .init("a tower without braces", "9^9^9^9^9^9^9^9"),
      .init("ten to the power of a billion", "10^{10^9}"),
      .init("a negative giant exponent", "10^{-10^{10}}"),
      .init("a factorial", "10000000!"),
      .init("a tower of factorials", "((100!)!)!"),
      .init("a row of factorials", "3" + repeated("!", 3000)),
      .init("the largest factorials that are computed", repeated("1200!+", 500) + "1"),
      .init("a giant binomial", "\\binom{100000000}{50000000}"),
      .init("the largest binomials", repeated("\\binom{8000}{4000}+", 200) + "1"),
      .init("a million digits", repeated("7", 1_000_000)),
      .init("four thousand digits", repeated("7", 4_000)),
      .init("products of long numbers", repeated(repeated("7", 300) + "\\cdot ", 12) + "1"),
      .init("a giant exponent in scientific notation", "1e999999999999999999999"),
      .init("many powers of ten", repeated("1e4000+", 500) + "1"),
      .init(
        "quotients of long numbers",
        repeated("\\frac{" + repeated("7", 90) + "}{3^{99}}+", 30) + "1"),
      .init("many long denominators", (1...300).map { "1/\($0 * $0 + 1)" }.joined(separator: "+")),
      .init("a giant repeating decimal", "0.\\overline{" + repeated("1234567", 500) + "}"),
      .init("a root of a giant index", "\\sqrt[1000000000]{2}"),
      .init("a power with a long fraction", "2^{\\frac{123456789}{987654321}}"),
      .init("a logarithm of a giant", "\\ln(3^{4000}+1)"),
      .init("a sine of a giant", "\\sin(10^{1000})"),
      .init("an exponential tower", "e^{e^{e^{e^{e}}}}"),
      .init("a giant base of logarithms", "\\log_{10^{1000}}(7^{4000})"),
      .init("a greatest common divisor of giants", "\\gcd(7^{4000}, 11^{3500}, 13^{3000})"),
    ]
  }

  private static var nesting: [HostileAnswer] {
    [
      .init("a hundred thousand braces", repeated("{", 100_000) + "5" + repeated("}", 100_000)),
      .init("two thousand braces", repeated("{", 2_000) + "5" + repeated("}", 2_000)),
      .init("two thousand brackets", repeated("(", 2_000) + "5" + repeated(")", 2_000)),
      .init("open brackets only", repeated("(", 4_000)),
      .init("closing braces only", repeated("}", 4_000)),
      .init("deep roots", repeated("\\sqrt{", 500) + "2" + repeated("}", 500)),
      .init("sixty nested roots of sums", repeated("\\sqrt{2+", 60) + "2" + repeated("}", 60)),
      .init("a fraction tower", repeated("\\frac{1}{1+", 300) + "1" + repeated("}", 300)),
      .init("a tower within the limits", repeated("\\frac{1}{x+", 30) + "1" + repeated("}", 30)),
      .init("roots without braces", repeated("\\sqrt", 700) + "2"),
      .init("minus signs", repeated("-", 4_000) + "6"),
      .init("divisions in a row", "6" + repeated("/1", 2_000)),
      .init("primes in a row", "x" + repeated("'", 4_000)),
      .init("bars", repeated("|", 4_001)),
      .init("functions of functions", repeated("\\sin", 900) + " x"),
      .init("boxes in boxes", repeated("\\boxed{", 500) + "5" + repeated("}", 500)),
      .init("floors in floors", repeated("\\lfloor ", 400) + "5.5" + repeated("\\rfloor ", 400)),
    ]
  }

  private static var sums: [HostileAnswer] {
    let letters = "abcdefghjklmnopqrstuvwxyz".map(String.init)
    return [
      .init("a giant power of a sum", "(x+1)^{100000}"),
      .init("fractions that never end", String(repeating: "\\frac{1}{", count: 200)),
      .init("a unit that never ends", "5 \\frac{"),
      .init("dots to a long number", "1, 2, \\ldots, " + String(repeating: "9", count: 3000)),
      .init("conditions without end", String(repeating: "x \\ne 1, ", count: 400) + "x \\ne 2"),
      .init("hours without end", String(repeating: "2 hours ", count: 400)),
      .init("a binomial coefficient of sums", "\\binom{(a+b+c+d)^9}{12}"),
      .init("factorials side by side", String(repeating: "(n+16)!", count: 60)),
      .init("large factorials side by side", String(repeating: "3200!", count: 300)),
      .init("applications within applications", String(repeating: "f(", count: 1000)),
      .init("cases within cases", String(repeating: "\\begin{cases}", count: 300)),
      .init("absolute values and relations", String(repeating: "|x|<", count: 800) + "1"),
      .init("a power of five unknowns", "(a+b+c+d+e)^{500}"),
      .init("a power at the limit", "(x+1)^{990}(x-1)^{990}"),
      .init("a product of many sums", letters.map { "(\($0)+1)" }.joined()),
      .init("a product of many polynomials", repeated("(x^9+x+1)", 300)),
      .init("a sum of three thousand terms", repeated("x+", 2_000) + "1"),
      .init("six hundred unknowns", (0..<600).map { "x_{\($0)}" }.joined(separator: "+")),
      .init(
        "many different denominators", (1...200).map { "\\frac{1}{x+\($0)}" }.joined(separator: "+")
      ),
      .init("many different roots", (2...300).map { "\\sqrt{\($0)}" }.joined(separator: "+")),
      .init(
        "a power of many roots",
        "(" + [2, 3, 5, 7, 11, 13, 17, 19].map { "\\sqrt{\($0)}" }.joined(separator: "+") + ")^{60}"
      ),
      .init(
        "the inverse of many roots",
        "\\frac{1}{" + [2, 3, 5, 7, 11, 13].map { "\\sqrt[7]{\($0)}" }.joined(separator: "+")
          + "}^{9}"),
      .init(
        "an identity of nested roots",
        "\\sqrt{2+\\sqrt{3+\\sqrt{5+\\sqrt{7+\\sqrt{11}}}}}-\\sqrt[7]{3+\\sqrt[5]{2}}"),
      .init("a trigonometric giant", "\\sin(12x)\\cos(12y)\\sin(11z)\\cos(12w)"),
      .init("many multiple angles", (1...12).map { "\\sin(\($0)x+\($0)y)" }.joined(separator: "+")),
      .init(
        "a hidden zero below",
        "\\frac{5\\sqrt{3+2\\sqrt2}-5-5\\sqrt2}{\\sqrt{3+2\\sqrt2}-1-\\sqrt2}"),
      .init("sums that are not known", "\\sum_{i=1}^{10^9} i^{i}"),
      .init("products that are not known", "\\prod_{i=1}^{10^8}(x+i)"),
      .init("a definite integral", "\\int_0^1 \\sin(x^x) dx"),
    ]
  }

  private static var sequences: [HostileAnswer] {
    [
      .init("a hundred thousand intervals", repeated("(1,2)\\cup", 100_000) + "(1,2)"),
      .init(
        "intervals within the limits",
        (1...200).map { "(\($0),\($0).5)" }.joined(separator: "\\cup")),
      .init("a long list", (0...900).map(String.init).joined(separator: ", ")),
      .init("every candidate", (0...500).map(String.init).joined(separator: ", ")),
      .init("a set of undecided elements", (2...200).map { "\\sin \($0)" }.joined(separator: ",")),
      .init(
        "a large matrix",
        "\\begin{pmatrix}" + repeated(repeated("1&", 39) + "1\\\\", 40) + "\\end{pmatrix}"),
      .init(
        "a large determinant",
        "\\begin{vmatrix}" + repeated(repeated("x&", 19) + "1\\\\", 20) + "\\end{vmatrix}"),
      .init("a matrix that does not end", repeated("\\begin{pmatrix}", 250)),
      .init("plus or minus many times", repeated("\\pm 1", 800)),
      .init("commas", repeated(",", 4_000)),
      .init("a chain of equations", repeated("x=", 2_000) + "5"),
      .init("a chain of inequalities", repeated("x<", 600) + "5"),
    ]
  }

  private static var texts: [HostileAnswer] {
    [
      .init("combining marks", "5" + repeated("\u{301}", 2_000)),
      .init("NULs", "5\u{0}5"),
      .init("invisible signs", repeated("\u{200B}", 1_300) + "6"),
      .init("right-to-left overrides", "\u{202E}5!\u{202D}6"),
      .init("digits of another script", "\u{665}"),
      .init("an unpaired brace", "{5"),
      .init("a lone backslash", "5\\"),
      .init("backslashes", repeated("\\", 4_001)),
      .init("dollars", repeated("$", 4_000)),
      .init("text in text", repeated("\\text{", 500) + "5" + repeated("}", 500)),
      .init("carets", "5" + repeated("^", 2_000)),
      .init("superscripts", "x" + repeated("²", 1_500)),
      .init("flags and families", repeated("👨‍👩‍👧‍👦🏴", 100)),
      .init("not a number", "NaN"),
      .init("nothing over nothing", "\\frac{0}{0}"),
      .init("infinity less infinity", "\\infty-\\infty"),
      .init("an empty box", "\\boxed{}"),
      .init("spaces", repeated(" ", 4_000)),
      .init("nothing", ""),
    ]
  }
}
