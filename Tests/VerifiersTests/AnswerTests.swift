// What each verifier makes of a response: tables of cases, hostile ones among them.

import Records
import Testing
import Verifiers

@Suite("The verifiers grade answers")
struct AnswerTests {
  @Test(
    "A task's answer is what follows the last #",
    arguments: [
      ("a^38b%83#83", "83", Verdict.Status.correct, "83", false),
      ("#83", "83", .correct, "83", true),
      ("#83#38", "83", .wrong, "38", true),
      ("a^38#38#83", "83", .correct, "83", false),
      ("#8", "83", .wrong, "8", true),
      ("a^38#83 ", "83", .wrong, "83 ", false),
      ("a^38#８３", "83", .wrong, "８３", false),
      ("#\u{20E3}83", "83", .wrong, "\u{20E3}83", true),
      ("a^38", "83", .noAnswer, "", false),
      ("83#", "83", .noAnswer, "", false),
      ("#", "83", .noAnswer, "", true),
      ("", "83", .noAnswer, "", false),
    ])
  func task(
    response: String, truth: String, status: Verdict.Status, extracted: String, isDirect: Bool
  ) {
    for finish in [FinishReason.stop, .length] {
      let verdict = TaskVerifier().verify(response: response, finish: finish, truth: truth)
      #expect(verdict.status == status)
      #expect(verdict.extracted == extracted)
      #expect(verdict.isDirect == isDirect)
    }
  }

  @Test("An exact answer may differ in what the settings fold, and in nothing else")
  func exact() {
    func status(_ response: String, _ truth: String, case: Bool, space: Bool) -> Verdict.Status {
      ExactVerifier(extraction: .whole, foldCase: `case`, foldWhitespace: space)
        .verify(response: response, finish: .stop, truth: truth).status
    }
    #expect(status(" Blue whale\n", "Blue whale", case: false, space: false) == .correct)
    #expect(status("blue whale", "Blue whale", case: false, space: true) == .wrong)
    #expect(status("blue whale", "Blue whale", case: true, space: false) == .correct)
    #expect(status("Blue \n whale", "Blue whale", case: false, space: false) == .wrong)
    #expect(status("Blue \n whale", "Blue whale", case: false, space: true) == .correct)
    #expect(status("Blue  whales", "Blue whale", case: true, space: true) == .wrong)
    #expect(status(" \n ", "Blue whale", case: true, space: true) == .noAnswer)
    #expect(status("cafe\u{301}", "café", case: false, space: false) == .correct)
  }

