// A reward file as somebody writes one, and what it says of requests through the adapter.

import Children
import Foundation
import JSON

enum RewardFile {
  private static let adapter = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Adapters/reward_adapter.py").path

  /// Runs requests through a reward file.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - arguments: What the adapter is told beside it.
  ///   - name: What the adapter is told the file is; it runs in the file's folder.
  ///   - requests: What is asked, one after the other.
  /// - Returns: An answer a request, or why there is none.
  /// - Throws: What files and the start have wrong with them.
  static func answers(
    _ source: String, _ arguments: [String] = [], as name: String = "reward.py",
    to requests: [RewardRequest]
  ) async throws -> [Result<RewardAnswer, ChildError>] {
    try await withFolder { folder in
      try source.write(
        to: folder.appending(path: "reward.py"), atomically: true, encoding: .utf8)
      try "def same(a, b): return a.strip() == b.strip()".write(
        to: folder.appending(path: "neighbor.py"), atomically: true, encoding: .utf8)
      var settings = CommandSettings([RogueChild.python, adapter, name] + arguments)
      settings.folder = folder.path
      let command = try RewardCommand(settings)
      var results: [Result<RewardAnswer, ChildError>] = []
      for request in requests {
        do throws(ChildError) {
          results.append(.success(try await command.score(request)))
        } catch {
          results.append(.failure(error))
        }
      }
      await command.stop()
      return results
    }
  }

  /// A response to a problem of GSM8K.
  static func request(
    _ solution: String, truth: JSONValue = "72", extra: JSONValue = .null,
    prompt: JSONValue = "What is 8 * 9?"
  ) -> RewardRequest {
    RewardRequest(
      dataSource: "openai/gsm8k", solution: solution, groundTruth: truth, extraInfo: extra,
      prompt: prompt)
  }
}

extension Result where Failure == ChildError {
  /// Why there is no answer, where the child said so itself.
  var refusal: String? {
    switch self {
    case .failure(.refused(let reason)), .failure(.start(let reason)): reason
    default: nil
    }
  }
}
