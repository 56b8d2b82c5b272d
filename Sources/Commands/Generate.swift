// vapo generate: what a model says.

import ArgumentParser
import Foundation
import Hub
import Records
import Settings
import Training

struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints a model's responses to a prompt.")

  @Argument(
    help: "A Hugging Face folder, such as runs/latest/actor, or org/name of the hub.",
    completion: .directory)
  var model: String

  @Option(help: "What to answer; of the walk task, for example \"37:a^b%c<*2=\".")
  var prompt: String

  @Option(name: [.customShort("n"), .customLong("samples")], help: "How many responses.")
  var samples = 1

  @Option(help: "0 answers greedily.")
  var temperature = 1.0

  @Option(name: .customLong("top-p"), help: "Keeps the likeliest tokens up to this sum.")
  var topP = 1.0

  @Option(name: .customLong("top-k"), help: "Keeps the k likeliest tokens; -1 keeps all.")
  var topK = -1

  @Option(name: .customLong("max-new-tokens"), help: "The longest response.")
  var maximumLength = 256

  @Option(help: "Where the randomness comes from.")
  var seed = 0

  @Flag(help: "The prompt is plain text: leave the model's chat template aside, if it has one.")
  var plain = false

  @MainActor
  func run() async throws {
    let console = Console()
    let model = try HubFetch { console.say($0) }.pinned(model, .model)
    let configuration = try RunConfiguration.load(
      recipe: nil,
      overrides: [
        "model.path=\(model)", "trainer.seed=\(seed)", "rollout.val_kwargs.n=\(samples)",
        "rollout.val_kwargs.temperature=\(temperature)", "rollout.val_kwargs.top_p=\(topP)",
        "rollout.val_kwargs.top_k=\(topK)", "data.max_response_length=\(maximumLength)",
        "data.apply_chat_template=\(plain ? "never" : "auto")",
      ] + settingsOfStoredType(model))
    for completion in try generate(configuration, prompt: prompt, console: console) {
      let end = completion.finish == .length ? " […]" : ""
      print(completion.text.isEmpty ? "(nothing: the model ended at once)" : completion.text + end)
    }
  }
}
