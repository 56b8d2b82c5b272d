// What is set about servers that a run starts itself.

public import Records

/// The YAML section `rollout.launch`: servers that a run starts on its machine, watches and ends.
public struct LaunchSettings: Codable, Equatable, Sendable {
  /// How many; 0 starts none.
  public var number = 0
  /// The program and what comes before its options; empty takes the engine's own.
  public var run: [String] = []
  /// Further options.
  public var arguments: [String] = []
  /// The port of the first; the others follow.
  public var port = 8100
  /// The GPUs of each, such as "0,1"; empty lets all see all.
  public var devices: [String] = []
  /// How long one may take until it says that it is alive.
  public var startSeconds = 900.0

  /// The defaults, which start none.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case number, run, arguments, port, devices
    case startSeconds = "start_seconds"
  }

  /// Where they will listen.
  public var addresses: [String] {
    (0..<max(0, min(64, number))).map { "http://127.0.0.1:\(port + $0)" }
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require((0...64).contains(number), "number", "\(number) is not from 0 to 64")
    rules.require(
      port > 0 && port + max(0, min(64, number)) <= 65536, "port",
      "\(port) and those that follow are not from 1 to 65535")
    rules.require(
      devices.isEmpty || devices.count == number, "devices",
      "names GPUs for \(devices.count) servers where there are \(number)")
    rules.require(
      startSeconds > 0 && startSeconds <= 86400, "start_seconds",
      "\(startSeconds) is not above 0 and within a day")
    return rules.problems
  }
}

extension RolloutEngineKind {
  /// The command that starts a server.
  ///
  /// - Parameters:
  ///   - settings: what a user adds.
  ///   - place: which of them.
  ///   - folder: the weights that it starts with.
  ///   - type: what it computes in.
  ///   - length: the most tokens of prompt and response.
  ///   - adapterRank: the rank of the adapters that it will load; nil where it loads none.
  ///   - transfer: how it gets new weights.
  /// - Returns: the program and its arguments, and what its environment needs.
  func command(
    _ settings: LaunchSettings, _ place: Int, folder: String, type: String, length: Int,
    adapterRank: Int? = nil, transfer: WeightTransferKind = .folder
  ) -> (words: [String], environment: [String: String]) {
    let port = "\(settings.port + place)"
    var environment =
      settings.devices.isEmpty ? [:] : ["CUDA_VISIBLE_DEVICES": settings.devices[place]]
    var words = settings.run
    switch self {
    case .native: return ([], [:])
    case .vllm:
      environment["VLLM_SERVER_DEV_MODE"] = "1"
      if words.isEmpty { words = ["vllm", "serve"] }
      words += [
        folder, "--host", "127.0.0.1", "--port", port, "--served-model-name", "policy", "--dtype",
        type, "--max-model-len", "\(length)", "--logprobs-mode", "processed_logprobs",
        "--enable-scale-out", "--generation-config", "vllm",
      ]
      if let adapterRank {
        environment["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] = "True"
        // It takes none but these.
        let ranks = [8, 16, 32, 64, 128, 256, 320, 512]
        let rank = ranks.first { $0 >= adapterRank } ?? adapterRank
        words += ["--enable-lora", "--max-lora-rank", "\(rank)"]
      }
      if transfer == .nccl { words += ["--weight-transfer-config", "{\"backend\": \"nccl\"}"] }
    case .sglang:
      if words.isEmpty { words = ["python3", "-m", "sglang.launch_server"] }
      words += [
        "--model-path", folder, "--host", "127.0.0.1", "--port", port, "--served-model-name",
        "policy", "--dtype", type, "--context-length", "\(length)",
        "--enable-deterministic-inference",
      ]
    }
    return (words + settings.arguments, environment)
  }

  /// How a server is started so that its log-probabilities know the temperature.
  public var temperatureAdvice: String {
    switch self {
    case .native: ""
    case .vllm: "start it with --logprobs-mode processed_logprobs"
    case .sglang: "start it without SGLANG_RETURN_ORIGINAL_LOGPROB in its environment"
    }
  }
}
