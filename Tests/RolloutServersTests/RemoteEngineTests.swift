// Responses from servers: what is asked, what is believed, and what becomes of a rollout when servers are slow,
// dead or lie.

import Foundation
import Generation
import JSON
import Records
import RolloutServers
import Synchronization
import Testing
import Transport

@Suite("Servers that draw responses", OverScripts())
struct RemoteEngineTests {
  private let prompts = (0..<6).map { place in
    Prompt(
      id: "p\(place)", place: place, source: "s", text: "", tokens: [5, 6, 7 + place], truth: "")
  }

  private func settings(_ change: (inout RemoteSettings) -> Void = { _ in }) -> RemoteSettings {
    var settings = RemoteSettings()
    settings.retries = 2
    change(&settings)
    return settings
  }

  private func engine(
    _ servers: [ScriptedServer], _ settings: RemoteSettings? = nil,
    kind: RolloutEngineKind = .vllm
  ) throws -> RemoteEngine {
    try RemoteEngine(
      kind, at: servers.map(\.url), settings ?? self.settings(),
      RemoteEngine.Facts(
        maximumLength: 6, stopTokens: [ScriptedServer.stop], vocabularySize: 20,
        decode: { $0.map(String.init).joined(separator: " ") }))
  }

  /// A folder that looks like a model's.
  private func withWeights(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("{}".utf8).write(to: folder.appending(path: "config.json"))
    try Data().write(to: folder.appending(path: "model.safetensors"))
    try await body(folder)
  }

  private func complete(
    _ engine: RemoteEngine, sampling: SamplingSettings = SamplingSettings(temperature: 0.7),
    say: (String) -> Void = { _ in }, watch: (GenerationProgress) throws -> Void = { _ in }
  ) async throws -> [Completion] {
    try await engine.complete(
      prompts, samples: 4, sampling: sampling, random: RandomSource(seed: 3), say: say, watch: watch
    )
  }

