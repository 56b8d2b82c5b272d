// Weights that servers get over NCCL's double: what they are told, what they have then, and what becomes of the others
// when one fails.

import Doubles
import Foundation
import Generation
import JSON
import Records
import RolloutServers
import Synchronization
import Testing
import Torch
import Transport

@Suite(OverScripts())
@MainActor
struct WeightTransferTests {
  private func engine(
    _ servers: [TransferServer], seconds: Double = 2400, heartbeat: Double = 300
  ) throws -> RemoteEngine {
    var settings = RemoteSettings()
    settings.retries = 1
    settings.transfer = .nccl
    settings.loadSeconds = seconds
    settings.heartbeatSeconds = heartbeat
    return try RemoteEngine(
      .vllm, at: servers.map(\.scripted.url), settings,
      RemoteEngine.Facts(
        maximumLength: 6, stopTokens: [ScriptedServer.stop], vocabularySize: 20,
        decode: { _ in "" }))
  }

  /// Three tensors of two types, and how often each was made.
  private final class Weights {
    var made: [String: Int] = [:]
    let tensors: [(name: String, tensor: Tensor)]

    init(_ number: Float, count: Int = 300_000) {
      tensors = [
        ("a", Tensor((0..<24).map { Float($0) * number }).reshaped([4, 6])),
        ("b", Tensor([number, 2, 3]).to(.bfloat16)),
        ("c", Tensor((0..<count).map { Float($0) + number }).reshaped([count / 1000, 1000])),
      ]
    }

    var pending: [PendingTensor] {
      tensors.map { name, tensor in
        PendingTensor(name: name, shape: tensor.shape, type: tensor.type) {
          self.made[name, default: 0] += 1
          return tensor
        }
      }
    }

