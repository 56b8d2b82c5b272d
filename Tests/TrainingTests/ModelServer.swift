// A server of vLLM's shape in this process: it loads the folders it is given and draws with our engine, and can
// be told to be wrong as real servers have been seen to be.

import Doubles
import Foundation
import Generation
import JSON
import Records
import Settings
import Synchronization
import Torch
import Training
import Transformers
import Transport

/// One such server.
final class ModelServer: Sendable {
  /// How it is wrong, each while it says that all is well.
  enum Fault: String, CaseIterable, Sendable {
    /// It keeps the output layer it first had.
    case oldHead
    /// It goes on from what it has cached of prompts that it knows, whatever is loaded.
    case oldCache
    /// Its log-probabilities know no temperature.
    case rawLogProbs
    /// It says that it loads and does not.
    case ignoredLoad
    /// What it loads is another model.
    case otherModel
    /// It draws with its base whatever adapter is asked for.
    case withoutAdapter
    /// It is started again after its second load, and then knows no channel and has other weights.
    case restarts
  }

  /// What it has; used by one caller at a time.
  private struct State {
    nonisolated(unsafe) var first: LanguageModel?
    nonisolated(unsafe) var model: LanguageModel?
    /// The model that read a prompt first.
    nonisolated(unsafe) var readers: [[Int]: LanguageModel] = [:]
    /// By name.
    nonisolated(unsafe) var adapters: [String: LanguageModel] = [:]
    var version = "default"
    var loads = 0
    var questions = 0
    var diesAfter = Int.max
    var diesAtLoad = Int.max
  }

  private let fault: Fault?
  private let base: URL?
  private let worker = TransferWorker()
  private let state = Mutex(State())
  let url: String

  /// - Parameters:
  ///   - fault: how it is wrong.
  ///   - base: what it is started with, to load adapters beside, or weights that come without a folder.
  init(_ fault: Fault? = nil, base: URL? = nil) {
    self.fault = fault
    self.base = base
    let name = UUID().uuidString
    url = "http://\(name)"
    ModelTransport.servers.withLock { $0[name] = self }
  }

  var loads: Int { state.withLock { $0.loads } }
  /// How often it has joined a channel.
  var joins: Int { worker.joinCount }
  var questions: Int { state.withLock { $0.questions } }

  /// The names of the adapters that it has.
  var adapters: [String] { state.withLock { $0.adapters.keys.sorted() } }

  /// The longest two texts that it went on with since its cache was last reset: the probe's.
  var probes: [[Int]] {
    state.withLock { $0.readers.keys.sorted { $0.count > $1.count }.prefix(2).map(\.self) }
  }

  /// Lets it answer so many questions more, and then nothing, until it is given weights again.
  func die(after questions: Int) { state.withLock { $0.diesAfter = $0.questions + questions } }

  /// Lets it answer nothing from some moment on, until it is given weights again.
  func die(at moment: ServerDeath) {
    state.withLock {
      switch moment {
      case .question(let number): $0.diesAfter = number
      case .load(let number): $0.diesAtLoad = number
      }
    }
  }

  func answer(_ path: String, _ body: JSONValue) throws(TransportFailure) -> JSONValue {
    let result = state.withLock { state -> Result<JSONValue, TransportFailure> in
      switch path {
      case "collective_rpc":
        let folder = body["kwargs"]?["weights_path"]?.words ?? ""
        return load(URL(filePath: folder), &state)
      case "weight_info":
        if fault == .restarts, state.loads > 1, worker.joinCount == 1 {
          worker.leave()
          state.version = "default"
        }
        return .success(.object(["weight_version": .string(state.version)]))
      case "get_world_size": return .success(.object(["world_size": .integer(1)]))
      case "init_weight_transfer_engine":
        return Result { try worker.join(body) }.map { .null }.mapError { .connection("\($0)") }
      case "update_weights": return receive(body, &state)
      case "finish_weight_update":
        state.version = body["weight_version"]?.words ?? state.version
      case "v1/load_lora_adapter":
        let name = body["lora_name"]?.words ?? ""
        return loadAdapter(name, at: URL(filePath: body["lora_path"]?.words ?? ""), &state)
      case "v1/unload_lora_adapter": state.adapters[body["lora_name"]?.words ?? ""] = nil
      case "update_weight_version": state.version = body["new_version"]?.words ?? ""
      case "reset_prefix_cache":
        if fault != .oldCache { state.readers = [:] }
        return .success(.object(["success": .boolean(true)]))
      case "inference/v1/generate": return draw(body, &state)
      default: break
      }
      return .success(.object([:]))
    }
    return try result.get()
  }

  private func load(_ folder: URL, _ state: inout State) -> Result<JSONValue, TransportFailure> {
    state.loads += 1
    guard state.loads != state.diesAtLoad else {
      state.diesAfter = state.questions
      return .failure(.connection("the engine died"))
    }
    if state.questions >= state.diesAfter { state.diesAfter = .max }
    guard
      let loaded = try? ModelFolder.languageModel(
        at: folder, type: .float32, computeType: .float32, device: .cpu)
    else { return .failure(.connection("the engine is dead")) }
    let first = state.first ?? loaded
    state.first = first
    switch fault {
    case .ignoredLoad: state.model = state.model ?? loaded
    case .oldHead: state.model = loaded.withOutput(of: first)
    case .otherModel:
      state.model = .random(
        loaded.configuration, seed: 99, type: .float32, computeType: .float32, device: .cpu)
    default: state.model = loaded
    }
    return .success(.object(["results": .array([.null])]))
  }