  @Test
  func
    `every response is asked for by tokens, with a seed of its own and all that a server could fill in`()
    async throws
  {
    let server = try ScriptedServer()
    let engine = try engine([server])
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    let found = try await complete(engine)
    #expect(found.map(\.prompt.place) == (0..<6).flatMap { [$0, $0, $0, $0] })
    #expect(found.map(\.sample) == (0..<6).flatMap { _ in [0, 1, 2, 3] })
    let asked = server.calls.filter { $0.path == "inference/v1/generate" }
    #expect(Set(asked.map { $0.body["sampling_params"]["seed"].integer }).count == 24)
    for call in asked {
      let parameters = call.body["sampling_params"]
      #expect(parameters["temperature"] == .number("0.7") && parameters["n"] == .integer(1))
      #expect(parameters["max_tokens"] == .integer(6))
      #expect(parameters["stop_token_ids"] == .array([.integer(ScriptedServer.stop)]))
      #expect(parameters["ignore_eos"] == .boolean(true))
      #expect(parameters["repetition_penalty"] == .number("1.0"))
      #expect(parameters["top_k"] == .integer(0) && parameters["top_p"] == .number("1.0"))
    }
    // What a server said is what becomes of it.
    for completion in found {
      let call = try #require(
        asked.first { call in
          call.body["sampling_params"]["seed"].integer
            == Int(RandomSource(seed: 3)[completion.prompt.place][completion.sample].seed >> 1)
        })
      #expect(
        call.body["token_ids"] == .array(completion.prompt.tokens.map { JSONValue.integer($0) }))
      #expect(completion.logProbs == completion.tokens.map { -Float($0) / 8 })
      #expect((completion.tokens.last == ScriptedServer.stop) == (completion.finish == .stop))
      let spoken =
        completion.finish == .stop ? completion.tokens.dropLast() : completion.tokens[...]
      #expect(completion.text == spoken.map(String.init).joined(separator: " "))
    }
    #expect(Set(found.map(\.finish)) == [.stop, .length])
  }

  @Test func `a load is paused, brought, named, cleared of caches and resumed, in that order`()
    async throws
  {
    let server = try ScriptedServer { call, number in
      // Something still holds a block, twice.
      call.path == "reset_prefix_cache" && number < 3
        ? ScriptedServer.json(.object(["success": .boolean(false)])) : nil
    }
    let engine = try engine([server])
    try await withWeights { folder in
      try await engine.load(folder, version: "v1") { _ in }
      #expect(
        server.orders == [
          "pause?mode=wait", "collective_rpc", "update_weight_version", "reset_prefix_cache",
          "reset_prefix_cache", "reset_prefix_cache", "resume",
        ])
      #expect(server.calls[1].body["kwargs"]["weights_path"].text == folder.path)
      #expect(server.calls[2].body["new_version"].text == "v1")
    }
  }

  @Test func `a path that is no model's never reaches a server`() async throws {
    let server = try ScriptedServer()
    let engine = try engine([server])
    let nowhere = FileManager.default.temporaryDirectory.appending(path: "not there")
    let error = await #expect(throws: RolloutServerError.self) {
      try await engine.load(nowhere, version: "v1") { _ in }
    }
    #expect(error?.description.contains("holds neither a model nor an adapter") == true)
    #expect(server.calls.isEmpty)
  }

  @Test func `a server that refuses to load is resumed, and left out until the next load`()
    async throws
  {
    let bad = try ScriptedServer { call, _ in
      call.path == "collective_rpc" ? ScriptedServer.json(.null, status: 500) : nil
    }
    let good = try ScriptedServer()
    let engine = try engine([bad, good])
    var said: [String] = []
    try await withWeights { try await engine.load($0, version: "v1") { said.append($0) } }
    #expect(bad.orders == ["pause?mode=wait", "collective_rpc", "resume"])
    #expect(engine.ready == [1])
    #expect(said.count == 1 && said[0].contains("status 500"))
    #expect(try await complete(engine).count == 24)
    #expect(bad.questions == 0 && good.questions == 24)
  }

  @Test(arguments: [
    ("inference/v1/generate", "--enable-scale-out"), ("collective_rpc", "VLLM_SERVER_DEV_MODE=1"),
  ])
  func `a server without a route is told how to be started`(path: String, words: String)
    async throws
  {
    let server = try ScriptedServer { call, _ in
      call.path == path ? ScriptedServer.json(.null, status: 404) : nil
    }
    let engine = try engine([server])
    let error = await #expect(throws: RolloutServerError.self) {
      try await withWeights { try await engine.load($0, version: "v1") { _ in } }
      _ = try await complete(engine)
    }
    #expect(error?.description.contains(words) == true)
  }

  @Test func `no more is under way at a server than the settings say, and siblings stay together`()
    async throws
  {
    let slowly: ScriptedServer.Script = { call, _ in
      if call.path == "inference/v1/generate" { try await Task.sleep(for: .milliseconds(5)) }
      return nil
    }
    let servers = [try ScriptedServer(slowly), try ScriptedServer(slowly)]
    let engine = try engine(servers, settings { $0.maximumInFlight = 4 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    _ = try await complete(engine)
    for server in servers {
      #expect(server.mostAtOnce <= 5)  // and somebody who asks whether it is alive
      #expect(server.questions == 12)
    }
  }

  /// Answers that no honest server gives.
  private static func lie(_ kind: String, _ body: JSONValue) -> TransportAnswer? {
    let good = ScriptedServer.reply(
      [3, 4, 5, 6, 3, 4], Array(repeating: .number(-1), count: 6), "length", "v1")
    func said(
      _ tokens: [Int], _ logProbs: [JSONValue]? = nil, _ finish: String = "length",
      _ version: String? = "v1"
    ) -> TransportAnswer {
      ScriptedServer.json(
        ScriptedServer.reply(
          tokens, logProbs ?? tokens.map { _ in .number(-1) }, finish, version))
    }
    let whole = [3, 4, 5, 6, 3, 4]
    switch kind {
    case "token 20": return said([3, 4, 5, 6, 3, 20])
    case "token -1": return said([3, 4, 5, 6, 3, -1])
    case "7 tokens": return said(whole + [3])
    case "0 tokens": return said([])
    case "of nan": return said(whole, [.null] + Array(repeating: .number(-1), count: 5))
    case "of 0.5": return said(whole, [.number(0.5)] + Array(repeating: .number(-1), count: 5))
    case "of -1e+39": return said(whole, [.number(-1e39)] + Array(repeating: .number(-1), count: 5))
    case "not which weights": return said(whole, nil, "length", nil)
    case "other tokens": return said(whole, [.number(-1)])
    case "no stop token": return said([3, 4], nil, "stop")
    case "at its limit": return said([3, 4], nil, "length")
    case "after one that ends": return said([3, 2, 5, 6, 3, 4])
    case "by 'abort'": return said(whole, nil, "abort")
    case "weights 'v0'": return said(whole, nil, "length", "v0")
    case "not one choice":
      return ScriptedServer.json(.object(["choices": .array([good, good])]))
    case "is empty": return TransportAnswer(status: 200, body: Data())
    case "no JSON":
      return TransportAnswer(status: 200, body: Data(good.text.utf8.dropLast(7)))
    case "longer than": return TransportAnswer(status: 200, body: Data(count: 8 << 20))
    case "status 503": return ScriptedServer.json(.null, status: 503)
    default: return nil
    }
  }

  private static let lies = [
    "token 20", "token -1", "7 tokens", "0 tokens", "of nan", "of 0.5", "of -1e+39",
    "not which weights", "other tokens",
    "no stop token", "at its limit", "after one that ends", "by 'abort'", "weights 'v0'",
    "not one choice", "is empty", "no JSON", "longer than", "status 503",
  ]

  @Test(arguments: lies)
  func `what cannot be is asked elsewhere, and is never learned from`(kind: String) async throws {
    let liar = try ScriptedServer { call, _ in
      call.path == "inference/v1/generate" ? Self.lie(kind, call.body) : nil
    }
    let honest = try ScriptedServer()
    let engine = try engine([liar, honest], settings { $0.maximumInFlight = 3 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    var said: [String] = []
    let found = try await complete(engine, say: { said.append($0) })
    #expect(honest.questions == 24)
    #expect(said.count == 1 && said[0].contains(kind), "\(said)")
    let alone = try self.engine([honest])
    try await withWeights { try await alone.load($0, version: "v1") { _ in } }
    #expect(try await complete(alone) == found)
  }

  @Test(arguments: lies)
  func `one that lies alone ends the rollout, in words`(kind: String) async throws {
    let liar = try ScriptedServer { call, _ in
      call.path == "inference/v1/generate" ? Self.lie(kind, call.body) : nil
    }
    let engine = try engine([liar], settings { $0.retries = 0 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    let error = await #expect(throws: RolloutServerError.self) { try await complete(engine) }
    #expect(error?.description.contains(kind) == true, "\(error?.description ?? "")")
  }

  @Test func `a question that is refused is not asked again`() async throws {
    let server = try ScriptedServer { call, _ in
      call.path == "inference/v1/generate"
        ? ScriptedServer.json(.string("too long"), status: 400) : nil
    }
    let engine = try engine([server], settings { $0.maximumInFlight = 1 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    let error = await #expect(throws: RolloutServerError.self) { try await complete(engine) }
    #expect(error?.description.contains("status 400: \"too long\"") == true)
    #expect(server.questions == 1)
  }

  @Test func `a server that is away for a moment is asked again, each time later`() async throws {
    let server = try ScriptedServer { call, number in
      guard call.path == "inference/v1/generate", number <= 2 else { return nil }
      throw TransportFailure.connection("away")
    }
    let engine = try engine([server], settings { $0.maximumInFlight = 1 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try await complete(engine).count == 24)
    #expect(clock.now - start > .milliseconds(1400))
  }

  @Test func `a server that dies in the middle leaves its work to the other one`() async throws {
    let dying = Mutex<ScriptedServer?>(nil)
    let first = try ScriptedServer { call, number in
      guard call.path == "inference/v1/generate" else { return nil }
      if number == 3 { dying.withLock { $0?.die() } }
      try await Task.sleep(for: .milliseconds(2))
      return nil
    }
    dying.withLock { $0 = first }
    let second = try ScriptedServer()
    let engine = try engine([first, second], settings { $0.maximumInFlight = 3 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    var said: [String] = []
    let found = try await complete(engine, say: { said.append($0) })
    #expect(found.count == 24 && said.count == 1)
    let alone = try self.engine([second])
    try await withWeights { try await alone.load($0, version: "v1") { _ in } }
    #expect(try await complete(alone) == found)
  }

  @Test
  func `one that hangs is noticed by its silence, and a rollout that is stopped ends at once`()
    async throws
  {
    let hanging = try ScriptedServer()
    let engine = try engine([hanging], settings { $0.heartbeatSeconds = 0.2 })
    try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    hanging.hang()
    struct Stop: Error {}
    let clock = ContinuousClock()
    let start = clock.now
    await #expect(throws: Stop.self) { try await complete(engine, watch: { _ in throw Stop() }) }
    let error = await #expect(throws: RolloutServerError.self) { try await complete(engine) }
    #expect(error?.description.contains("does not say that it is alive") == true)
    // Long before what a response may take, however busy the machine.
    #expect(clock.now - start < .seconds(settings().requestSeconds / 4))
  }

  /// What SGLang says to a question, by its source: see SGLangDialect.
  private static func sglang(_ call: ScriptedServer.Call, _ number: Int) -> TransportAnswer? {
    let parameters = call.body["sampling_params"]
    switch call.path {
    case "generate":
      let limit = parameters["max_new_tokens"].integer ?? 0
      let tokens = (0..<limit - 1).map { 3 + $0 } + [ScriptedServer.stop]
      let pairs = tokens.map { JSONValue.array([.number(-Double($0) / 8), .integer($0), .null]) }
      let facts: JSONObject = [
        "id": .string("a"), "prompt_tokens": .integer(3), "weight_version": .string("v1"),
        "finish_reason": .object(["type": .string("stop"), "matched": .integer(2)]),
        "output_token_logprobs": .array(pairs),
      ]
      return ScriptedServer.json(
        .object([
          "text": .string("…"), "output_ids": .array(tokens.map { .integer($0) }),
          "meta_info": .object(facts),
        ]))
    case "update_weights_from_disk":
      return ScriptedServer.json(
        .object([
          "success": .boolean(true), "message": .string("Succeeded."),
          "num_paused_requests": .integer(0),
        ]))
    case "flush_cache":
      return number < 3
        ? TransportAnswer(status: 400, body: Data("Flush cache failed.\n".utf8))
        : TransportAnswer(status: 200, body: Data("Cache flushed.\n".utf8))
    default: return nil
    }
  }

  @Test func `SGLang is loaded and asked in its own words`() async throws {
    let server = try ScriptedServer { call, number in Self.sglang(call, number) }
    let engine = try engine([server], kind: .sglang)
    try await withWeights { folder in
      try await engine.load(folder, version: "v1") { _ in }
      #expect(
        server.calls.map(\.path) == [
          "pause_generation", "update_weights_from_disk", "flush_cache", "flush_cache",
          "flush_cache", "continue_generation",
        ])
      #expect(server.calls[1].body["model_path"].text == folder.path)
      #expect(server.calls[1].body["weight_version"].text == "v1")
    }
    let found = try await complete(engine)
    #expect(found.count == 24)
    #expect(found.allSatisfy { $0.tokens == [3, 4, 5, 6, 7, 2] && $0.finish == .stop })
    #expect(found[0].logProbs == [3, 4, 5, 6, 7, 2].map { -Float($0) / 8 })
    let asked = try #require(server.calls.last { $0.path == "generate" })
    let parameters = asked.body["sampling_params"]
    #expect(asked.body["input_ids"]?.kind == "a list")
    #expect(asked.body["return_logprob"] == .boolean(true))
    #expect(parameters["ignore_eos"] == .boolean(false) && parameters["top_k"] == .integer(-1))
    #expect(parameters["stop_token_ids"] == .array([.integer(ScriptedServer.stop)]))
    #expect(parameters["temperature"] == .number("0.7"))
  }

  @Test func `a load that SGLang says has failed is told with its reason`() async throws {
    let server = try ScriptedServer { call, number in
      guard call.path == "update_weights_from_disk" else { return Self.sglang(call, number) }
      let words = JSONValue.object(["success": .boolean(false), "message": .string("no such file")])
      return ScriptedServer.json(words, status: 400)
    }
    let engine = try engine([server], kind: .sglang)
    let error = await #expect(throws: RolloutServerError.self) {
      try await withWeights { try await engine.load($0, version: "v1") { _ in } }
    }
    #expect(error?.description.contains("no such file") == true)
    #expect(server.calls.last?.path == "continue_generation")
  }

  @Test(arguments: ["", "127.0.0.1:80", "file:///etc/passwd", "http://", "http://a/?b"])
  func `what is no server's address is refused`(url: String) {
    #expect(RemoteSettings.problems(of: [url]).map(\.key) == ["servers"])
  }
}
