// Numbers in every notation, each beside its value as a plain fraction or integer.

import MathAnswers
import Testing

@Suite struct NumberTests {
  @Test(arguments: [
    ("1,234,567", "1234567"), ("1{,}234", "1234"), ("1\\,234", "1234"), ("1,\\!234", "1234"),
    ("12 345", "12345"), ("１２３", "123"), ("−5", "-5"), ("+5", "5"), ("5.", "5"), (".5", "1/2"),
    ("2.50", "5/2"), ("1e3", "1000"), ("2.5E-3", "1/400"), ("1.5\\times 10^{8}", "150000000"),
    ("3×10²", "300"), ("0.\\overline{3}", "1/3"), ("0.\\bar{3}", "1/3"),
    ("0.1\\overline{6}", "1/6"), ("1.\\overline{09}", "12/11"), ("0.\\dot{1}4285\\dot{7}", "1/7"),
    ("0.333\\ldots", "1/3"), ("0.1666...", "1/6"), ("0.142857142857…", "1/7"),
    ("\\frac12", "1/2"), ("\\frac{1}2", "1/2"), ("\\frac1{12}", "1/12"), ("\\dfrac{3}{4}", "3/4"),
    ("\\tfrac{3}{4}", "3/4"), ("\\cfrac{3}{4}", "3/4"), ("-\\frac{1}{2}", "\\frac{1}{-2}"),
    ("3\\frac{1}{2}", "7/2"), ("3 1/2", "7/2"), ("-3\\frac{1}{2}", "-7/2"), ("2½", "5/2"),
    ("6/4", "3/2"), ("1/2/3", "1/6"), ("2^{-3}", "1/8"), ("2^3^2", "512"), ("-2^2", "-4"),
    ("(-2)^2", "4"), ("2·3", "6"), ("7÷2", "7/2"), ("5!", "120"), ("\\binom{6}{2}", "15"),
    ("\\lfloor -3.5\\rfloor", "-4"), ("\\lceil -3.5\\rceil", "-3"), ("|-7|", "7"),
    ("\\left|2-5\\right|", "3"), ("\\gcd(12, 18)", "6"), ("\\max(2, 7, 3)", "7"),
    ("\\boxed{42}", "42"), ("$42$", "42"), ("\\left( 42 \\right)", "42"), ("\\dfrac{1}{2}.", "1/2"),
    ("1:2", "1/2"), ("50\\%", "1/2"), ("\\frac{1}{2}\\%", "1/200"), ("1010_2", "1010"),
  ])
  func `a number is the same in every notation`(text: String, value: String) throws {
    #expect(try verdict(value, text) == .equal)
    #expect(try verdict(text, value) == .equal)
  }

  @Test(arguments: [
    ("1,234", "1235"), ("1/2", "2/1"), ("0.5", "0.05"), ("2^{3^2}", "64"), ("3\\frac{1}{2}", "3/2"),
    ("5", "-5"), ("5", "5!"), ("1010_2", "1010_3"), ("10^{400}", "10^{400}+1"),
    ("123456789123456789123456789", "123456789123456789123456788"), ("0.\\overline{9}", "0.9"),
    ("3\\frac12", "\\frac32"), ("1", "0.999999"), ("0.0000001", "0.0000002"), ("0", "0.0000001"),
  ])
  func `numbers that differ are different`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .different)
  }

  @Test(arguments: [
    ("1/3", "0.333333", true), ("1/3", "0.3333333", true), ("1/3", "0.33333", false),
    ("\\pi", "3.141593", true), ("\\pi", "3.14159", false), ("\\sqrt2", "1.414214", true),
    ("\\sqrt2", "1.414213", false), ("0.333333", "1/3", true), ("\\frac{2}{3}", "0.666667", true),
    ("\\frac{2}{3}", "0.666666", false), ("(1/3, 1)", "(0.333333, 1)", true),
    ("1/3", "333333/1000000", false), ("x/3", "0.333333x", false),
  ])
  func `closeness counts only for what is written as a decimal, and to six decimals`(
    gold: String, answer: String, isEqual: Bool
  ) throws {
    #expect(try verdict(gold, answer).isEqual == isEqual)
  }

  @Test(arguments: [
    ("50\\%", "50"), ("50", "50\\%"), ("50\\%", "0.5"), ("12.5\\%", "1/8"), ("\\$5.00", "5"),
    ("5\\text{ cm}", "5"), ("5", "5\\text{ cm}^2"), ("5 \\mathrm{kg}", "5"), ("5 apples", "5"),
    ("5 cm", "5 centimeters"), ("90^\\circ", "90"), ("90°", "90^{\\circ}"),
    ("20^\\circ\\text{C}", "20"),
    ("60\\text{ miles per hour}", "60 mph"), ("36\\pi\\text{ square units}", "36\\pi"),
    ("x = 5 \\text{ cm}", "5"), ("12\\ \\text{inches}", "12"), ("\\text{approximately } 5", "5"),
  ])
  func `units, money and percent are dressing`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .equal)
  }

  @Test(arguments: [
    ("5\\text{ cm}", "5\\text{ m}"), ("5", "5 \\text{ or } 6"), ("5", "5 \\text{ is wrong}"),
    ("5", "5 \\text{ million}"), ("5", "not 5"), ("3", "3 \\text{ hours } 20 \\text{ minutes}"),
    ("50\\%", "5000"), ("5", "5 (not 6)"), ("5", "5 \\text{ if } x > 0"),
  ])
  func `words that say more than a unit are not taken off`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) != .equal)
  }
}
