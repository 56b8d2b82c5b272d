// vapo train: a recipe and overrides in, a trained policy out.

import ArgumentParser
import Foundation
import Methods
import Settings
import Training

struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a policy by a recipe; without one, by the default recipe.",
    discussion: """
      Settings are given as key=value after the recipe, under verl's names where one exists: \
      `vapo train algorithm=grpo rollout.n=16 actor.optim.lr=1e-6`. `algorithm=NAME` takes a whole \
      method: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")). `--dry-run` prints every \
      setting.
      """)

  @Argument(help: "A recipe (a YAML file), then overrides key=value.")
  var arguments: [String] = []

  @Option(
    name: .customLong("without"),
    help: ArgumentHelp(
      "A technique of VAPO to leave out; may be given several times: "
        + Technique.allCases.map(\.rawValue).joined(separator: ", ") + "."),
    completion: .list(Technique.allCases.map(\.rawValue)), transform: technique)
  var techniques: [Technique] = []

  @Flag(help: "Print the resolved configuration and a memory estimate, and train nothing.")
  var dryRun = false

  func run() async throws {
    let first = arguments.first
    let hasRecipe = first.map { !$0.contains("=") } ?? false
    let recipe = hasRecipe ? URL(filePath: first ?? "") : Places.defaultRecipe
    let configuration = try RunConfiguration.load(
      recipe: recipe, overrides: Array(arguments.dropFirst(hasRecipe ? 1 : 0)),
      without: techniques)
    if dryRun {
      let configuration = try configuration.pinned {
        FileHandle.standardError.write(Data("\($0)\n".utf8))
      }
      // What a start would refuse is refused here.
      let estimate = try configuration.checkedForStart()
      print(ConfigurationLoader.encodeYAML(configuration), terminator: "")
      print(estimate.table)
      for warning in configuration.warnings { print("warning: \(warning)") }
      return
    }
    try Network.require(by: configuration.reward)
    let folder = try RunFolder.claimed(
      Places.runFolder(for: configuration, recipe: recipe),
      isNamed: !configuration.trainer.experimentName.isEmpty)
    do {
      try await Runner.run(configuration, in: folder)
    } catch {
      RunFolder.discardUnbegun(folder)
      throw error
    }
  }
}

/// Reads a technique's name.
private func technique(_ name: String) throws -> Technique {
  guard let technique = Technique(rawValue: name) else {
    throw ValidationError(
      "'\(name)' is none of \(Technique.allCases.map(\.rawValue).joined(separator: ", "))")
  }
  return technique
}

/// Where recipes and runs are.
enum Places {
  /// The root of the project, as the door script says; else the current folder.
  static var root: URL {
    URL(filePath: ProcessInfo.processInfo.environment["VAPO_ROOT"] ?? ".")
  }

  /// The recipe of `vapo train` alone.
  static var defaultRecipe: URL { root.appending(path: "Recipes/default.yaml") }

  /// A run's folder: its name, or the recipe's with the time.
  static func runFolder(for configuration: RunConfiguration, recipe: URL) -> URL {
    var name = configuration.trainer.experimentName
    if name.isEmpty {
      let formatter = DateFormatter()
      formatter.dateFormat = "yyyyMMdd-HHmmss"
      let stem = recipe.deletingPathExtension().lastPathComponent
      name =
        "\(stem)-\(configuration.algorithm.preset.rawValue)-\(formatter.string(from: Date()))"
    }
    return URL(filePath: configuration.trainer.defaultLocalDirectory).appending(path: name)
  }
}

/// Runs a trainer and says how it ended.
enum Runner {
  @MainActor
  static func run(
    _ configuration: RunConfiguration, in folder: URL, acceptsChanges: Bool = false
  ) async throws {
    let console = Console()
    let configuration = try configuration.pinned { console.say($0) }
    _ = try configuration.checkedForStart()
    console.say("run folder: \(folder.path)")
    let trainer = try Trainer(
      configuration, in: folder, console: console, acceptsChanges: acceptsChanges)
    _ = try await trainer.run()
  }
}