    var bytes: [String: [UInt8]] {
      Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor.bytes) })
    }
  }

  private static let joining = [
    "shutdown_weight_transfer_engine", "get_world_size", "init_weight_transfer_engine",
  ]
  private static let once = [
    "pause?mode=wait", "start_weight_update", "update_weights", "finish_weight_update",
    "reset_prefix_cache", "resume",
  ]

  @Test func `all workers of all servers have every version's tensors, and join once`()
    async throws
  {
    let servers = [try TransferServer(), try TransferServer(workers: 2)]
    let engine = try engine(servers)
    let transfer = WeightTransfer(engine, from: .cpu)
    for number in 1...3 {
      let weights = Weights(Float(number))
      try await transfer.load(weights.pending, version: "v\(number)") { _ in }
      #expect(servers.allSatisfy { $0.has == weights.bytes })
      #expect(weights.made == ["a": 1, "b": 1, "c": 1])
      #expect(engine.ready == [0, 1])
    }
    for server in servers {
      let again = ["weight_info"] + Self.once
      #expect(server.orders == Self.joining + Self.once + again + again)
      #expect(server.workers.allSatisfy { $0.joinCount == 1 })
      let versions = server.scripted.calls.filter { $0.path == "finish_weight_update" }
      #expect(versions.map { $0.body["weight_version"].text } == ["v1", "v2", "v3"])
    }
    // What is said of tensors, by hand.
    let said = servers[0].scripted.calls.first { $0.path == "update_weights" }?.body.text
    #expect(
      said
        == #"{"update_info": {"names": ["a", "b", "c"], "dtype_names": ["float32", "bfloat16", "#
        + #""float32"], "shapes": [[4, 6], [3], [300, 1000]]}}"#)
  }

  @Test(arguments: [
    "get_world_size", "init_weight_transfer_engine", "pause?mode=wait", "start_weight_update",
    "update_weights", "finish_weight_update", "reset_prefix_cache", "resume",
  ])
  func `a server that fails at a call is left out, and the next time is in again`(_ path: String)
    async throws
  {
    let isBad = Mutex(true)
    let bad = try TransferServer { call, _ in
      call.path == path && isBad.withLock { $0 }
        ? ScriptedServer.json(.string("its own words"), status: 500) : nil
    }
    let servers = [bad, try TransferServer()]
    let engine = try engine(servers)
    let transfer = WeightTransfer(engine, from: .cpu)
    var said: [String] = []
    let weights = Weights(1)
    try await transfer.load(weights.pending, version: "v1") { said.append($0) }
    #expect(engine.ready == [1] && servers[1].has == weights.bytes)
    #expect(weights.made == ["a": 1, "b": 1, "c": 1])
    #expect(said.count == 1 && said.first?.contains("\(bad.scripted.url): /") == true, "\(said)")
    #expect(said.first?.contains("--weight-transfer-config") == (path.hasPrefix("init")), "\(said)")
    // It goes on drawing, if it was told to pause.
    let isPaused = bad.orders.contains("pause?mode=wait")
    #expect((bad.orders.last == "resume") == isPaused, "\(bad.orders)")
    isBad.withLock { $0 = false }
    let next = Weights(2)
    try await transfer.load(next.pending, version: "v2") { said.append($0) }
    #expect(engine.ready == [0, 1] && servers.allSatisfy { $0.has == next.bytes }, "\(said)")
    #expect(said.count == 1 && servers[1].workers[0].joinCount == 1)
  }

  @Test func `one that goes away in the middle costs the others nothing`() async throws {
    let servers = [try TransferServer(takesAtMost: 2), try TransferServer()]
    let engine = try engine(servers)
    let weights = Weights(1)
    var said: [String] = []
    try await WeightTransfer(engine, from: .cpu).load(weights.pending, version: "v1") {
      said.append($0)
    }
    #expect(engine.ready == [1] && servers[1].has == weights.bytes)
    #expect(said.count == 1 && said.first?.contains("it went away") == true, "\(said)")
    // Nothing is left begun, and half of a layer is not kept.
    let failed = afterUpdate(servers[0].orders)
    #expect(
      failed == [
        "update_weights", "finish_weight_update", "start_weight_update", "finish_weight_update",
        "resume",
      ])
  }

  /// The calls from the first that brings weights on.
  private func afterUpdate(_ orders: [String]) -> [String] {
    Array(orders.drop { $0 != "update_weights" })
  }

  // What is about time has a process of its own: in this one other tests keep the main actor for minutes.

  @Test(arguments: ["init_weight_transfer_engine", "update_weights"], [false, true])
  func `one that hangs is left out, and the other has more than any socket holds`(
    _ path: String, answers: Bool
  ) async {
    await #expect(processExitsWith: .success) { [path, answers] in
      try await Transports.$own.withValue(ScriptedTransport()) {
        try await WeightTransferTests().hang(path, answers: answers)
      }
    }
  }

  private func hang(_ path: String, answers: Bool) async throws {
    // It takes nothing, and says nothing, or at once that all is well.
    let hangs = Atomic(true)
    let bad = try TransferServer { call, _ in
      guard call.path == path, hangs.load(ordering: .relaxed) else { return nil }
      if answers { return ScriptedServer.json(.object([:])) }
      try await Task.sleep(for: .seconds(3600))
      return nil
    }
    let servers = [bad, try TransferServer()]
    let engine = try engine(servers, seconds: 80, heartbeat: 4)
    let weights = Weights(1, count: 8_000_000)
    var said: [String] = []
    let transfer = WeightTransfer(engine, from: .cpu)
    let time = try await ContinuousClock().measure {
      try await transfer.load(weights.pending, version: "v1") { said.append($0) }
    }
    // A quarter of what a load may take, and not all of it.
    #expect(time < .seconds(60))
    #expect(engine.ready == [1] && servers[1].has == weights.bytes, "\(path)")
    #expect(
      said.count == 1 && said.first?.contains("\(bad.scripted.url): ") == true, "\(said)")
    hangs.store(false, ordering: .relaxed)
    try await transfer.load(weights.pending, version: "v2") { said.append($0) }
    #expect(engine.ready == [0, 1] && bad.has == weights.bytes, "\(said)")
  }

  @Test(arguments: [
    ("init_weight_transfer_engine", true), ("pause", true), ("update_weights", true),
    ("update_weights", false), ("finish_weight_update", true), ("resume", true),
  ])
  func `a stop is heard wherever it waits, and servers go on`(_ path: String, atOnce: Bool) async {
    await #expect(processExitsWith: .success) { [path, atOnce] in
      try await Transports.$own.withValue(ScriptedTransport()) {
        try await WeightTransferTests().stop(path, atOnce: atOnce)
      }
    }
  }

  /// A server that says nothing when it is called so, at once or after it has done what it was told.
  private func stop(_ path: String, atOnce: Bool) async throws {
    let isCalled = Atomic(false)
    let bad = try TransferServer(answers: atOnce) { call, _ in
      guard call.path.hasPrefix(path) else { return nil }
      isCalled.store(true, ordering: .relaxed)
      if atOnce { try await Task.sleep(for: .seconds(3600)) }
      return nil
    }
    // What waits for a server to take the rest of a tensor waits as long as for any, and nothing else does.
    let takesNone = path == "update_weights" && atOnce
    let engine = try engine([bad], seconds: takesNone ? 32 : 400, heartbeat: 4)
    let weights = Weights(1, count: 8_000_000)
    let clock = ContinuousClock()
    let begun = clock.now
    await #expect(throws: CancellationError.self) {
      try await WeightTransfer(engine, from: .cpu).load(weights.pending, version: "v1") { _ in
      } watch: {
        if isCalled.load(ordering: .relaxed) { throw CancellationError() }
      }
    }
    #expect(weights.made == ["a": 1, "b": 1, "c": 1])
    #expect(clock.now - begun < .seconds(60))
    let orders = bad.orders
    #expect((orders.last == "resume") == (path != "init_weight_transfer_engine"), "\(orders)")
    // It may draw as long as it has not said that it does not.
    if path == "pause" { #expect(!orders.contains("start_weight_update"), "\(orders)") }
  }

  @Test func `one that is silent twice in a row is said to be stuck, until it is started again`()
    async throws
  {
    let ill = Mutex<[TransferServer.Illness?]>([nil, nil])
    let servers = try (0..<2).map { place in
      try TransferServer { call, _ in
        guard call.path == "update_weights" else { return nil }
        switch ill.withLock({ $0[place] }) {
        case nil: return nil
        case .fails: return ScriptedServer.json(.string("no"), status: 500)
        case .silent: throw TransportFailure.connection("no answer")
        }
      }
    }
    let engine = try engine(servers)
    let transfer = WeightTransfer(engine, from: .cpu)
    func load(_ version: String, _ now: [TransferServer.Illness?]) async {
      ill.withLock { $0 = now }
      try? await transfer.load(Weights(1).pending, version: version) { _ in }
    }
    await load("v1", [nil, .silent])
    #expect(engine.stuck == [])
    await load("v2", [nil, .silent])
    #expect(engine.stuck == [1])
    // It is started again once, until it has taken weights.
    engine.restarted([1])
    for version in ["v3", "v4", "v5"] { await load(version, [nil, .silent]) }
    #expect(engine.stuck == [])
    await load("v6", [nil, nil])
    // What fails and says so would fail again.
    for version in ["v7", "v8", "v9"] { await load(version, [nil, .fails]) }
    #expect(engine.stuck == [] && engine.ready == [0])
    // Where nobody is left, once is enough.
    await load("v10", [.fails, .silent])
    #expect(engine.stuck == [1] && engine.ready == [])
    await load("v11", [nil, nil])
    #expect(engine.stuck == [] && engine.ready == [0, 1])
  }

  @Test func `a stop while tensors are sent leaves every server whole`() async throws {
    let server = try TransferServer()
    let engine = try engine([server])
    let weights = Weights(1, count: 8_000_000)
    let transfer = WeightTransfer(engine, from: .cpu)
    await #expect(throws: CancellationError.self) {
      try await transfer.load(weights.pending, version: "v1") { _ in
      } watch: {
        if server.orders.contains("update_weights") { throw CancellationError() }
      }
    }
    #expect(server.has == weights.bytes && server.orders.suffix(6) == Self.once)
  }

  @Test func `what a run before has begun and not ended is ended`() async throws {
    let server = try TransferServer()
    let engine = try engine([server])
    server.beginUpdate()
    let weights = Weights(1)
    try await WeightTransfer(engine, from: .cpu).load(weights.pending, version: "v1") { _ in }
    #expect(server.has == weights.bytes && engine.ready == [0])
  }

  @Test func `a tensor that is another than was said goes to nobody`() async throws {
    let server = try TransferServer()
    let wrong = PendingTensor(name: "a", shape: [4], type: .float32) {
      .zeros([5], type: .float32)
    }
    let engine = try engine([server])
    let error = await #expect(throws: RolloutServerError.self) {
      try await WeightTransfer(engine, from: .cpu).load([wrong], version: "v1") { _ in }
    }
    #expect(error != nil && server.has.isEmpty && engine.ready.isEmpty)
  }

  @Test(arguments: [
    JSONValue.integer(0), .integer(-1), .integer(1 << 40), .string("2"), .null,
  ])
  func `a number of workers that cannot be is not believed`(_ size: JSONValue) async throws {
    let engine = try engine([try TransferServer(size: size)])
    let weights = Weights(1)
    let error = await #expect(throws: RolloutServerError.self) {
      try await WeightTransfer(engine, from: .cpu).load(weights.pending, version: "v1") { _ in }
    }
    #expect(error?.description.contains("how many workers") == true)
    // Other processes may have waited to make them.
    #expect(weights.made == ["a": 1, "b": 1, "c": 1])
  }

  @Test func `one that was started again joins again at the next load`() async throws {
    let servers = [try TransferServer(), try TransferServer()]
    let engine = try engine(servers)
    let transfer = WeightTransfer(engine, from: .cpu)
    try await transfer.load(Weights(1).pending, version: "v1") { _ in }
    servers[0].restart()
    let weights = Weights(2)
    var said: [String] = []
    try await transfer.load(weights.pending, version: "v2") { said.append($0) }
    #expect(servers.allSatisfy { $0.has == weights.bytes } && said.isEmpty)
    #expect(servers.map { $0.workers[0].joinCount } == [2, 1])
  }
}
