// vapo verify: answers before the verifier of a recipe, and why they are graded so.

import ArgumentParser
import Foundation
import Prompts
import Records
import Settings
import Training
import Verifiers

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Grades answers, and says why.",
    discussion: """
      `vapo verify --gold 1/2 --answer 0.5` compares two answers by the verifier 'math'; with \
      --response instead of --answer the answer is first looked for, as in training. Another \
      verifier is a setting: `reward.verifier=exact`, or a recipe with all of its own.

      `vapo verify --file cases.jsonl` grades a file: a line is an object with 'gold' and 'answer' or \
      'response', and may name its own 'verifier', 'extraction', 'source' and 'extra'. Each gives one \
      line: status (ok, wrong, no_answer, timeout, error), score, extracted, reason, ms.

      `vapo verify --gold-check cases.jsonl` reads only 'gold', and prints the right answers that \
      nothing can be graded against, that are not graded right themselves, or that too much is equal \
      to; the exit status is 1 where there are any.
      """)

  @Option(help: "The right answer, as a data set states it.")
  var gold: String?

  @Option(help: "An answer by itself.")
  var answer: String?

  @Option(help: "A whole response, in which the answer is looked for.")
  var response: String?

  @Option(help: "A file of cases, JSON lines or Parquet.", completion: .file())
  var file: String?

  @Option(help: "A file whose right answers are checked.", completion: .file())
  var goldCheck: String?

  @Option(help: "How many cases are graded side by side; as many as there are cores if left out.")
  var jobs: Int?

  @Option(help: "The data set it is from, where a recipe chooses the verifier by it.")
  var source = "none"

  @Option(help: "What the data set says beside the answer, as JSON.")
  var extra: String?

  @Option(help: "A recipe, whose section reward is used.", completion: .file(extensions: ["yaml"]))
  var recipe: String?

  @Argument(help: "Overrides key=value of the settings of reward.")
  var overrides: [String] = []

  func validate() throws {
    let ways = [gold, file, goldCheck].compactMap { $0 }.count
    guard ways == 1 else {
      throw ValidationError("give one of --gold, --file and --gold-check")
    }
    guard gold == nil || (answer == nil) != (response == nil) else {
      throw ValidationError("give one of --answer and --response")
    }
    guard gold != nil || (answer == nil && response == nil) else {
      throw ValidationError("--answer and --response go with --gold")
    }
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("--jobs is \(jobs), not from 1 to 1024")
    }
  }

  func run() async throws {
    var settings = recipe == nil ? ["reward.verifier=math"] : []
    if answer != nil { settings.append("reward.extraction=whole") }
    let configuration = try RunConfiguration.load(
      recipe: recipe.map { URL(filePath: $0) }, overrides: settings + overrides)
    try Network.require(by: configuration.reward)
    let length = configuration.data.maximumResponseLength
    if let file {
      let grader = BulkGrader(
        settings: configuration.reward, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount
      ) { try Grader(settings: $0, maximumLength: length) }
      try await grade(file, grader)
    } else {
      let grader = try Grader(settings: configuration.reward, maximumLength: length)
      if let goldCheck { return try check(goldCheck, grader) }
      try await gradeOne(grader)
    }
  }

  private func gradeOne(_ grader: Grader) async throws {
    let gold = gold ?? ""
    if let complaint = grader.complaint(about: gold, source: source) {
      throw ValidationError(complaint)
    }
    try await grader.check()
    let prompt = Prompt(
      id: "verify", place: 0, source: source, text: "", tokens: [], truth: gold, extra: extra)
    let completion = Completion(
      prompt: prompt, sample: 0, tokens: [0], logProbs: [0], text: answer ?? response ?? "",
      finish: .stop)
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

  // MARK: - Files

  /// The longest line of a file of cases, in bytes.
  private static let lineLimit = 16 << 20
  /// How many cases are read before they are graded, and answered together.
  private static let chunk = 1024

  /// Grades a file, some lines at a time, so that a file larger than memory is no harm.
  private func grade(_ file: String, _ grader: BulkGrader) async throws {
    var rows = try PlainRows(URL(filePath: file), lineLimit: Self.lineLimit)
    var cases: [Result<GradingCase, GradingCase.Fault>] = []
    func answer() async {
      let graded = await grader.grade(cases)
      cases = []
      say(graded.map(\.line).joined(separator: "\n"))
    }
    while let row = try rows.next() {
      let content = row.content.mapError { GradingCase.Fault("line \(row.number): \($0)") }
      cases.append(
        content.flatMap { value in
          Result { () throws(GradingCase.Fault) in try GradingCase(value) }
            .mapError { GradingCase.Fault("line \(row.number): \($0)") }
        })
      if cases.count == Self.chunk { await answer() }
    }
    if !cases.isEmpty { await answer() }
  }

  /// Prints the right answers with which something is wrong, as JSON lines, and how many there are.
  private func check(_ file: String, _ grader: Grader) throws {
    var rows = try PlainRows(URL(filePath: file), lineLimit: Self.lineLimit)
    var counts: [GoldFault.Kind: Int] = [:]
    var total = 0
    while let row = try rows.next() {
      total += 1
      let gold = row.content.map { GradingCase.gold(of: $0, source: source) }
      let fault: GoldFault? =
        switch gold {
        case .failure(let error): GoldFault(kind: .unusable, reason: "\(error)")
        case .success(let gold): grader.fault(ofGold: gold.truth, source: gold.source)
        }
      guard let fault else { continue }
      counts[fault.kind, default: 0] += 1
      say(fault.line(number: row.number, gold: (try? gold.get().truth) ?? ""))
    }
    let found = counts.values.reduce(0, +)
    let kinds = GoldFault.Kind.allCases.compactMap { kind in
      counts[kind].map { "\($0) \(kind.rawValue)" }
    }
    let words = kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", ")
    FileHandle.standardError.write(
      Data("\(found) of \(total) right answers cannot be trained on\(words)\n".utf8))
    if found > 0 { throw ExitCode(1) }
  }
}
