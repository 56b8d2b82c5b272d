// vapo serve: a model behind OpenAI's completions and chats.

import ArgumentParser
import Foundation
import Hub
import Settings
import Torch

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves a model: /v1/completions and /v1/chat/completions, as OpenAI's clients ask.",
    discussion: """
      Listens on this machine's own address. Another one can be reached by others and demands a \
      token, which is read from --token-file, or made and shown once. Greedy answers and \
      log-probabilities are those of the model's folder: lm-evaluation-harness scores it with \
      `--model local-completions --model_args model=NAME,base_url=http://127.0.0.1:8000/v1/completions,\
      tokenizer=FOLDER`.
      """)

  @Argument(
    help: "A Hugging Face folder, such as runs/latest/actor, or org/name of the hub.",
    completion: .directory)
  var model: String

  @Option(help: "The port; 0 takes a free one.")
  var port = 8000

  @Option(help: "What requests call the model; the folder's path as given, where this is not.")
  var name: String?

  @Option(help: "What to compute in: float32 or bfloat16.")
  var dtype = "float32"

  @Option(help: "Where to compute: cpu, or cuda:0 where libtorch has it.")
  var device = "cpu"

  @OptionGroup var listening: ListeningOptions

  func run() async throws {
    guard let type = ["float32": ElementType.float32, "bfloat16": .bfloat16][dtype] else {
      throw ValidationError("--dtype '\(dtype)' is neither float32 nor bfloat16")
    }
    guard let device = Device(device) else {
      throw ValidationError("--device '\(device)' is neither cpu nor cuda:0")
    }
    let pinned = try HubFetch { print($0) }.pinned(model, .model)
    let options = ServeOptions(
      model: HubCache().place(of: pinned, .model).path, name: name ?? model, type: type,
      device: device, listening: try listening.place(port: port))
    try await Network.require(for: "vapo serve").serve(options)
  }
}
