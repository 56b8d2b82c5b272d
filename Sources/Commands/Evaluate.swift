// vapo eval: a model folder on a file of problems, or on a generated task's held-out ones.

import ArgumentParser
import Foundation
import Hub
import Methods
import Prompts
import Settings
import Training

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Scores a model on problems: avg@k, pass@k and maj@k, with counts.",
    discussion: """
      DATA is a file of problems, JSON lines or Parquet, a data set of the hub (org/name, its split \
      data.val_split), or the name of a generated task (walk, arithmetic, locks), whose held-out \
      problems are then used. Columns and verifier are settings, as in a recipe: \
      `vapo eval runs/latest/actor problems.jsonl data.prompt_key=question reward.verifier=numeric`.
      """)

  @Argument(
    help: "A Hugging Face folder, such as runs/latest/actor, or org/name of the hub.",
    completion: .directory)
  var model: String

  @Argument(help: "A file of problems, or a task: walk, arithmetic, locks.", completion: .file())
  var data: String

  @Argument(help: "Overrides key=value of the settings of data, reward and model.")
  var overrides: [String] = []

  @Option(name: [.customShort("n"), .customLong("samples")], help: "Responses a problem: k.")
  var samples = 8

  @Option(help: "0 answers greedily.")
  var temperature = 1.0

  @Option(name: .customLong("top-p"), help: "Keeps the likeliest tokens up to this sum.")
  var topP = 1.0

  @Option(name: .customLong("top-k"), help: "Keeps the k likeliest tokens; -1 keeps all.")
  var topK = -1

  @Option(help: "The first problems only; 0 takes all of a file.")
  var limit: Int?

  @Option(help: "Where the randomness comes from.")
  var seed = 0

  @Option(help: "Write the scores as JSON to this file.")
  var json: String?

  @Option(help: "Write every response as a JSON line to this file.")
  var responses: String?

  @MainActor
  func run() async throws {
    let console = Console()
    let model = try HubFetch { console.say($0) }.pinned(model, .model)
    // A model inside a run folder is asked what it was trained on.
    let run = URL(filePath: model).deletingLastPathComponent()
      .appending(path: RunFolder.configurationName)
    let task = TaskKind(rawValue: data)
    var settings = [
      "model.path=\(model)", "trainer.seed=\(seed)", "rollout.val_kwargs.n=\(samples)",
      "rollout.val_kwargs.temperature=\(temperature)", "rollout.val_kwargs.top_p=\(topP)",
      "rollout.val_kwargs.top_k=\(topK)", "warm_start.steps=0", "data.train_files=[]",
    ]
    if let task {
      settings += ["data.task.name=\(task.rawValue)", "data.val_files=[]", "reward.verifier=task"]
    } else {
      settings += ["data.val_files=[\(data)]", "data.val_max_samples=0"]
    }
    if !FileManager.default.fileExists(atPath: run.path) {
      settings += try settingsOfStoredType(model)
    }
    if let limit { settings.append("data.val_max_samples=\(limit)") }
    let recipe = FileManager.default.fileExists(atPath: run.path) ? run : Places.defaultRecipe
    let configuration = try RunConfiguration.load(
      recipe: task == nil ? nil : recipe, overrides: settings + overrides
    ).pinned { console.say($0) }
    try Network.require(by: configuration.reward)

    let outcome = try await evaluate(
      configuration,
      files: EvaluationFiles(
        scores: json.map { URL(filePath: $0) }, responses: responses.map { URL(filePath: $0) }),
      console: console)
    let result = outcome.result
    if let example = outcome.episodes.first { print(Example(example).text) }
    print(result.table)
    if outcome.isStopped {
      print("stopped: \(result.overall.problems) of \(result.planned) problems are scored")
      throw ExitCode(130)
    }
  }
}