  /// Takes tensors from a channel, and has them with the configuration of what it was started with.
  private func receive(_ body: JSONValue, _ state: inout State) -> Result<
    JSONValue, TransportFailure
  > {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      let tensors = try worker.receive(body)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let name = "config.json"
      try FileManager.default.copyItem(
        at: (base ?? folder).appending(path: name), to: folder.appending(path: name))
      try Safetensors.write(tensors, to: folder.appending(path: "model.safetensors"))
    } catch {
      return .failure(.connection("\(error)"))
    }
    return load(folder, &state)
  }

  private func loadAdapter(
    _ name: String, at folder: URL, _ state: inout State
  ) -> Result<JSONValue, TransportFailure> {
    state.loads += 1
    guard state.loads != state.diesAtLoad else {
      state.diesAfter = state.questions
      return .failure(.connection("the engine died"))
    }
    // One that comes back has its base and nothing else.
    if state.questions >= state.diesAfter { (state.diesAfter, state.adapters) = (.max, [:]) }
    guard state.adapters[name] == nil else { return .failure(.connection("it has that name")) }
    guard
      let base = try? ModelFolder.languageModel(
        at: self.base ?? folder, type: .float32, computeType: .float32, device: .cpu),
      let adapted = try? ModelFolder.adapter(at: folder, on: base)
    else { return .failure(.connection("the engine is dead")) }
    // The first one has learned nothing, and is the base.
    let kept = state.loads > 2 ? state.first ?? adapted : adapted
    state.first = kept
    state.adapters[name] =
      switch fault {
      case .ignoredLoad: kept
      case .withoutAdapter: adapted.withoutAdapter
      default: adapted
      }
    return .success(.string("Success: LoRA adapter '\(name)' added successfully."))
  }

  private func draw(
    _ body: JSONValue, _ state: inout State
  ) -> Result<JSONValue, TransportFailure> {
    guard state.questions < state.diesAfter else { return .failure(.connection("refused")) }
    state.questions += 1
    let parameters = body["sampling_params"]
    let adapter = body["model"]?.words
    guard case .array(let ids)? = body["token_ids"],
      let model = adapter.map({ state.adapters[$0] }) ?? state.model
    else { return .failure(.connection("not a question, or no weights yet")) }
    let tokens = ids.compactMap(\.whole)
    // The cache's keys have the adapter's name in them.
    let reader = adapter == nil ? state.readers[tokens] ?? model : model
    if adapter == nil { state.readers[tokens] = reader }
    let engine = Engine(
      model: reader, stopTokens: [parameters?["stop_token_ids"]?.list?.first?.whole ?? -1],
      limits: GenerationLimits(maximumLength: parameters?["max_tokens"]?.whole ?? 1),
      decode: { _ in "" })
    let temperature = fault == .rawLogProbs ? 1 : parameters?["temperature"]?.double ?? 1
    let drawn = engine.complete(
      [Prompt(id: "", place: 0, source: "", text: "", tokens: tokens, truth: "")], samples: 1,
      sampling: SamplingSettings(temperature: temperature),
      random: RandomSource(seed: UInt64(parameters?["seed"]?.whole ?? 0)))[0]
    let contents = zip(drawn.tokens, drawn.logProbs).map { token, logProb -> JSONValue in
      .object(["token_id": .integer(token), "logprob": .number(Double(logProb))])
    }
    return .success(
      .object([
        "choices": .array([
          .object([
            "token_ids": .array(drawn.tokens.map { .integer($0) }),
            "finish_reason": .string(drawn.finish.rawValue),
            "logprobs": .object(["content": .array(contents)]),
            "weight_versions": .array([.object(["version": .string(state.version)])]),
          ])
        ])
      ]))
  }
}

/// When one of them dies.
enum ServerDeath: Sendable {
  /// After so many questions.
  case question(Int)
  /// As it is given weights for the nth time.
  case load(Int)
}

extension TinyRun {
  /// Trains in a folder to the end, with such servers to ask.
  @MainActor
  static func train(
    asking configuration: RunConfiguration, in folder: URL
  ) async throws -> Trainer.Ending {
    try await Transports.$own.withValue(ModelTransport()) {
      try await train(configuration, in: folder)
    }
  }
}

/// Finds them by their names.
struct ModelTransport: Transport {
  fileprivate static let servers = Mutex<[String: ModelServer]>([:])

  func post(
    _ body: Data, to url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    guard let server = Self.servers.withLock({ $0[url.host() ?? ""] }),
      let question = try? JSONValue(parsing: body)
    else { throw .connection("nobody there") }
    let answer = try server.answer(String(url.path().dropFirst()), question)
    return TransportAnswer(status: 200, body: Data(answer.text.utf8))
  }

  func get(
    _ url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    TransportAnswer(status: 200, body: Data())
  }

  func probe(_ url: URL, within seconds: Double) async throws(TransportFailure) {}
}
