// The settings and the penalty they set.

import Foundation
import Records
import Testing
import Verifiers

@Suite("Rewards are what the settings say")
struct RewardSettingsTests {
  @Test("The penalty is DAPO's, at the paper's numbers")
  func paper() {
    func penalty(_ length: Int) -> Double {
      overlongPenalty(length: length, maximum: 20_480, buffer: 4096, factor: 1)
    }
    #expect(penalty(0) == 0)
    #expect(penalty(16_384) == 0)
    #expect(penalty(16_385) == -1.0 / 4096)
    #expect(penalty(17_408) == -0.25)
    #expect(penalty(18_432) == -0.5)
    #expect(penalty(20_480) == -1)
    #expect(penalty(30_000) == -1)
  }

  @Test("The penalty falls evenly by factor / buffer, for every buffer")
  func slope() {
    for buffer in 1...20 {
      let penalties = (0...25).map {
        overlongPenalty(length: $0, maximum: 20, buffer: buffer, factor: 3)
      }
      for length in 1...25 {
        let fall = penalties[length - 1] - penalties[length]
        let isWithin = length > 20 - buffer && length <= 20
        #expect(abs(fall - (isWithin ? 3 / Double(buffer) : 0)) < 1e-12)
      }
      #expect(penalties[0] == 0)
    }
  }

  @Test("Settings are written under the names of the recipes, and all of them are wanted")
  func names() throws {
    let data = try JSONEncoder().encode(RewardSettings())
    let keys = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(keys.keys) == [
        "verifier", "extraction", "correct", "incorrect", "fold_case", "fold_whitespace",
        "timeout_seconds", "overlong_buffer", "by_source", "parts", "code", "command",
        "threshold", "http", "model", "instructions", "weight", "normalize", "clip_range",
        "missing_eos_penalty",
      ])
    let buffer = try #require(keys["overlong_buffer"] as? [String: Any])
    #expect(Set(buffer.keys) == ["enable", "len", "penalty_factor"])
    #expect(try JSONDecoder().decode(RewardSettings.self, from: data) == RewardSettings())
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RewardSettings.self, from: Data(#"{"verifier": "task"}"#.utf8))
    }
  }

  @Test("Every kind of verifier can be made")
  func kinds() throws {
    for kind in VerifierKind.allCases where kind != .rewardModel {
      var settings = VerifierSettings()
      settings.kind = kind
      settings.command.run = ["true"]
      settings.http.url = "http://127.0.0.1:5000/get_reward"
      let verifier = try settings.makeVerifier()
      switch kind {
      case .task: #expect(verifier is TaskVerifier)
      case .exact: #expect(verifier is ExactVerifier)
      case .numeric: #expect(verifier is NumericVerifier)
      case .math, .auto: #expect(verifier is MathVerifier)
      case .format: #expect(verifier is FormatVerifier)
      case .instructions: #expect(verifier is InstructionVerifier)
      case .code: #expect(verifier is CodeVerifier)
      case .command: #expect(verifier is CommandVerifier)
      case .http: #expect(verifier is HTTPVerifier)
      case .rewardModel: break  // It computes, and is made by a run.
      }
    }
  }

  @Test("'auto' becomes what the problems are made for, everywhere it stands")
  func decided() {
    var settings = RewardSettings()
    settings.bySource["code"] = VerifierSettings()
    settings.bySource["code"]?.kind = .code
    settings.bySource["other"] = VerifierSettings()
    settings.parts["form"] = RewardPart()
    let generated = settings.decided(files: nil, task: "walk")
    #expect(generated.verifier.kind == .task && generated.bySource["walk"] == nil)
    #expect(generated.parts["form"]?.verifier.kind == .task)
    let files = settings.decided(files: .instructions, task: "walk")
    #expect(files.verifier.kind == .instructions)
    #expect(
      files.bySource.mapValues(\.kind) == [
        "code": .code, "other": .instructions, "walk": .task,
      ])
    #expect(files.parts["form"]?.verifier.kind == .instructions)
    settings.verifier.kind = .exact
    #expect(settings.decided(files: .math, task: "walk").verifier.kind == .exact)
    #expect(settings.decided(files: .math, task: "walk").bySource["walk"] == nil)
  }

  @Test("Values that make no sense are refused under their keys")
  func refused() {
    let changes: [(String, (inout RewardSettings) -> Void)] = [
      ("reward.correct", { $0.correct = -1 }),
      ("reward.correct", { $0.incorrect = .nan }),
      ("reward.timeout_seconds", { $0.timeoutSeconds = 0 }),
      ("reward.timeout_seconds", { $0.timeoutSeconds = .infinity }),
      ("reward.parts.form.weight", { $0.parts["form", default: RewardPart()].weight = .nan }),
      ("reward.overlong_buffer.len", { $0.overlongBuffer.len = 0 }),
      ("reward.overlong_buffer.len", { $0.overlongBuffer.len = 65 }),
      ("reward.overlong_buffer.penalty_factor", { $0.overlongBuffer.penaltyFactor = -1 }),
    ]
    for (key, change) in changes {
      var settings = RewardSettings()
      settings.overlongBuffer.enable = true
      change(&settings)
      #expect(settings.problems(maximumLength: 64).map { "reward.\($0.key)" } == [key])
    }
    #expect(RewardSettings().problems(maximumLength: 8).isEmpty)
  }
}
