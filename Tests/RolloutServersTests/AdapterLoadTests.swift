// Adapters as servers of vLLM load them: by names of their own, beside a base.

import Foundation
import Generation
import JSON
import Records
import RolloutServers
import Synchronization
import Testing
import Transport

@Suite(OverScripts()) struct AdapterLoadTests {
  private let prompts = (0..<6).map { place in
    Prompt(
      id: "p\(place)", place: place, source: "s", text: "", tokens: [5, 6, 7 + place], truth: "")
  }

  private func engine(_ servers: [ScriptedServer]) throws -> RemoteEngine {
    var settings = RemoteSettings()
    settings.retries = 1
    settings.mergesAdapter = false
    return try RemoteEngine(
      .vllm, at: servers.map(\.url), settings,
      RemoteEngine.Facts(
        maximumLength: 6, stopTokens: [ScriptedServer.stop], vocabularySize: 20,
        decode: { _ in "" }))
  }

  /// A folder that looks like an adapter's.
  private func withAdapter(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("{}".utf8).write(to: folder.appending(path: "adapter_config.json"))
    try Data().write(to: folder.appending(path: "adapter_model.safetensors"))
    try await body(folder)
  }

  private func complete(_ engine: RemoteEngine) async throws -> [Completion] {
    try await engine.complete(
      prompts, samples: 4, sampling: SamplingSettings(), random: RandomSource(seed: 3),
      say: { _ in }, watch: { _ in })
  }

  @Test func `an adapter is loaded by its name, asked for by it, and the one before given up`()
    async throws
  {
    let server = try ScriptedServer { call, _ in
      // They answer in words, which are no JSON.
      call.path.hasSuffix("_lora_adapter")
        ? TransportAnswer(status: 200, body: Data("Success: LoRA adapter".utf8)) : nil
    }
    let engine = try engine([server])
    try await withAdapter { folder in
      for version in ["v1", "v2"] {
        try await engine.load(folder, version: version) { _ in }
        #expect(try await complete(engine).count == 24)
      }
      let once = ["pause?mode=wait", "v1/load_lora_adapter", "update_weight_version", "resume"]
      #expect(server.orders == once + once + ["v1/unload_lora_adapter"])
      let loads = server.calls.filter { $0.path == "v1/load_lora_adapter" }
      #expect(loads.map { $0.body["lora_name"].text } == ["v1", "v2"])
      #expect(loads.allSatisfy { $0.body["lora_path"].text == folder.path })
      let asked = server.calls.filter { $0.path == "inference/v1/generate" }
      #expect(
        asked.map { $0.body["model"].text } == Array(repeating: "v1", count: 24)
          + Array(repeating: "v2", count: 24))
      #expect(
        server.calls.last { $0.path == "v1/unload_lora_adapter" }?.body["lora_name"].text == "v1")
    }
  }

  @Test func `a name that is loaded again is given up before, and not after`() async throws {
    // One that takes no name twice.
    let names = Mutex<Set<String>>([])
    let server = try ScriptedServer { call, _ in
      let name = call.body["lora_name"].text ?? ""
      switch call.path {
      case "v1/load_lora_adapter":
        let isNew = names.withLock { $0.insert(name).inserted }
        return ScriptedServer.json(.string("so"), status: isNew ? 200 : 400)
      case "v1/unload_lora_adapter":
        let wasThere = names.withLock { $0.remove(name) } != nil
        return ScriptedServer.json(.string("so"), status: wasThere ? 200 : 404)
      default: return nil
      }
    }
    let engine = try engine([server])
    try await withAdapter { folder in
      for version in ["v1", "v2", "v2", "v3"] {
        try await engine.load(folder, version: version) { _ in }
        #expect(names.withLock { $0 } == [version])
        #expect(try await complete(engine).count == 24)
      }
    }
  }

  @Test(arguments: [
    (404, "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"), (404, "rollout.remote.weights_folder"),
    (500, "--enable-lora"), (404, "its own words"),
  ])
  func `a server that cannot load adapters is told how to be started`(
    _ status: Int, _ words: String
  ) async throws {
    let server = try ScriptedServer { call, _ in
      call.path == "v1/load_lora_adapter"
        ? ScriptedServer.json(.string("its own words"), status: status) : nil
    }
    let engine = try engine([server])
    let error = await #expect(throws: RolloutServerError.self) {
      try await withAdapter { try await engine.load($0, version: "v1") { _ in } }
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(server.orders == ["pause?mode=wait", "v1/load_lora_adapter", "resume"])
  }

  @Test func `a vLLM that is too old is told so`() async throws {
    // As 0.31 answers.
    let old = try ScriptedServer { call, _ in
      guard call.path == "inference/v1/generate" else { return nil }
      let content: JSONValue = .array([
        .object(["token": .string("token_id:2"), "logprob": .number(-1)])
      ])
      let choice: JSONValue = .object([
        "token_ids": .array([.integer(2)]), "finish_reason": .string("stop"),
        "logprobs": .object(["content": content]),
      ])
      return ScriptedServer.json(.object(["choices": .array([choice])]))
    }
    let engine = try engine([old])
    try await withAdapter { try await engine.load($0, version: "v1") { _ in } }
    let error = await #expect(throws: RolloutServerError.self) { try await complete(engine) }
    #expect(error?.description.contains("it is older than vLLM 0.32") == true)
  }

  @Test func `one that was started again, and has no adapter, leaves its work to the others`()
    async throws
  {
    let anew = try ScriptedServer { call, _ in
      call.path == "inference/v1/generate"
        ? ScriptedServer.json(.string("The model `v1` does not exist."), status: 404) : nil
    }
    let good = try ScriptedServer()
    let engine = try engine([anew, good])
    try await withAdapter { try await engine.load($0, version: "v1") { _ in } }
    #expect(try await complete(engine).count == 24)
    #expect(good.questions == 24)
  }
}
