// The rewards of four recipes on ten thousand responses: right and wrong by construction, in every shape
// that models give their answers.

import Foundation
import Records
import Settings
import Testing
import TestSupport
import Verifiers

@Suite struct RewardAuditTests {
  /// A right answer as a data set states it, and texts that say it or something near.
  private struct Problem {
    var truth: String
    var right: [String]
    var wrong: [String]
  }

  private static func wholeNumber(_ place: Int) -> Problem {
    let number = (place * 7919) % 100_003 - (place % 3 == 0 ? 40_000 : 0)
    let grouped = number.formatted(.number.locale(Locale(identifier: "en_US")))
    return Problem(
      truth: "\(number)",
      right: ["\(number)", grouped, "\(number).0", "\(number).00", "\(number) dollars"],
      wrong: ["\(number + 1)", "\(-number - 1)", "\(number)7", "\(number).5", "\(number) or 3"])
  }

  private static func fraction(_ place: Int) -> Problem {
    let (above, below) = (place % 97 + 1, [8, 5, 16, 20, 25][place % 5])
    let decimal = Double(above) / Double(below)
    return Problem(
      truth: "\\frac{\(above)}{\(below)}",
      right: [
        "\\frac{\(above)}{\(below)}", "\(above)/\(below)", "\\dfrac{\(2 * above)}{\(2 * below)}",
        "\(decimal)", "x = \\frac{\(above)}{\(below)}",
      ],
      wrong: [
        "\\frac{\(above + 1)}{\(below)}", "\\frac{\(below)}{\(above + below)}",
        "-\(above)/\(below)",
        "\(decimal + 0.01)", "\(above)", "\\frac{\(above)}{\(below)}, 3",
      ])
  }

  /// Responses that give an answer, as models write them.
  private static func lines(_ answer: String, hashes: Bool) -> [String] {
    hashes
      ? [
        "6 and 7.\n#### \(answer)", "#### \(answer)\n", "So **#### \(answer)**", "####\(answer)",
        "<think>#### 0</think>\n#### \(answer)", "#### 3\nNo.\n#### $\(answer)",
      ]
      : [
        "So it is.\n\nAnswer: \(answer)", "Answer: $\(answer)$", "Answer: \\boxed{\(answer)}",
        "**Answer:** \(answer)", "**Answer: \(answer)**", "Answer:\n\(answer)",
        "Answer: \(answer).",
        "answer : $\\boxed{\(answer)}$\n", "<think>Answer: 0</think>\nAnswer: \(answer)",
        "Answer: 3\nNo.\nAnswer: \(answer)", "The answer is 3.\nAnswer: \\(\(answer)\\)",
      ]
  }

  /// Responses that know the right answer and do not give it.
  private static func evasions(_ truth: String, hashes: Bool) -> [String] {
    let mark = hashes ? "####" : "Answer:"
    return [
      "It is \(truth).", "<think>\(mark) \(truth)</think> I do not know.", "\(mark) not \(truth)",
      "\(mark) \(truth)\n\(mark) 123456789", "\(mark)", "\(mark) \(truth) or 987654321",
      "\(mark) \(truth), 987654321", "\(mark) maybe",
    ]
  }

  @Test(arguments: [
    "vapo-dapo-math-aime-qwen2.5-32b", "vapo-math-qwen2.5", "vapo-lora-qwen2.5-7b",
    "vapo-gsm8k-qwen2.5-0.5b",
  ])
  func `right answers are graded right and wrong ones wrong`(recipe: String) async throws {
    let configuration = try RunConfiguration.load(
      recipe: Golden.root.appending(path: "Recipes/\(recipe).yaml"), overrides: [])
    let grader = try Grader(settings: configuration.reward, maximumLength: 1 << 15)
    let hashes = configuration.reward.verifier.extraction == .hashes
    var cases: [(truth: String, text: String, isRight: Bool)] = []
    var place = 0
    while cases.count < 2_500 {
      let problem = hashes || place % 2 == 0 ? Self.wholeNumber(place) : Self.fraction(place)
      for (answers, isRight) in [(problem.right, true), (problem.wrong, false)] {
        let lines = Self.lines(answers[place % answers.count], hashes: hashes)
        cases += lines.map { (problem.truth, $0, isRight) }
      }
      cases += Self.evasions(problem.truth, hashes: hashes).map { (problem.truth, $0, false) }
      place += 1
    }
    let graded = await grader.grade(
      cases.map { each in
        Completion(
          prompt: Prompt(
            id: "", place: 0, source: "audit", text: "", tokens: [], truth: each.truth),
          sample: 0, tokens: [0], logProbs: [0], text: each.text, finish: .stop)
      })
    let missed = zip(cases, graded).filter { $0.isRight && $1.verdict.status != .correct }
    let accepted = zip(cases, graded).filter { !$0.isRight && $1.verdict.status == .correct }
    let right = cases.count(where: \.isRight)
    print(
      "\(recipe): \(right - missed.count) of \(right) right answers are graded right,",
      "\(cases.count - right - accepted.count) of \(cases.count - right) wrong ones wrong")
    #expect(Double(missed.count) <= 0.001 * Double(right), "\(missed.prefix(5).map(\.0))")
    #expect(accepted.isEmpty, "\(accepted.prefix(5).map(\.0))")
  }
}