  @Test(
    "One number has many spellings",
    arguments: [
      ["0.5", "1/2", "50%", "5e-1", ".5", "0.500", "\\frac{1}{2}", "\\dfrac12", "$0.5$", "-1/-2x"],
      [
        "1234567", "1,234,567", "1{,}234{,}567", "1234567.0", "1.234567e6", "+1234567",
        "$1,234,567",
      ],
      [
        "-3", "\u{2212}3", "- 3", "-3.", "-6/2", "\\frac{-6}{2}", "-$3", "$-3$", "**-3**",
        "\\(-3\\)",
      ],
      ["0", "-0", "0.0", "0/7", "0e9", "000"],
      ["100000000000000000000000000000000000001", "100000000000000000000000000000000000001.00"],
      ["1e400", "10e399", "1" + String(repeating: "0", count: 399) + "0.e0x"],
    ])
  func spellings(forms: [String]) throws {
    // A form that ends in x is not a number; it stands for the spellings that are refused.
    let good = forms.filter { !$0.hasSuffix("x") }
    for left in good {
      for right in good { #expect(try ExactNumber(left) == ExactNumber(right), "\(left) \(right)") }
    }
    for bad in forms where bad.hasSuffix("x") {
      #expect(throws: ExactNumber.Failure.self) { try ExactNumber(bad) }
    }
  }

  @Test("Numbers that differ are different, however little")
  func different() throws {
    let pairs = [
      ("0.1", "0.10000000000000000000001"), ("1/3", "0.3333333333333333333333333"),
      ("9007199254740993", "9007199254740992"), ("50%", "50"), ("3", "-3"), ("1e3", "1e4"),
      ("1,234", "1.234"), ("2/3", "3/2"), ("100", "10"), ("0", "1e-400"),
    ]
    for (left, right) in pairs {
      #expect(try ExactNumber(left) != ExactNumber(right), "\(left) \(right)")
    }
  }

  @Test("Fractions compare as cross-multiplication of machine integers does")
  func fractions() throws {
    var random = RandomSource(seed: 3)["fractions"].generator
    for _ in 0..<3000 {
      let a = Int.random(in: -40...40, using: &random)
      let b = Int.random(in: 1...40, using: &random)
      let c = Int.random(in: -40...40, using: &random)
      let d = Int.random(in: 1...40, using: &random)
      let isSame = try ExactNumber("\(a)/\(b)") == ExactNumber("\\frac{\(c)}{\(d)}")
      #expect(isSame == (a * d == c * b), "\(a)/\(b) \(c)/\(d)")
      let tenths = try ExactNumber("\(a < 0 ? "-" : "")\(abs(a) / 10).\(abs(a) % 10)")
      #expect(try (tenths == ExactNumber("\(c)%")) == (a * 10 == c))
    }
  }

  @Test(
    "What is not one number is refused",
    arguments: [
      "", " ", "-", "+", ".", "1.2.3", "1,23", "1,2345", "12,34,567", ",123", "1/0", "1/", "/2",
      "1 2", "1e", "1e+", "e5", "0x10", "x", "1, 2, 3", "[0, 100]", "\\text{any}", "\\frac{1}", "%",
      "\\frac{1}{0}", "--1", "1/2/3", "٣", "１", "½", "x = x", "∞", "nan", "1_000", "9^{9^{9}}",
      "10000000!", "1e401", "1e99999999999999999999", String(repeating: "7", count: 401),
      "0." + String(repeating: "0", count: 400) + "1", String(repeating: "1", count: 5000),
    ])
  func refused(text: String) {
    #expect(throws: ExactNumber.Failure.self) { try ExactNumber(text) }
  }

  @Test("A number is graded; what is none is wrong; a truth that is none is an error")
  func numeric() throws {
    let verifier = NumericVerifier(extraction: .auto)
    func verdict(_ response: String, _ truth: String = "42") throws -> Verdict {
      try verifier.verify(response: response, finish: .stop, truth: truth)
    }
    #expect(try verdict("so \\boxed{42.0}").status == .correct)
    #expect(try verdict("so \\boxed{41}") == Verdict(.wrong, extracted: "41"))
    let words = try verdict("so \\boxed{\\text{any}}")
    #expect(words == Verdict(.wrong, extracted: "\\text{any}", reason: "not a number"))
    #expect(try verdict("I do not know").status == .noAnswer)
    #expect(throws: VerifierError.self) { try verdict("42", "forty-two") }
    #expect(verifier.complaint(about: "forty-two")?.contains("forty-two") == true)
    #expect(verifier.complaint(about: "1,000") == nil)
    #expect(TaskVerifier().complaint(about: "") != nil)
    #expect(TaskVerifier().complaint(about: "83") == nil)
  }

  @Test("Hostile responses are graded, and none is right")
  func hostile() throws {
    let many = 200_000
    let responses = [
      String(repeating: "#", count: many), String(repeating: "\\boxed{", count: many / 7),
      String(repeating: "{", count: many), "\\boxed" + String(repeating: "{", count: many),
      String(repeating: "Answer:", count: many / 7), String(repeating: " : *:", count: many / 5),
      String(repeating: "9", count: many), String(repeating: "9,", count: many / 2),
      String(repeating: "1/", count: many / 2) + "1", String(repeating: "-1", count: many / 2),
      String(repeating: "e1", count: many / 2), "\\boxed{9^{9^{9^{9}}}}", "\\boxed{10000000!}",
      String(repeating: "<think>", count: many / 7), String(repeating: "</think>", count: many / 8),
      String(repeating: "\u{301}", count: many), "\\boxed{" + String(repeating: "1", count: many),
      "Answer: " + String(repeating: "{,}", count: many / 3), "\\boxed{1e999999999}",
      "\\boxed{\\frac{1}{" + String(repeating: "0", count: 4000) + "}}",
    ]
    for response in responses {
      let found = [
        TaskVerifier().verify(response: response, finish: .length, truth: "42"),
        try NumericVerifier(extraction: .auto)
          .verify(response: response, finish: .length, truth: "42"),
        ExactVerifier(extraction: .auto, foldCase: true, foldWhitespace: true)
          .verify(response: response, finish: .length, truth: "42"),
      ]
      for verdict in found {
        #expect(verdict.status == .wrong || verdict.status == .noAnswer)
        #expect(verdict.extracted.unicodeScalars.count <= 200)
      }
    }
  }

  @Test(
    "Form is thinking once, in its place, and an answer after it",
    arguments: [
      ("<think>so</think>4", true), (" <think>so\n</think>\n 4", true), ("4", false),
      ("<think></think>4", false), ("<think>so</think>", false), ("<think>so</think> ", false),
      ("x<think>so</think>4", false), ("</think>so<think>4", false),
      ("<think>a</think><think>b</think>4", false), ("<think>a<think>b</think>4", false),
    ])
  func form(response: String, isRight: Bool) {
    let verdict = FormatVerifier().verify(response: response, finish: .stop, truth: "")
    #expect(verdict.status == (isRight ? .correct : .wrong))
    #expect(verdict.extracted == (isRight ? "4" : ""))
  }

  @Test(
    "Mathematics is graded in any notation; what cannot be read is wrong, or an error of the data")
  func mathematics() throws {
    let verifier = MathVerifier(extraction: .boxed)
    func verdict(_ answer: String, _ truth: String) throws -> Verdict {
      try verifier.verify(response: "so \\boxed{\(answer)}", finish: .stop, truth: truth)
    }
    for (answer, truth) in [
      (#"\frac{1}{\sqrt2}"#, #"\sqrt{2}/2"#), ("x^2+2x+1", "(x+1)^2"), ("{3, 2, 1}", #"\{1,2,3\}"#),
      ("x = 5", "5"), ("0.5", "1/2"), ("12", #"["7", "12"]"#), ("[1, 2]", "[1,2]"),
    ] { #expect(try verdict(answer, truth).status == .correct, "\(answer) \(truth)") }
    for answer in ["", "6", "5 or 6", "1/0", "((((", "9^{9^{9^{9}}}", "5, 6, 7", #"\text{six}"#] {
      let found = try verdict(answer, "5").status
      #expect(found == (answer.isEmpty ? .noAnswer : .wrong), "\(answer)")
    }
    #expect(try verdict("9^{9^{9^{9}}}", "5").reason.contains("too large"))
    #expect(throws: VerifierError.self) { try verdict("5", #"\frac{1}{"#) }
    #expect(verifier.complaint(about: #"\frac{1}{"#)?.contains("not usable") == true)
    #expect(verifier.complaint(about: #"["1", "\\frac{1}{"]"#) != nil)
    #expect(verifier.complaint(about: "(C)") == nil)
  }
}
