// Answers under pressure: bounded work on everything, and no trick is taken for an answer.

import MathAnswers
import Testing

@Suite struct HostileAnswerTests {
  @Test(arguments: HostileAnswer.all)
  func `a hostile answer ends in bounded work and is not equal`(hostile: HostileAnswer) throws {
    let gold = try MathAnswer(parsing: "5")
    do {
      let answer = try MathAnswer(parsing: hostile.text)
      let (verdict, fuel) = gold.comparison(with: answer)
      #expect(verdict != .equal)
      #expect(fuel <= Limits.fuel)
      #expect(answer.fuelUsed <= Limits.fuel)
    } catch {
      #expect(!error.description.isEmpty)
      #expect(error.description.utf8.count < 200)
    }
  }

  @Test func `the list is as long as it should be`() {
    #expect(HostileAnswer.all.count >= 80)
    #expect(Set(HostileAnswer.all.map(\.description)).count == HostileAnswer.all.count)
  }

  @Test(arguments: [
    "1, 2, 3, 4, 5", "\\{1,2,3,4,5,6,7,8,9\\}", "5 \\text{ or } 6", "5 or 6 or 7", "4,5", "(5,6)",
    "[0,10]",
    "(-\\infty,\\infty)", "\\mathbb{R}", "\\pm5", "x", "x=x", "0=0", "5=5=6", "6=5", "\\infty",
    "-\\infty",
    "NaN", "nan", "inf", "\\frac00", "\\frac50", "5\\cdot\\frac{0}{0}", "0\\cdot\\infty",
    "\\text{any}",
    "\\text{any number}", "\\text{five or six}", "5?", "5 or not 5", "not 5", "\\text{not } 5",
    "5 is wrong",
    "5 \\text{ (or 6)}", "\\boxed{5}\\boxed{6}", "55", "0.5", "5x", "5!", "5^5", "-5", "5i",
    "5.0001", "4.9999",
    "5+\\epsilon", "5+x-y", "5\\sin^2x", "\\ldots", "5,\\ldots", "...",
    "\\begin{pmatrix}5\\end{pmatrix},6", "٥",
    "5\\%\\%", "six", "V", "5'", "0x5", "(5", "{5", "\\{5,\\}\\cup\\{6\\}", "x\\in\\mathbb{R}",
    "x>4", "x\\ge5",
    "\\ne6", "5 \\text{ apples and } 6", "5 \\text{ times } 2", "5 dozen", "5 thousand",
  ])
  func `a trick is not taken for the answer`(answer: String) throws {
    #expect(try verdict("5", answer) != .equal)
  }

  @Test(arguments: [
    ("(x-5)(x-7)", "(x5))(x7-)"), ("4x-3", "4x3-"), ("2-i", "2i-"), ("(-5,-6)", "[3,0)"),
    ("(-5,-6)", "(8,7]"), ("(5,4)", "\\emptyset"), ("(14,-6)", "(14,.-6)"), ("3, 7", "3,,7"),
    ("(16,7)", "(16,7,)"), ("[3,10]", "[,3,10]"), ("\\frac{a}{b}", "ab"), ("x-y", "x y -"),
    ("January 5", "January -5"), ("\\text{A or B}", "\\text{A}"),
  ])
  func `broken mathematics is not compared by its letters`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) != .equal)
  }

  @Test func `an undecided comparison is never equal, and says why`() throws {
    let verdict = try verdict("\\sqrt{x+1}\\sqrt{x}", "\\sqrt{x^2+x}")
    guard case .undecided(let reason) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func `a giant is equal only to itself`() throws {
    #expect(try verdict("9^{9^{9}}", "9^{9^9}") == .equal)
    #expect(try verdict("9^{9^9}", "9^{9^9}+1") != .equal)
    #expect(try verdict("2^{100000}", "2^{100000}") == .equal)
    #expect(try verdict("3\\cdot2^{100000}", "2^{100000}\\cdot3") == .equal)
    #expect(try verdict("2^{100000}", "2^{100001}") != .equal)
  }

  @Test func `the same text takes the same work every time`() throws {
    let text = "\\frac{(x+1)^9}{\\sqrt{2+\\sqrt3}}+\\sin(3x+2y)-\\ln(x+1)"
    let first = try MathAnswer(parsing: text)
    let other = try MathAnswer(parsing: text + "+\\sqrt{x}")
    let fuel = first.comparison(with: other).fuelUsed
    #expect(fuel > 1_000)
    for _ in 0..<5 {
      let again = try MathAnswer(parsing: text)
      #expect(again.fuelUsed == first.fuelUsed)
      #expect(again.comparison(with: other).fuelUsed == fuel)
    }
  }

  /// Texts of random tokens, most of them nonsense.
  @Test func `no random text stops the program`() {
    let pieces = [
      "1", "2", "0", "x", "y", "e", "i", "\\pi ", "+", "-", "*", "/", "^", "_", "!", "%", "'", "(",
      ")", "[", "]",
      "{", "}", "\\{", "\\}", "|", ",", ";", "=", "<", ">", "\\le ", "\\cup ", "\\in ", "\\frac",
      "\\sqrt", "\\sqrt[3]",
      "\\sin ", "\\log_", "\\ln ", "\\binom", "\\pm ", "\\infty ", "\\text{ab}", "\\circ ",
      "\\begin{pmatrix}",
      "\\end{pmatrix}", "&", "\\\\", "\\mathbb{R}", ".", "...", ":", " ", "sqrt", "and", "½", "²",
      "\\lfloor ", "\\rfloor ",
      "99999999999", "0.1", "\\overline{3}", "\\arcsin ", "\\setminus ", "$", "e9",
    ]
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var read = 0
    for _ in 0..<4_000 {
      let text = (0...random(14)).map { _ in pieces[random(pieces.count)] }.joined()
      guard let answer = try? MathAnswer(parsing: text) else { continue }
      read += 1
      #expect(answer.isEquivalent(to: answer) != .different, "\(text)")
    }
    #expect(read > 100)
  }
}
