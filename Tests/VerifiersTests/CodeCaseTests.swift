// Whole responses against whole tests: the cases of Tools/goldens/code_cases.py, with the verdict that
// each must have, and what published graders say to them.

import Records
import TestSupport
import Testing
import Verifiers

@Suite("Responses with programs are graded as they must be")
struct CodeCaseTests {
  /// One response to one problem.
  private struct Case: Decodable {
    var name: String
    var truth: String
    var response: String
    /// What it must be: right, wrong or error.
    var expected: String
    /// Whether the setting `unfenced` is on.
    var unfenced: Bool?
  }

  @Test(
    "All verdicts are those of the list",
    .enabled("no sandbox can be made here") { await hasSandbox() })
  func cases() async throws {
    let cases = try Golden.decode([Case].self, from: "code-programs")
    #expect(cases.count >= 200)
    var settings = CodeSettings()
    settings.output = 2
    let fenced = try CodeVerifier(settings)
    settings.unfenced = true
    let unfenced = try CodeVerifier(settings)
    let differences = await withTaskGroup(of: String?.self) { group in
      for one in cases {
        let verifier = one.unfenced == true ? unfenced : fenced
        group.addTask {
          let (found, reason) = await Self.verdict(on: one, by: verifier)
          return found == one.expected ? nil : "\(one.name): \(found), \(reason)"
        }
      }
      return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
    }
    #expect(differences.isEmpty, "\(differences.sorted().joined(separator: "\n"))")
  }

  private static func verdict(
    on one: Case, by verifier: CodeVerifier
  ) async -> (status: String, reason: String) {
    do {
      let verdict = try await verifier.verify(completion(one.response, one.truth))
      switch verdict.status {
      case .correct: return ("right", "")
      case .wrong, .noAnswer: return ("wrong", verdict.reason)
      default: return ("error", verdict.reason)
      }
    } catch {
      return ("error", "\(error)")
    }
  }
}
