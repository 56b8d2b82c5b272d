// vLLM's words, as version 0.32 has them: its route of tokens in and tokens out, and its calls for
// reinforcement learning, which `--enable-scale-out` and VLLM_SERVER_DEV_MODE=1 open. A server must be started with
// `--logprobs-mode processed_logprobs`: the raw ones know no temperature, and the probe refuses them.

import Generation
import JSON

/// How a server of vLLM is spoken to.
struct VLLMDialect: ServerDialect {
  /// Whether what is loaded are adapters: these need `--enable-lora` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.
  var loadsAdapters = false

  var health: String { "health" }

  private static let (generate, load) = ("inference/v1/generate", "v1/load_lora_adapter")

  func question(_ question: ServerQuestion) -> ServerCall {
    let sampling = question.sampling
    // Everything that a model's own generation_config.json could say is said.
    let parameters: JSONObject = [
      "n": .integer(1), "seed": .integer(question.seed),
      "temperature": .number(sampling.isGreedy ? 0 : sampling.temperature),
      "top_k": .integer(max(0, sampling.topK)), "top_p": .number(sampling.topP),
      "min_p": .number(sampling.minP), "repetition_penalty": .number(1),
      "frequency_penalty": .number(0), "presence_penalty": .number(0),
      "max_tokens": .integer(question.limit), "min_tokens": .integer(0),
      "stop_token_ids": .array(question.stopTokens.map { .integer($0) }),
      // The ends are those above and no others.
      "ignore_eos": .boolean(true), "logprobs": .integer(0), "detokenize": .boolean(false),
    ]
    var members: JSONObject = [
      "token_ids": .array(question.tokens.map { .integer($0) }),
      "sampling_params": .object(parameters),
    ]
    if let adapter = question.adapter { members["model"] = .string(adapter) }
    return ServerCall(path: Self.generate, body: .object(members))
  }

  func reply(_ answer: JSONValue) throws(ServerFault) -> ServerReply {
    guard let choices = answer["choices"]?.elements, choices.count == 1,
      let tokens = choices[0]["token_ids"]?.elements?.map(\.whole),
      let contents = choices[0]["logprobs"]?["content"]?.elements
    else { throw .failed("its answer has not one choice with token_ids and logprobs") }
    guard contents.allSatisfy({ $0["token_id"] != nil }) else {
      throw .failed("its log-probabilities name no token ids: it is older than vLLM 0.32")
    }
    // A log-probability belongs to the token beside it.
    guard contents.map({ $0["token_id"]?.whole }) == tokens else {
      throw .failed("its log-probabilities are of other tokens than it drew")
    }
    let spans = choices[0]["weight_versions"]?.elements ?? []
    return ServerReply(
      tokens: tokens.map { $0 ?? -1 },
      logProbs: contents.map { $0["logprob"]?.double ?? .nan },
      finish: choices[0]["finish_reason"]?.words ?? "nothing",
      versions: spans.map { $0["version"]?.words ?? "" })
  }

  func loading(_ folder: String, version: String) -> [ServerCall] {
    let pause = ServerCall(path: "pause?mode=wait")
    let naming = ServerCall(
      path: "update_weight_version", body: .object(["new_version": .string(version)]))
    guard !loadsAdapters else {
      // Every adapter has a name of its own, which is part of the cache's keys: nothing old is gone on from.
      let adapter = ServerCall(
        path: Self.load,
        body: .object(["lora_name": .string(version), "lora_path": .string(folder)]),
        answersText: true)
      return [pause, adapter, naming, ServerCall(path: "resume")]
    }
    return [
      pause,
      ServerCall(
        path: "collective_rpc",
        body: .object([
          "method": .string("reload_weights"),
          "kwargs": .object(["weights_path": .string(folder)]),
        ])),
      naming,
      Self.forgetting,
      ServerCall(path: "resume"),
    ]
  }

  /// Clears blocks of the old weights' keys and values; it says no while anything holds one.
  static let forgetting = ServerCall(
    path: "reset_prefix_cache",
    complaint: { answer in
      answer?["success"] == .boolean(true)
        ? nil : "it keeps its prefix cache, which is of the old weights"
    }, mayPass: true)

  func leaving(_ version: String) -> ServerCall? {
    guard loadsAdapters else { return nil }
    return ServerCall(
      path: "v1/unload_lora_adapter", body: .object(["lora_name": .string(version)]),
      answersText: true)
  }

  func meaning(of status: Int, at path: String) -> String? {
    if status == 500, path == Self.load {
      return "it needs --enable-lora, and --max-lora-rank of at least the adapter's"
    }
    if let meaning = VLLMTransfer.meaning(of: status, at: path) { return meaning }
    guard status == 404 else { return nil }
    switch path {
    case Self.generate:
      return loadsAdapters
        ? "it was started without --enable-scale-out, or does not have the adapter any more"
        : "start it with --enable-scale-out"
    case Self.load:
      return
        "start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment; or, where it finds no "
        + "adapter, name a folder that it sees too in rollout.remote.weights_folder"
    default: return "start it with VLLM_SERVER_DEV_MODE=1 in its environment"
    }
  }

  func isRefusal(_ status: Int, at path: String) -> Bool {
    // One that was started again has no adapters: others have.
    if loadsAdapters, status == 404, path == Self.generate { return false }
    return (400..<500).contains(status) && ![408, 425, 429].contains(status)
  }
}

extension JSONValue {
  /// The elements of a list; nil for anything else.
  var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

  /// A number without point and exponent; nil for anything else.
  var whole: Int? { if case .integer(let number) = self { number } else { nil } }

  /// A text; nil for anything else.
  var words: String? { if case .string(let text) = self { text } else { nil } }

  /// A member of an object; nil for anything else.
  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }
}
