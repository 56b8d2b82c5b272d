// A server that draws responses, over real HTTP: what vLLM was recorded to answer, read as it must be.

import Foundation
import Generation
import Records
import Requests
import RolloutServers
import Testing
import Transport

@Suite(.serialized) struct RolloutServerTests {
  /// Seconds for an answer that is sure to come: other tests have the machine's cores too.
  private static let patience = 120.0

  @Test func `a load and a rollout over HTTP`() async throws {
    Transports.install(HTTPTransport())
    let server = try ServerProgram("rollout_server.py")
    let url = try #require(URL(string: "http://127.0.0.1:\(server.port)"))
    let engine = try RemoteEngine(
      .vllm, at: [url], RemoteSettings(),
      RemoteEngine.Facts(
        maximumLength: 5, stopTokens: [2], vocabularySize: 49152,
        decode: { $0.map(String.init).joined(separator: " ") }))
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["config.json", "model.safetensors"] {
      try Data("{}".utf8).write(to: folder.appending(path: name))
    }
    try await engine.load(folder, version: "step-3") { _ in }
    #expect(engine.ready == [0])
    let prompt = Prompt(
      id: "p", place: 0, source: "s", text: "", tokens: [1, 100, 200, 300, 400, 500], truth: "")
    let found = try await engine.complete(
      [prompt], samples: 40, sampling: SamplingSettings(temperature: 0.6),
      random: RandomSource(seed: 1), say: { _ in }, watch: { _ in })
    #expect(found.count == 40)
    for completion in found {
      #expect(completion.tokens == [216, 35, 34, 28, 32] && completion.finish == .length)
      #expect(
        completion.logProbs
          == [
            -4.370624542236328, -3.0427613258361816, -1.8034831285476685, -1.7750740051269531,
            -1.945000410079956,
          ])
      #expect(completion.text == "216 35 34 28 32")
    }
    let seen = try await HTTPTransport().get(
      url.appending(path: "seen"), within: Self.patience, upTo: 1 << 16)
    let paths = try JSONDecoder().decode([String].self, from: seen.body)
    #expect(
      paths.prefix(5) == [
        "/pause?mode=wait", "/collective_rpc", "/update_weight_version", "/reset_prefix_cache",
        "/resume",
      ])
    #expect(paths.dropFirst(5) == Array(repeating: "/inference/v1/generate", count: 40)[...])
  }

  @Test func `an answer that stops in its middle ends with the time it was given`() async throws {
    let server = try ServerProgram("rollout_server.py")
    let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/stall"))
    let clock = ContinuousClock()
    let start = clock.now
    let error = await #expect(throws: TransportFailure.self) {
      try await HTTPTransport().get(url, within: 0.5, upTo: 1 << 16)
    }
    #expect(error?.description.contains("no answer within") == true)
    // Long before the server goes on, however busy the machine.
    #expect(clock.now - start < .seconds(300))
  }

  /// A port that was free a moment ago.
  private func freePort() throws -> Int { try ServerProgram("rollout_server.py").port }

  @Test func `servers of a run's own are started, started again when one has ended, and ended`()
    async throws
  {
    Transports.install(HTTPTransport())
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    var settings = LaunchSettings()
    settings.number = 1
    settings.port = try freePort()
    settings.startSeconds = 30
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Programs/rollout_server.py")
    settings.run = ["python3", script.path]
    let url = try #require(URL(string: settings.addresses[0]))
    func servers(_ change: (inout LaunchSettings) -> Void = { _ in }) -> LaunchedServers {
      var own = settings
      change(&own)
      return LaunchedServers(
        .vllm, own, RemoteSettings(), in: folder, type: "float32", length: 99)
    }
    func isAlive() async -> Bool {
      (try? await HTTPTransport().get(
        url.appending(path: "health"), within: Self.patience, upTo: 99)) != nil
    }

    let running = servers()
    #expect(running.anyIsGone)
    var said: [String] = []
    try await running.start(with: folder, say: { said.append($0) }, watch: { _ in })
    #expect(await isAlive() && !running.anyIsGone && said.isEmpty)
    // One that is there already is left as it is.
    try await running.start(with: folder, say: { said.append($0) }, watch: { _ in })
    let seen = try await HTTPTransport().get(
      url.appending(path: "seen"), within: Self.patience, upTo: 999)
    #expect(String(decoding: seen.body, as: UTF8.self) == "[]")

    func pid() async throws -> Int32 {
      let reply = try await HTTPTransport().get(
        url.appending(path: "pid"), within: Self.patience, upTo: 99)
      return try #require(Int32(String(decoding: reply.body, as: UTF8.self)))
    }
    // One that says it is alive and takes no weights.
    let former = try await pid()
    try await running.start(
      with: folder, stuck: [0], say: { said.append($0) }, watch: { _ in })
    #expect(try await pid() != former)
    #expect(said.count == 1 && said[0].contains("was silent when weights came"))
    said = []
    kill(try await pid(), SIGKILL)
    while !running.anyIsGone { try await Task.sleep(for: .milliseconds(20)) }
    try await running.start(with: folder, say: { said.append($0) }, watch: { _ in })
    #expect(said.count == 1 && said[0].contains("has ended"), "\(said)")
    #expect(await isAlive())
    running.stop()
    #expect(await !isAlive())

    // One that stands still though it runs: stopped by a signal, as one that hangs.
    var impatient = RemoteSettings()
    impatient.heartbeatSeconds = 1
    let hanging = LaunchedServers(
      .vllm, settings, impatient, in: folder, type: "float32", length: 99)
    try await hanging.start(with: folder, say: { _ in }, watch: { _ in })
    kill(try await pid(), SIGSTOP)
    said = []
    try await hanging.start(with: folder, say: { said.append($0) }, watch: { _ in })
    #expect(said.count == 1 && said[0].contains("does not say that it is alive"), "\(said)")
    #expect(await isAlive())
    hanging.stop()

    // Of two, one that does not come up again: the other goes on alone, and is needed then.
    let ports = [settings.port, settings.port + 1]
    let pair = servers { $0.number = 2 }
    let urls = try ports.map { try #require(URL(string: "http://127.0.0.1:\($0)/pid")) }
    func end(_ place: Int) async throws {
      let reply = try await HTTPTransport().get(urls[place], within: Self.patience, upTo: 99)
      kill(try #require(Int32(String(decoding: reply.body, as: UTF8.self))), SIGKILL)
      while !pair.anyIsGone { try await Task.sleep(for: .milliseconds(20)) }
    }
    #expect(try await pair.start(with: folder, say: { _ in }, watch: { _ in }) == [0, 1])
    try await end(1)
    said = []
    let bad = folder.appending(path: "bad")
    #expect(try await pair.start(with: bad, say: { said.append($0) }, watch: { _ in }) == [])
    #expect(said.count == 2 && said[1].contains("the run goes on without it"), "\(said)")
    #expect(!pair.anyIsGone && said[1].contains("no model in that folder"))
    try await end(0)
    await #expect(throws: RolloutServerError.self) {
      try await pair.start(with: bad, say: { _ in }, watch: { _ in })
    }
    pair.stop()

    let other = try ServerProgram("rollout_server.py")
    let late = servers {
      $0.port = other.port
      $0.startSeconds = 1
    }
    let taken = await #expect(throws: RolloutServerError.self) {
      try await late.start(with: folder, say: { _ in }, watch: { _ in })
    }
    #expect(taken?.description.contains("somebody listens on port \(other.port)") == true)

    let wrong = servers { $0.arguments = ["bad"] }
    let error = await #expect(throws: RolloutServerError.self) {
      try await wrong.start(with: folder, say: { _ in }, watch: { _ in })
    }
    #expect(error?.description.contains("no model in that folder") == true)
    let absent = servers { $0.run = ["no-such-program"] }
    await #expect(throws: RolloutServerError.self) {
      try await absent.start(with: folder, say: { _ in }, watch: { _ in })
    }
  }
}
