// What is set about servers that draw responses in this program's place.

import Foundation
public import Records

/// What draws responses (`rollout.name`, verl's key).
public enum RolloutEngineKind: String, Codable, Sendable, CaseIterable {
  /// This program's own engine.
  case native
  /// Servers of vLLM.
  case vllm
  /// Servers of SGLang.
  case sglang
}

/// The YAML section `rollout.remote`: how servers that draw responses are asked.
public struct RemoteSettings: Codable, Equatable, Sendable {
  /// The folder that new weights are written into for the servers to read; empty takes the run's own.
  public var weightsFolder = ""
  /// What the servers compute in, for the bounds of the probe; empty takes `model.compute_dtype`.
  public var type = ""
  /// Writes input and output embeddings as two tensors although the model ties them.
  public var untiesEmbeddings = false
  /// Loads an adapter added to the weights, as whole weights; false loads the adapter alone, in PEFT's form, beside
  /// the base that the servers have (vLLM).
  public var mergesAdapter = true
  /// How new weights get to the servers: by a folder that they read, or from GPU to GPU by NCCL (vLLM).
  public var transfer = WeightTransferKind.folder
  /// NCCL's library, a file or a name to find it by; empty takes libnccl.so.2.
  public var ncclLibrary = ""
  /// The most requests under way at each server.
  public var maximumInFlight = 256
  /// The most seconds for one response.
  public var requestSeconds = 3600.0
  /// The most seconds for new weights, and for each of the calls around them.
  public var loadSeconds = 600.0
  /// How long a server may take to say that it is alive; one that twice does not is left out.
  public var heartbeatSeconds = 10.0
  /// How often a response is asked for again, and after how many failures in a row a server is left out.
  public var retries = 3
  /// The tokens of the prompt by which servers are probed after every load: several blocks of their cache.
  public var probeTokens = 320

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case retries, transfer
    case weightsFolder = "weights_folder"
    case type = "dtype"
    case untiesEmbeddings = "untie_embeddings"
    case mergesAdapter = "merge_adapter"
    case ncclLibrary = "nccl_library"
    case maximumInFlight = "max_in_flight"
    case requestSeconds = "request_seconds"
    case loadSeconds = "load_seconds"
    case heartbeatSeconds = "heartbeat_seconds"
    case probeTokens = "probe_tokens"
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      (1...1024).contains(maximumInFlight), "max_in_flight",
      "\(maximumInFlight) is not from 1 to 1024")
    for (key, seconds) in [
      ("request_seconds", requestSeconds), ("load_seconds", loadSeconds),
      ("heartbeat_seconds", heartbeatSeconds),
    ] {
      rules.require(
        seconds > 0 && seconds <= 86400, key, "\(seconds) is not above 0 and within a day")
    }
    rules.require((0...20).contains(retries), "retries", "\(retries) is not from 0 to 20")
    rules.require(
      (1...100_000).contains(probeTokens), "probe_tokens", "\(probeTokens) is not from 1 to 100000")
    return rules.problems
  }

  /// What is wrong with addresses of servers.
  public static func problems(of servers: [String]) -> [SettingsProblem] {
    var rules = Rules()
    for server in servers {
      let address = URL(string: server)
      rules.require(
        ["http", "https"].contains(address?.scheme) && address?.host?.isEmpty == false
          && address?.query == nil && address?.fragment == nil,
        "servers", "'\(shortened(server))' is not an address such as http://127.0.0.1:8000")
    }
    rules.require(
      Set(servers).count == servers.count, "servers", "names a server twice")
    rules.require(servers.count <= 1024, "servers", "names more than 1024 servers")
    return rules.problems
  }
}
