// vapo data: what is in a file of problems, before anything is trained on it.

import ArgumentParser
import Foundation
import Hub
import Prompts
import Settings
import Training
import Verifiers

struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Checks files of problems, and converts Parquet to JSON lines.",
    subcommands: [DataCheck.self, DataConvert.self])
}

struct DataCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prints what a file of problems holds, and every row that cannot be used.",
    discussion: """
      FILE is JSON lines or Parquet. Columns are found by the schemas of known data sets (verl, \
      DAPO-Math, GSM8K, MATH, AIME, OpenRLHF, TRL), or named by settings as in a recipe: \
      `vapo data check problems.jsonl data.prompt_key=question data.label_key=answer`. The exit \
      status is 1 when a row cannot be used, or the whole file.
      """)

  @Argument(
    help: "A file of problems, JSON lines or Parquet, or a data set of the hub: org/name.",
    completion: .file())
  var file: String

  @Argument(help: "Overrides key=value of the settings of data.")
  var overrides: [String] = []

  @Option(
    help: "A model, folder or org/name: lengths in tokens, and the prompt as that model reads it.")
  var model: String?

  @Option(
    help: "A verifier, such as math: how many right answers can earn no reward by it, and why.")
  var verifier: String?

  func run() async throws {
    let configuration = try RunConfiguration.load(
      recipe: nil, overrides: overrides + (verifier.map { ["reward.verifier=\($0)"] } ?? []))
    var settings = configuration.data
    settings.feedsFunctions = configuration.reward.asksFunctions
    settings.onBadLine = .skip
    let hub = HubFetch { print($0) }
    settings.trainFiles = [file]
    settings = try settings.pinned(hub)
    let files = try settings.files(settings.trainFiles, split: settings.trainSplit)
    var set = try ProblemFile.read(files, settings: settings)
    set.keep(first: settings.trainingSamples)
    var example: PromptEncoding?
    do {
      if let model, let first = set.problems.first {
        let folder = HubCache().place(of: try hub.pinned(model, .model), .model)
        let encoder = try PromptEncoder(folder: folder, settings: settings)
        example = try encoder.encode(first)
        var measured = settings
        measured.filterOverlongPrompts = true
        try set.measure(measured, encode: encoder.encode)
      }
      if set.rows == 0 {
        throw PromptError.noProblems(files: [file], reason: "there are no lines in it")
      }
    } catch {
      print(DataReport(set, settings: settings, example: example).text)
      throw error
    }
    print(DataReport(set, settings: settings, example: example).text)
    let isTooLong =
      set.overlong > 0 && !settings.filterOverlongPrompts && settings.truncation == .error
    let faults = verifier == nil ? 0 : try showGoldFaults(of: set, configuration)
    if set.skipped > 0 || isTooLong || faults > 0 { throw ExitCode(1) }
  }

  /// Prints the right answers that can earn no reward, or that too much is equal to.
  ///
  /// - Returns: How many there are.
  private func showGoldFaults(of set: ProblemSet, _ configuration: RunConfiguration) throws -> Int {
    let grader = try Grader(
      settings: configuration.reward,
      maximumLength: configuration.data.maximumResponseLength)
    let report = GoldReport(set.problems, grader: grader, verifier: verifier ?? "")
    print(DataReport.harmless(report.text))
    return report.faults
  }
}

/// What `--verifier` adds to the report.
private struct GoldReport {
  /// How many right answers are printed for each kind of fault.
  private static let shown = 5

  private(set) var faults = 0
  private(set) var text = ""

  init(_ problems: [Problem], grader: Grader, verifier: String) {
    var found: [GoldFault.Kind: [String]] = [:]
    for problem in problems {
      guard let fault = grader.fault(ofGold: problem.truth, source: problem.source) else {
        continue
      }
      faults += 1
      found[fault.kind, default: []].append("\(problem.id): \(fault.reason)")
    }
    var lines = [
      "verifier    \(verifier): \(problems.count - faults) of \(problems.count) right answers can be "
        + "trained on"
    ]
    for kind in GoldFault.Kind.allCases {
      guard let some = found[kind] else { continue }
      lines.append("            \(some.count) \(kind.rawValue)")
      lines += some.prefix(Self.shown).map { "              \($0)" }
      if some.count > Self.shown { lines.append("              …") }
    }
    text = lines.joined(separator: "\n")
  }
}

struct DataConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Writes a Parquet file as JSON lines, one object a row.")

  @Argument(help: "The Parquet file.", completion: .file(extensions: ["parquet"]))
  var source: String

  @Argument(help: "The file to write; it must not be there.", completion: .file())
  var target: String

  @Option(help: "The columns to write, separated by commas; all where not given.")
  var columns: String?

  func run() throws {
    let rows = try ParquetConversion.convert(
      URL(filePath: source), to: URL(filePath: target),
      columns: columns?.split(separator: ",").map(String.init) ?? [])
    print("\(rows) rows written to \(target)")
  }
}
