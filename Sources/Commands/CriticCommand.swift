// vapo critic: what a run's critic expects, against what then comes.

import ArgumentParser
import Foundation
import Settings
import Training

struct CriticCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "critic",
    abstract: "Holds a run's critic against the rewards of continuations sampled from its places.",
    discussion: """
      Held-out problems are answered once each; from places in every response, continuations are \
      sampled and graded. Their mean reward is what the critic should have expected there. A critic \
      helps a policy as far as it shows what a single step changed, which explained variance over \
      whole responses does not tell: look at the last line first.
      """)

  @Argument(help: "The run's folder, such as runs/latest.", completion: .directory)
  var folder: String

  @Option(help: "Held-out problems, one response each.")
  var prompts = 16

  @Option(help: "Places a response, from its beginning on.")
  var places = 8

  @Option(help: "Continuations a place.")
  var continuations = 16

  @Option(help: "The root of the randomness.")
  var seed = 0

  @Option(help: "Write every place and its rewards as JSON to this file.", completion: .file())
  var json: String?

  @Argument(help: "Overrides key=value of the run's settings, such as data.val_max_samples=64.")
  var overrides: [String] = []

  func validate() throws {
    for (name, value, least) in [
      ("--prompts", prompts, 1), ("--places", places, 1), ("--continuations", continuations, 2),
    ] where !(least...100_000).contains(value) {
      throw ValidationError("\(name) must be from \(least) to 100000, is \(value)")
    }
    guard prompts * places * continuations <= 10_000_000 else {
      throw ValidationError("that is more than ten million continuations")
    }
  }

  @MainActor
  func run() async throws {
    let run = URL(filePath: folder)
    let recipe = run.appending(path: RunFolder.configurationName)
    guard FileManager.default.fileExists(atPath: recipe.path) else {
      throw ConfigurationError.refused(
        "\(run.path) is no run: it has no \(RunFolder.configurationName)")
    }
    let (actor, critic) = (run.appending(path: "actor"), run.appending(path: "critic"))
    guard FileManager.default.fileExists(atPath: actor.path) else {
      throw ConfigurationError.refused("\(run.path) has not ended: it has no actor yet")
    }
    guard FileManager.default.fileExists(atPath: critic.path) else {
      throw ConfigurationError.refused("\(run.path) has no critic: its method uses none")
    }
    let configuration = try RunConfiguration.load(
      recipe: recipe,
      overrides: ["trainer.seed=\(seed)", "model.path=\(actor.path)", "warm_start.steps=0"]
        + overrides)
    try Network.require(by: configuration.reward)
    var plan = CriticCheckPlan()
    (plan.prompts, plan.places, plan.continuations) = (prompts, places, continuations)
    let check = try await checkCritic(
      configuration, critic: critic, plan: plan, console: Console())
    if let json {
      try JSONEncoder().encode(check).write(to: URL(filePath: json), options: .atomic)
    }
    say(check.table)
  }
}
