// Where answers are found, and where they are not.

import Testing
import Verifiers

@Suite("Extraction finds the answer")
struct ExtractionTests {
  @Test(
    "Every mark is read as its own",
    arguments: [
      (AnswerExtraction.boxed, "\\boxed{1} then \\boxed{2}", "2"),
      (.boxed, "\\boxed{\\frac{1}{2}} \\text{cm}", "\\frac{1}{2}"),
      (.boxed, "\\boxed{ 7 }", "7"),
      (.boxed, "\\boxed{}", nil),
      (.boxed, "\\boxed{7", nil),
      (.boxed, "7", nil),
      (.hashes, "6*7 = 42\n#### 42\n", "42"),
      (.hashes, "#### 1\n#### 1,234 apples\nbye", "1,234 apples"),
      (.hashes, "### 42", nil),
      (.hashes, "####\n42", nil),
      (.answer, "Answer: 41\nanswer : 42\r\nbye", "42"),
      (.answer, "**Answer:** 42", "42"),
      (.answer, "**Answer**: 42", "42"),
      (.answer, "ANSWER:42", "42"),
      (.answer, "My answer is 42", nil),
      (.answer, "Answer:", nil),
      (.lastNumber, "from 7 to 42.", "42"),
      (.lastNumber, "it is -3.50 %", "-3.50"),
      (.lastNumber, "it is 35%", "35%"),
      (.lastNumber, "costs 1,234.5 dollars", "1,234.5"),
      (.lastNumber, "7-42", "42"),
      (.lastNumber, "x = \u{2212}42", "\u{2212}42"),
      (.lastNumber, "3/4 of it", "3/4"),
      (.lastNumber, "1,2,42", "42"),
      (.lastNumber, "about 1.5e-3", "1.5e-3"),
      (.lastNumber, "section 1.2.3", nil),
      (.lastNumber, "none", nil),
      (.whole, "  all of it \n", "all of it"),
      (.whole, " \n", nil),
    ] as [(AnswerExtraction, String, String?)])
  func marks(extraction: AnswerExtraction, response: String, answer: String?) {
    #expect(extraction.answer(in: response) == answer)
  }

  @Test(
    "Auto takes the first kind of mark that is there, and stays with it",
    arguments: [
      ("#### 1\nAnswer: 2\n\\boxed{3} 4", "3"),
      ("Answer: 2\n#### 1\n4", "1"),
      ("Answer: 2\nor 4", "2"),
      ("or 4", "4"),
      ("\\boxed{} 4", nil),
      ("\\boxed{4", nil),
      ("no idea", nil),
    ] as [(String, String?)])
  func auto(response: String, answer: String?) {
    #expect(AnswerExtraction.auto.answer(in: response) == answer)
  }

  @Test("Thinking is not answering")
  func thinking() {
    let thought = "<think>maybe \\boxed{1}, Answer: 1</think>"
    #expect(AnswerExtraction.auto.answer(in: thought + "\\boxed{2}") == "2")
    #expect(AnswerExtraction.auto.answer(in: thought) == nil)
    #expect(AnswerExtraction.auto.answer(in: "<think>so \\boxed{1}") == nil)
    #expect(AnswerExtraction.auto.answer(in: "so</think>\\boxed{1}") == "1")
  }

  @Test("Braces nest 64 deep and answers are 4096 bytes long, and no more")
  func limits() {
    func nested(_ depth: Int) -> String {
      "\\boxed{" + String(repeating: "{", count: depth) + "1"
        + String(repeating: "}", count: depth) + "}"
    }
    #expect(AnswerExtraction.boxed.answer(in: nested(63)) != nil)
    #expect(AnswerExtraction.boxed.answer(in: nested(64)) == nil)
    let line = String(repeating: "a", count: 4096)
    #expect(AnswerExtraction.whole.answer(in: line) == line)
    #expect(AnswerExtraction.whole.answer(in: line + "a") == nil)
  }
}
