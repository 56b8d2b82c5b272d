// The verifier that asks a server, against one that goes wrong in every way.

import Foundation
import Records
import Requests
import Testing
import Transport
import Verifiers

@Suite(.serialized) struct HTTPVerifierTests {
  private let server: ServerProgram

  init() throws {
    Transports.install(HTTPTransport())
    server = try ServerProgram("reward_server.py")
  }

  private func completion(_ text: String, _ truth: String = "4") -> Completion {
    Completion(
      prompt: Prompt(id: "p", place: 0, source: "s", text: "2+2=", tokens: [1], truth: truth),
      sample: 0, tokens: [2], logProbs: [0], text: text, finish: .stop)
  }

  /// What the grader makes of seven responses.
  private func grades(
    _ path: String, retries: Int = 2, limit: Double = 60
  ) async throws -> [GradedEpisode] {
    var settings = RewardSettings()
    settings.verifier.kind = .http
    settings.verifier.threshold = 0.75
    settings.verifier.http.url = "http://127.0.0.1:\(server.port)/\(path)"
    settings.verifier.http.batchSize = 3
    settings.verifier.http.retries = retries
    settings.verifier.http.delay = 0.01
    settings.verifier.http.requestSeconds = path == "slow" ? 1 : 20
    settings.timeoutSeconds = limit
    let grader = try Grader(settings: settings, maximumLength: 8)
    return await grader.grade((0..<7).map { completion($0 == 5 ? "so 4" : "so \($0 % 3)") })
  }

  @Test(arguments: ["get_reward", "scores"])
  func `the server's numbers are the scores, in order, over several requests`(
    path: String
  ) async throws {
    let grades = try await grades(path)
    #expect(grades.map(\.score) == [0.25, 0.25, 0.25, 0.25, 0.25, 1, 0.25])
    #expect(grades.map(\.verdict.status) == (0..<7).map { $0 == 5 ? .correct : .wrong })
  }

  @Test(arguments: ["down/2", "drop/2"])
  func `a server that comes back is asked again`(path: String) async throws {
    let grades = try await grades(path)
    #expect(grades[5].score == 1 && grades.allSatisfy(\.verdict.isGraded))
  }

  @Test(arguments: [
    ("down", "status 500"), ("redirect", "status 302"), ("huge", "longer than"),
    ("garbage", "without a list"), ("short", "rewards for"), ("words", "without a list"),
    ("nan", "without a list"), ("drop", ""), ("slow", ""),
  ])
  func `a server that stays broken costs samples, and none of them is wrong`(
    path: String, words: String
  ) async throws {
    for grade in try await grades(path) {
      #expect(grade.verdict.status == .error && grade.score == 0)
      #expect(
        words.isEmpty || grade.verdict.reason.contains(words),
        Comment(rawValue: grade.verdict.reason))
    }
  }

  @Test func `the grader's clock ends what retries would go on with`() async throws {
    let grades = try await grades("slow", retries: 20, limit: 0.3)
    #expect(grades.allSatisfy { $0.verdict.status == .timeout })
  }

  @Test func `a server that is not there is told before training`() async throws {
    var settings = VerifierSettings()
    settings.kind = .http
    settings.http.url = "http://127.0.0.1:\(server.port)/get_reward"
    try await settings.makeVerifier().check()
    settings.http.url = "http://127.0.0.1:1/get_reward"
    let verifier = try settings.makeVerifier()
    let error = await #expect(throws: VerifierError.self) { try await verifier.check() }
    #expect(error?.description.contains("cannot be reached") == true)
  }

  @Test(arguments: ["", "127.0.0.1:80", "file:///etc/passwd", "http://"])
  func `what is no server's address is refused`(url: String) {
    var settings = VerifierSettings()
    settings.kind = .http
    settings.http.url = url
    let error = #expect(throws: VerifierError.self) { try settings.makeVerifier() }
    #expect(error?.description.hasPrefix("reward.http.url: ") == true)
  }
}
