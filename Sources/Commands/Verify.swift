// vapo verify: one answer before the verifier of a recipe, and why it is graded so.

import ArgumentParser
import Foundation
import Prompts
import Records
import Settings
import Training
import Verifiers

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Grades one answer, and says why.",
    discussion: """
      `vapo verify --gold 1/2 --answer 0.5` compares two answers by the verifier 'math'; with \
      --response instead of --answer the answer is first looked for, as in training. Another \
      verifier is a setting: `reward.verifier=exact`, or a recipe with all of its own.
      """)

  @Option(help: "The right answer, as a data set states it.")
  var gold: String

  @Option(help: "An answer by itself.")
  var answer: String?

  @Option(help: "A whole response, in which the answer is looked for.")
  var response: String?

  @Option(help: "The data set it is from, where a recipe chooses the verifier by it.")
  var source = "none"

  @Option(help: "What the data set says beside the answer, as JSON.")
  var extra: String?

  @Option(help: "A recipe, whose section reward is used.", completion: .file(extensions: ["yaml"]))
  var recipe: String?

  @Argument(help: "Overrides key=value of the settings of reward.")
  var overrides: [String] = []

  func validate() throws {
    guard (answer == nil) != (response == nil) else {
      throw ValidationError("give one of --answer and --response")
    }
  }

  func run() async throws {
    var settings = recipe == nil ? ["reward.verifier=math"] : []
    if answer != nil { settings.append("reward.extraction=whole") }
    let configuration = try RunConfiguration.load(
      recipe: recipe.map { URL(filePath: $0) }, overrides: settings + overrides)
    try Network.require(by: configuration.reward)
    let text = answer ?? response ?? ""
    let grader = try Grader(
      settings: configuration.reward,
      maximumLength: configuration.data.maximumResponseLength)
    if let complaint = grader.complaint(about: gold, source: source) {
      throw ValidationError(complaint)
    }
    try await grader.check()
    let prompt = Prompt(
      id: "verify", place: 0, source: source, text: "", tokens: [], truth: gold, extra: extra)
    let completion = Completion(
      prompt: prompt, sample: 0, tokens: [0], logProbs: [0], text: text, finish: .stop)
    guard let grade = await grader.grade([completion]).first else { return }
    let verdict = grade.verdict
    print("verdict    \(verdict.status.rawValue)")
    print("score      \(grade.score)")
    if !verdict.extracted.isEmpty { print("extracted  \(verdict.extracted)") }
    if !verdict.reason.isEmpty { print("reason     \(verdict.reason)") }
    for (name, points) in (verdict.parts ?? [:]).sorted(by: { $0.key < $1.key }) {
      print("\(name.padding(toLength: max(10, name.count), withPad: " ", startingAt: 0)) \(points)")
    }
    guard verdict.isGraded else { throw ExitCode(2) }
    if verdict.status != .correct { throw ExitCode(1) }
  }
}
