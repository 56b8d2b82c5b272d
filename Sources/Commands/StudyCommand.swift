// vapo study: arms by seeds, and the page that compares them.

import ArgumentParser
import Foundation
import Settings
import Study
import Training

struct StudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Trains several methods with several seeds and compares them.",
    discussion: """
      Without a file, the ablation of VAPO. Of several files the first is the most urgent: what it can \
      run is run first. The folder gets index.html, table.md, table.csv, pictures, and an ordinary run \
      folder for every arm and seed.

      Every run that has ended stands in the study's ledger, one CSV file, with all its evaluations; \
      tables and pictures are made from it alone. What stands there is not run again, on another machine \
      either, so a study that was stopped goes on with the same command. A run that stands there with \
      other settings than the study's is refused by its line.

      With a section tune, the arms it names first run every line of its grid on seeds of their own, and \
      the line of the best mean is theirs from then on.

      A run's number is its held-out accuracy in the mean over the last quarter of its tokens \
      (last_share). Arms are compared with the first seed by seed: mean difference, 95% t-interval, \
      p-value, and the p-value after Holm's correction.

      Of several studies that have arms in common a folder `series` shows what the arms come to by the \
      length of responses, and by what their credit was worth at first.
      """)

  @Argument(help: "YAML files of studies, the most urgent first.")
  var files: [String] = []

  @Option(
    help: "Where the study's folder goes; of several studies, the folder of their folders.",
    completion: .directory)
  var folder: String?

  @Option(help: "The ledger of a single study, in place of the one that its file names.")
  var ledger: String?

  @Flag(name: .customLong("report-only"), help: "Train nothing; compare what stands in the ledger.")
  var reportOnly = false

  func validate() throws {
    guard ledger == nil || files.count < 2 else {
      throw ValidationError("--ledger is for a single study")
    }
    let stems = files.map(Self.stem)
    guard Set(stems).count == stems.count else {
      throw ValidationError("two studies of one name would share a folder")
    }
    guard files.count < 2 || !stems.contains(Self.series) else {
      throw ValidationError(
        "a study named \(Self.series) would share the folder of all studies' pictures")
    }
  }

  /// The folder of what several studies say together.
  private static let series = "series"

  private static func stem(_ file: String) -> String {
    URL(filePath: file).deletingPathExtension().lastPathComponent
  }

  func run() async throws {
    let standard = Places.root.appending(path: "Studies/ablation.yaml")
    let files = files.isEmpty ? [standard] : files.map { URL(filePath: $0) }
    let studies = try files.map { file in
      let plan = try StudyPlan(file: file)
      let own = files.count > 1 ? (folder ?? "runs") + "/\(plan.stem)" : folder
      return StudyPlace(
        plan, in: URL(filePath: own ?? "runs/\(plan.stem)"),
        ledger: ledger.map { URL(filePath: $0) })
    }
    var failure: (any Error)?
    if !reportOnly {
      for plan in studies.map(\.plan) {
        for arm in plan.arms {
          try Network.require(by: plan.configuration(of: arm, seed: plan.settings.seeds[0]))
        }
      }
      let program = URL(filePath: CommandLine.arguments[0])
      let runner = StudyRunner(studies, program: program) { say($0) }
      // What is finished is worth a page whatever else failed.
      do { try await runner.run() } catch let error as StudyError { failure = error }
    }
    let found = try studies.map { try StudyResults($0) }
    for (study, results) in zip(studies, found) {
      try FileManager.default.createDirectory(at: study.folder, withIntermediateDirectories: true)
      try StudyPage(results).write(to: study.folder)
      say(results.markdown)
      say("page: \(study.folder.appending(path: "index.html").path)")
      say("ledger: \(study.ledger.path)")
    }
    if let series = StudySeries(found) {
      let place = URL(filePath: folder ?? "runs").appending(path: Self.series)
      try series.write(to: place)
      say("by length: \(place.path)")
    }
    if let failure { throw failure }
  }
}
