// The server under requests that are broken in every way that a draw finds.

import Foundation
import Testing
import TestSupport

extension ServingTests {
  @Suite struct BrokenRequestTests {
    private static let samples: [(path: String, body: String)] = [
      (
        "/v1/completions",
        #"{"prompt": "12:a=", "max_tokens": 4, "temperature": 0, "n": 2, "seed": 3}"#
      ),
      ("/v1/completions", #"{"prompt": ["a", "b"], "max_tokens": 3, "echo": true, "logprobs": 2}"#),
      (
        "/v1/completions",
        #"{"prompt": [[1, 2, 3]], "max_tokens": 2, "top_p": 0.9, "stop": ["x", "y"]}"#
      ),
      (
        "/v1/chat/completions",
        #"{"messages": [{"role": "user", "content": "a"}], "max_tokens": 4, "logprobs": true, "top_logprobs": 2}"#
      ),
      (
        "/v1/chat/completions",
        #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "b"}]}], "n": 2, "stream": false}"#
      ),
    ]

    @Test func `two thousand broken requests get an answer each, and the server stays`()
      async throws
    {
      let served = try await Served()
      _ = try await served.ask("POST", "/v1/completions", Self.samples[0].body)
      let before = served.residentBytes
      let mutator = Mutator(Self.samples.map { Array($0.body.utf8) }, seed: 15)
      var statuses: [Int: Int] = [:]
      for number in 0..<2000 {
        let body = String(decoding: mutator.input(number), as: UTF8.self)
        let path = Self.samples[number % Self.samples.count].path
        let start = served.processorTime
        let (status, answer) = try await served.ask(
          "POST", path, body, headers: ["Content-Type": "application/json"])
        statuses[status, default: 0] += 1
        #expect(
          [200, 400, 413, 422, 503].contains(status), "\(number): \(status) \(answer.prefix(200))")
        #expect(served.processorTime - start < .seconds(10), "\(number)")
        guard served.process.isRunning else {
          Issue.record("the server ended at input \(number): \(body.prefix(300))")
          return
        }
      }
      print("requests, 2000 broken ones: \(statuses.sorted { $0.key < $1.key })")
      #expect(served.residentBytes - before < 512 << 20)
      #expect((statuses[200] ?? 0) > 20 && (statuses[400] ?? 0) > 500)
    }
  }
}
