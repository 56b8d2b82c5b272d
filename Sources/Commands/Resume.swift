// vapo resume: a run goes on from its newest valid checkpoint.

import ArgumentParser
import Foundation
import Ranks
import Settings
import Training

struct Resume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Goes on with a run from its newest valid checkpoint.",
    discussion: """
      The run's own settings are used. Overrides key=value may change what does not alter what was \
      already trained, such as trainer.total_training_steps; every change is listed. A run whose \
      data, settings or checkpoints were changed since goes on only with --accept-changes.
      """)

  @Argument(help: "The run's folder, such as runs/latest.", completion: .directory)
  var folder: String

  @Flag(
    name: .customLong("accept-changes"),
    help: "Go on although data, settings or checkpoints are not what the run left.")
  var acceptsChanges = false

  @Argument(help: "Overrides key=value.")
  var overrides: [String] = []

  func run() async throws {
    let folder = URL(filePath: folder)
    let recipe = folder.appending(path: RunFolder.configurationName)
    guard FileManager.default.fileExists(atPath: recipe.path) else {
      throw ConfigurationError.refused(
        RunFolder.isUnbegun(folder)
          ? "\(folder.path) was never begun: its start ended before the first step. Start it again "
            + "with `vapo train`"
          : "\(folder.path) is no run: it has no \(RunFolder.configurationName)")
    }
    let before = try RunConfiguration.load(recipe: recipe)
    let configuration = try RunConfiguration.load(recipe: recipe, overrides: overrides)
    try configuration.checkResumable(from: before)
    try Network.require(by: configuration)
    try await Runner.run(configuration, acceptsChanges: acceptsChanges) { ranks in
      for difference in ConfigurationLoader.differences(between: before, and: configuration)
      where ranks.isFirst {
        print("changed: \(difference)")
      }
      return folder
    }
  }
}
