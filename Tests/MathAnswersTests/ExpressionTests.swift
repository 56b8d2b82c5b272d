// Polynomials and other expressions in unknowns.

import MathAnswers
import Testing

@Suite struct ExpressionTests {
  @Test(arguments: [
    ("(x+1)^2", "x^2+2x+1"), ("(x+1)²", "x²+2x+1"), ("x(x+1)(x+2)", "x^3+3x^2+2x"),
    ("(a+b)^3", "a^3+3a^2b+3ab^2+b^3"), ("2x\\cdot3y", "6xy"), ("ab^2", "b^2a"), ("-(x-3)", "3-x"),
    ("\\frac{x^2-1}{x-1}", "x+1"), ("\\frac1x-\\frac1{x+1}", "\\frac{1}{x(x+1)}"),
    ("\\frac{a}{b}", "a/b"),
    ("\\frac{n(n+1)}{2}", "\\binom{n+1}{2}*0+\\frac{n^2+n}{2}"), ("1/2x", "\\frac{1}{2x}"),
    ("\\frac{1}{1+\\frac1x}", "\\frac{x}{x+1}"), ("x^{-2}", "\\frac{1}{x^2}"),
    ("x_1+x_2", "x_{2}+x_{1}"),
    ("\\sqrt{x^2}", "|x|"), ("\\sqrt{x^2+2x+1}", "|x+1|"), ("\\sqrt{4x+8}", "2\\sqrt{x+2}"),
    ("x^{1/2}", "\\sqrt{x}"), ("\\frac{x}{\\sqrt{x}}", "\\sqrt{x}"), ("\\sqrt[3]{x^3}", "x"),
    ("(\\sqrt2x+1)^2", "2x^2+2\\sqrt2x+1"), ("2^{n+1}", "2\\cdot2^n"), ("4^n", "2^{2n}"),
    ("6^n", "2^n3^n"), ("(-1)^{n+2}", "(-1)^n"), ("e^{x+1}", "e\\cdot e^x"),
    ("\\frac{1}{2^n}", "2^{-n}"),
    ("e^{\\ln x}", "x"), ("\\ln(2x)", "\\ln2+\\ln x"), ("\\ln e^x", "x"),
    ("\\sin^2x+\\cos^2x", "1"),
    ("\\sin2x", "2\\sin x\\cos x"), ("\\cos2x", "2\\cos^2x-1"), ("1+\\tan^2x", "\\sec^2x"),
    ("\\sin(x+y)", "\\sin x\\cos y+\\cos x\\sin y"), ("\\sin(\\pi-x)", "\\sin x"),
    ("\\sin(-x)", "-\\sin x"),
    ("\\sin\\left(\\frac{1}{1+1/x}\\right)", "\\sin\\frac{x}{x+1}"), ("\\theta\\cdot3", "3θ"),
    ("f(x)+1", "1+f(x)"), ("x^2 + C", "C+x^2"), ("n!", "n!"), ("3(n+1)!", "3(1+n)!"),
    ("(x+y)(x-y)\\div(x+y)", "x-y"), ("x^{10}", "x^4x^6"),
    ("\\frac{\\sqrt{x+1}}{x+1}", "\\frac{1}{\\sqrt{x+1}}"),
  ])
  func `expressions are equal whatever their form`(left: String, right: String) throws {
    #expect(try verdict(left, right) == .equal)
    #expect(try verdict(right, left) == .equal)
  }

  @Test(arguments: [
    ("(x+1)^2", "x^2+1"), ("x", "y"), ("x", "5"), ("5", "x"), ("ab^2", "a^2b"), ("2x+3", "3x+2"),
    ("\\sqrt{x^2}", "x"), ("2^n", "n^2"), ("\\sin2x", "2\\sin x"), ("x_1", "x_2"), ("|x|", "x"),
    ("\\ln(x+1)", "\\ln x+1"), ("\\frac{1}{x+1}", "\\frac1x+1"), ("1/2x", "\\frac12x"),
    ("e^{2x}", "e^x"), ("\\sqrt{x+y}", "\\sqrt x+\\sqrt y"), ("x+10^{-30}", "x"),
    ("\\sqrt[3]{x}", "\\sqrt{\\sqrt[3]{x^2}}"), ("\\sqrt[3]{x+1}", "\\sqrt{(\\sqrt[3]{x+1})^2}"),
  ])
  func `expressions that differ somewhere are different`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .different)
  }

  @Test(arguments: [
    ("\\sqrt{x}\\sqrt{y}", "\\sqrt{xy}"), ("\\ln x^2", "2\\ln x"),
    ("\\sqrt{x+1}\\sqrt{x-1}", "\\sqrt{x^2-1}"),
  ])
  func `what holds only for some values is never equal`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) != .equal)
  }

  /// A random sum of products written twice: as it is, and with factors and terms in another order,
  /// every product of two sums multiplied out.
  @Test(arguments: 0..<200)
  func `products of random sums equal their expansion`(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let names = ["x", "y", "z", "\\sqrt{2}", "\\pi"]
    func sum() -> [(Int, String)] {
      (0...random(3)).map { _ in (random(9) + 1, names[random(names.count)]) }
    }
    func text(_ terms: [(Int, String)]) -> String {
      terms.map { "\($0.0)\($0.1)" }.joined(separator: "+")
    }
    let (left, right) = (sum(), sum())
    let expanded = left.flatMap { a in right.map { b in "\(a.0 * b.0)\(b.1)\\cdot \(a.1)" } }
    let gold = "(\(text(left)))(\(text(right)))"
    #expect(try verdict(gold, expanded.reversed().joined(separator: "+")) == .equal)
    #expect(try verdict(gold, expanded.joined(separator: "+") + "+1") == .different)
    #expect(try verdict(gold, expanded.joined(separator: "+") + "-x") == .different)
  }
}
