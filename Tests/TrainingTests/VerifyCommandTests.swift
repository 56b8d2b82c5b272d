// vapo verify, as its user meets it.

import Foundation
import Testing
import TestSupport

@Suite struct VerifyCommandTests {
  private func verify(_ arguments: String...) async throws -> Command {
    try await Command(["verify"] + arguments)
  }

  @Test func `the verdict is a word and an exit status`() async throws {
    let right = try await verify("--gold", "1/2", "--answer", "0.50")
    #expect(right.status == 0)
    for words in ["verdict    ok", "score      1.0", "extracted  0.50"] {
      #expect(right.output.contains(words), "\(right.output)")
    }
    let wrong = try await verify("--gold", "1/2", "--response", #"so \boxed{3} of 0.5"#)
    #expect(wrong.status == 1)
    for words in ["verdict    wrong", "score      -1.0", "extracted  3"] {
      #expect(wrong.output.contains(words), "\(wrong.output)")
    }
    let none = try await verify("--gold", "1/2", "--response", "I do not know")
    #expect(none.status == 1 && none.output.contains("reason     found no"), "\(none.output)")
  }

  @Test func `what cannot be graded is refused in words`() async throws {
    let gold = try await verify("--gold", #"\frac{1}{"#, "--answer", "42")
    #expect(gold.status != 0 && gold.output.contains("is not usable"))
    let both = try await verify("--gold", "1", "--answer", "1", "--response", "1")
    #expect(both.status != 0 && both.output.contains("give one of --answer and --response"))
    let setting = try await verify("--gold", "1", "--answer", "1", "reward.verifier=nummeric")
    #expect(setting.status != 0 && setting.output.contains("did you mean numeric"))
  }
}
