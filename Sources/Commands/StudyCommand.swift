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
      Without a file, the ablation of VAPO. What is finished is not run again, so a study that was \
      stopped goes on with the same command. The folder gets index.html, table.md, table.csv, \
      pictures, and an ordinary run folder for every arm and seed.
      """)

  @Argument(help: "A study's YAML file.")
  var file: String?

  @Option(help: "Where the study's folder goes.", completion: .directory)
  var folder: String?

  @Flag(name: .customLong("report-only"), help: "Train nothing; compare what is finished.")
  var reportOnly = false

  func run() async throws {
    let file =
      file.map { URL(filePath: $0) } ?? Places.root.appending(path: "Studies/ablation.yaml")
    let plan = try StudyPlan(file: file)
    if !reportOnly {
      for arm in plan.arms {
        try Network.require(by: plan.configuration(of: arm, seed: plan.settings.seeds[0]).reward)
      }
    }
    let stem = file.deletingPathExtension().lastPathComponent
    let folder = URL(filePath: folder ?? "runs/\(stem)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var failure: (any Error)?
    if !reportOnly {
      let program = URL(filePath: CommandLine.arguments[0])
      let runner = StudyRunner(plan, in: folder, program: program) { say($0) }
      // What is finished is worth a page whatever else failed.
      do { try await runner.run() } catch { failure = error }
    }
    let results = try StudyResults(plan, in: folder)
    try StudyPage(results).write(to: folder)
    say(results.markdown + "page: \(folder.appending(path: "index.html").path)")
    if let failure { throw failure }
  }
}
