// vapo train: a recipe and overrides in, a trained policy out.

import ArgumentParser
import Foundation
import Methods
import Ranks
import Records
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
    try Network.require(by: configuration)
    try await Runner.run(configuration, discardsUnbegun: true) { ranks in
      // A run whose processes were started again goes on in the folder of the first attempt.
      let before = ranks.remembered(Self.folderKey)
      let name = try ranks.shared("the run's folder") {
        try before
          ?? RunFolder.claimed(
            Places.runFolder(for: configuration, recipe: recipe),
            isNamed: !configuration.trainer.experimentName.isEmpty,
            goesOn: configuration.trainer.resumeMode == .auto
          ).path
      }
      if ranks.isFirst { ranks.remember(Self.folderKey, name) }
      return URL(filePath: name)
    }
  }

  private static let folderKey = "vapo/run"
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

  /// What this machine has been set up with.
  static var state: URL { root.appending(path: ".vapo") }

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

/// Runs a trainer, in one process or as one of several.
enum Runner {
  /// Trains.
  ///
  /// Where the configuration asks for several processes they are started here, and this one ends with
  /// them.
  ///
  /// - Parameters:
  ///   - configuration: a validated configuration.
  ///   - acceptsChanges: whether a run goes on that is not as it was left.
  ///   - discardsUnbegun: whether a folder is removed again in which no step was taken.
  ///   - folder: finds the run's folder, in every process the same.
  /// - Throws: what a start refuses; the status of processes that were started here.
  @MainActor
  static func run(
    _ configuration: RunConfiguration, acceptsChanges: Bool = false, discardsUnbegun: Bool = false,
    in folder: (Ranks) throws -> URL
  ) async throws {
    let settings = configuration.trainer
    if let status = try await Processes.launched(settings.processes, restarts: settings.restarts) {
      throw ExitCode(status)
    }
    let ranks = try Processes.joined(
      timeout: settings.rankTimeout, silence: settings.heartbeatTimeout)
    var isWell = false
    defer { ranks.finish(isWell: isWell) }
    do {
      let place = try folder(ranks)
      do {
        try await train(configuration, in: place, acceptsChanges, ranks)
      } catch {
        if discardsUnbegun && ranks.isFirst { RunFolder.discardUnbegun(place) }
        throw error
      }
      isWell = true
    } catch {
      ranks.beginEnd()
      if ranks.speaks(of: Vapo.fullMessage(for: error)) { throw error }
      throw Vapo.exitCode(for: error)
    }
  }

  @MainActor
  private static func train(
    _ configuration: RunConfiguration, in folder: URL, _ acceptsChanges: Bool, _ ranks: Ranks
  ) async throws {
    // One process speaks for all.
    let console = ranks.isFirst ? Console() : Console(isTerminal: false) { _ in }
    // What the hub has is fetched once on each machine.
    let isFirstHere = ranks.localRank == 0
    var configuration = configuration
    let earlier = folder.appending(path: RunFolder.configurationName)
    if FileManager.default.fileExists(atPath: earlier.path) {
      configuration = try configuration.keepingCommits(of: .load(recipe: earlier))
    }
    var pinned = configuration
    if isFirstHere { pinned = try configuration.pinned { console.say($0) } }
    _ = ranks.any(false, "files of the hub")
    if !isFirstHere { pinned = try configuration.pinned { console.say($0) } }
    try requireSame(pinned, ranks)
    _ = try pinned.checkedForStart()
    console.say("run folder: \(folder.path)")
    if ranks.count > 1 { console.say(promise(pinned.trainer.grains, ranks)) }
    let trainer = try Trainer(
      pinned, in: folder, console: console, acceptsChanges: acceptsChanges, ranks: ranks)
    _ = try await trainer.run()
  }

  /// Refuses processes that were started with different settings: they would mix what they learn.
  private static func requireSame(_ configuration: RunConfiguration, _ ranks: Ranks) throws {
    let mark = RandomSource(seed: 0)[ConfigurationLoader.encodeYAML(configuration)].seed
    let marks = ranks.gather(withUnsafeBytes(of: mark.littleEndian) { Array($0) }, "the settings")
    guard let other = marks.firstIndex(where: { $0 != marks[0] }) else { return }
    throw ConfigurationError.refused(
      "rank \(other) has other settings than rank 0, and the processes of a run must have the same; with "
        + "WORLD_SIZE=1 in its environment each is a run of its own")
  }

  /// What holds of the weights that several processes make.
  private static func promise(_ grains: Int, _ ranks: Ranks) -> String {
    let words = "\(ranks.count) processes, \(grains) \(grains == 1 ? "grain" : "grains"): "
    return grains % ranks.count == 0
      ? words + "the weights are the same bits for any number of processes that divides the "
        + "grains, at as many threads each"
      : words + "the weights are those of another number of processes to within rounding; with "
        + "trainer.grains=8 they are the same bits for 1, 2, 4 and 8"
  }
}
