// Roots, logarithms, angles and complex numbers: equal ones by hand, and digits from mpmath 1.3.0.

import MathAnswers
import Testing

@Suite struct RealNumberTests {
  @Test(arguments: [
    ("\\frac{1}{\\sqrt2}", "\\frac{\\sqrt2}{2}"), ("\\sqrt{8}", "2\\sqrt2"),
    ("sqrt(12)", "2sqrt(3)"),
    ("√3", "\\sqrt{3}"), ("\\sqrt{\\frac{1}{3}}", "\\frac{\\sqrt3}{3}"),
    ("\\sqrt2\\sqrt3", "\\sqrt6"),
    ("\\sqrt[3]{16}", "2\\sqrt[3]{2}"), ("\\sqrt[3]{-8}", "-2"), ("8^{2/3}", "4"),
    ("2^{0.5}", "\\sqrt2"),
    ("\\sqrt[3]{2}\\sqrt{2}", "2^{5/6}"), ("\\sqrt{3+2\\sqrt2}", "1+\\sqrt2"),
    ("\\sqrt{7-4\\sqrt3}", "2-\\sqrt3"), ("\\frac{1}{\\sqrt3-\\sqrt2}", "\\sqrt3+\\sqrt2"),
    ("\\frac{1+\\sqrt5}{2}", "\\frac{2}{\\sqrt5-1}"),
    ("\\sqrt[3]{2+\\sqrt5}", "\\frac{1+\\sqrt5}{2}"),
    ("\\sqrt{1+\\sqrt{2}}\\sqrt{\\sqrt2-1}", "1"),
    ("\\frac{1}{1+\\sqrt[3]2+\\sqrt[3]4}", "\\sqrt[3]2-1"),
    ("\\sqrt{2+\\sqrt{2+\\sqrt2}}", "2\\cos\\frac{\\pi}{16}"),
    ("\\cos\\frac{\\pi}{7}-\\cos\\frac{2\\pi}{7}+\\cos\\frac{3\\pi}{7}", "\\frac12"),
    ("\\sin\\frac{\\pi}{10}", "\\frac{\\sqrt5-1}{4}"), ("\\cos 36^\\circ", "\\frac{1+\\sqrt5}{4}"),
    ("\\sin 15^\\circ", "\\frac{\\sqrt6-\\sqrt2}{4}"), ("\\tan\\frac{\\pi}{8}", "\\sqrt2-1"),
    ("\\sin\\frac{7\\pi}{6}", "-\\frac12"), ("\\cos\\frac{5\\pi}{3}", "0.5"),
    ("\\sec\\frac{\\pi}{3}", "2"),
    ("\\arctan\\sqrt3", "\\frac{\\pi}{3}"), ("\\arccos(-\\frac12)", "\\frac{2\\pi}{3}"),
    ("\\sin^{-1} 1", "\\frac{\\pi}{2}"), ("\\ln 8", "3\\ln2"),
    ("\\ln\\frac{9}{4}", "2\\ln3-2\\ln2"),
    ("\\log_2 8", "3"), ("\\log_4 8", "\\frac32"), ("\\log_{10} 1000", "3"), ("\\log 0.01", "-2"),
    ("\\log_2 3", "\\frac{\\ln3}{\\ln2}"), ("e^{2\\ln3}", "9"), ("2^{\\log_2 7}", "7"),
    ("\\ln\\sqrt{e}", "\\frac12"), ("\\frac{3\\pi}{4}", "0.75\\pi"), ("\\exp(2)", "e^2"),
    ("\\sinh 0", "0"), ("i^2", "-1"), ("\\sqrt{-4}", "2i"), ("(1+i)^2", "2i"),
    ("\\frac{1}{1+i}", "\\frac{1-i}{2}"),
    ("e^{i\\pi}", "-1"), ("|3+4i|", "5"), ("4i+3", "3+4i"),
    ("e^{i\\pi/3}", "\\frac12+\\frac{\\sqrt3}{2}i"),
  ])
  func `real and complex numbers are decided exactly`(left: String, right: String) throws {
    #expect(try verdict(left, right) == .equal)
    #expect(try verdict(right, left) == .equal)
  }

  @Test(arguments: [
    ("\\sqrt2", "\\sqrt3"), ("\\sqrt2+\\sqrt3", "\\sqrt5"), ("2\\sqrt3", "3\\sqrt2"),
    ("\\sqrt2", "\\frac{665857}{470832}"), ("\\pi", "\\frac{22}{7}"), ("\\pi", "\\frac{355}{113}"),
    ("\\ln2\\ln3", "\\ln6"), ("\\sin1", "\\sin1^\\circ"), ("3+4i", "3-4i"), ("e^2", "2e"),
    ("\\sqrt{3+2\\sqrt2}", "1+\\sqrt{2.0000000001}"), ("e^{\\pi\\sqrt{163}}", "262537412640768744"),
    ("\\sqrt{2}+\\sqrt{6}", "\\sqrt{15-\\sqrt{0.0001}}"), ("\\pi^2", "10"), ("\\log 2", "\\ln 2"),
  ])
  func `near misses are told apart`(left: String, right: String) throws {
    #expect(try verdict(left, right) == .different)
  }

  @Test(arguments: [
    ("\\pi", "3141592653589793238462643383279"),
    ("e", "2718281828459045235360287471352"),
    ("\\ln 2", "693147180559945309417232121458"),
    ("\\sqrt{2}", "1414213562373095048801688724209"),
    ("\\sin(1)", "841470984807896506652502321630"),
    ("\\cos(1)", "540302305868139717400936607442"),
    ("\\arctan(\\frac12)", "463647609000806116214256231461"),
    ("e^{-3}", "49787068367863942979342415650"),
    ("\\sqrt[3]{5}", "1709975946676696989353108872543"),
    ("\\pi^e", "22459157718361045473427152204543"),
    ("\\arcsin(\\frac13)", "339836909454121937096392513391"),
    ("\\sin(1000)", "826879540532002560255887429109"),
    ("2^{\\sqrt2}", "2665144142690225188650297249873"),
    ("\\arctan(7)", "1428899272190732696418470074537"),
    ("\\cos(4000)", "-729946959549227458117173440866"),
    ("\\ln(\\frac{1}{1000})", "-6907755278982137052053974364054"),
    ("e^{100}", "26881171418161354484126255515800135873611118773741922415191608615280287034"),
  ])
  func `thirty digits agree with mpmath`(text: String, digits: String) throws {
    #expect(try verdict(digits, "\\lfloor 10^{30}(\(text)) \\rfloor") == .equal)
  }

  @Test(arguments: [
    "\\frac{1}{0}", "\\ln 0", "0^{-1}", "(-3)!", "\\infty-\\infty", "\\frac{1}{\\sqrt4-2}",
  ])
  func `what has no value is an error`(text: String) {
    #expect(failure(text) == "undefined")
  }

  @Test func `a divisor that is zero in disguise makes nothing equal`() {
    let zero = "\\sqrt{3+2\\sqrt2}-1-\\sqrt2"
    #expect(failure("\\frac{5(\(zero))}{\(zero)}") == "undefined")
    #expect(failure("5(\(zero))(\(zero))^{-1}") == "undefined")
    #expect(failure("\\frac{5\\sqrt{\(zero)}}{\\sqrt{\(zero)}}") == "undefined")
    #expect(failure("\\frac{5}{\\sin^2 1+\\cos^2 1-1}") == "undefined")
  }
}
