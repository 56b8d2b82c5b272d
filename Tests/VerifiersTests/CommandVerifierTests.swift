// Somebody's reward function, unchanged, as the verifier of a run.

import Foundation
import Records
import Testing
import Verifiers

@Suite struct CommandVerifierTests {
  private static let function = """
    import time

    def compute_score(data_source, solution_str, ground_truth, extra_info=None):
        print("noise on the way")
        if solution_str == "raise":
            raise ValueError("no such thing")
        if solution_str == "sleep":
            time.sleep(600)
        if solution_str == "plain":
            return 0.75
        found = solution_str.split()[-1]
        bonus = (extra_info or {}).get("bonus", 0)
        return {"score": (found == ground_truth) + bonus, "acc": found == ground_truth,
                "pred": found, "length": len(solution_str), "source": data_source}
    """

  private func completion(
    _ text: String, extra: String? = nil, row: PromptRow? = nil, tokens: [Int] = [2]
  ) -> Completion {
    let prompt = Prompt(
      id: "p", place: 0, source: "sums", text: "<user>2+2=", tokens: [1], truth: "4", extra: extra,
      row: row)
    return Completion(
      prompt: prompt, sample: 0, tokens: tokens, logProbs: tokens.map { _ in 0 }, text: text,
      finish: .stop)
  }

  private func settings(_ file: URL) -> RewardSettings {
    let adapter = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Adapters/reward_adapter.py")
    var settings = RewardSettings()
    settings.verifier.kind = .command
    settings.verifier.command.run = ["python3", adapter.path, file.path]
    settings.verifier.command.workers = 2
    settings.verifier.command.answerSeconds = 2
    // Shorter than the start of a program: the grader's clock must not run.
    settings.timeoutSeconds = 0.01
    return settings
  }

  private func withFunction(
    _ source: String = function, _ body: (URL) async throws -> Void
  ) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).py")
    try Data(source.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file)
  }

  @Test func `verl's function grades and says more`() async throws {
    try await withFunction { file in
      let grader = try Grader(settings: settings(file), maximumLength: 8)
      try await grader.check()
      let graded = await grader.grade([
        completion("so 4"), completion("so 5"), completion("so 4", extra: #"{"bonus": 0.5}"#),
        completion("plain"),
      ])
      #expect(graded.map(\.score) == [1, 0, 1.5, 0.75])
      #expect(graded.map(\.verdict.status) == [.correct, .wrong, .correct, .correct])
      #expect(graded[1].verdict.extracted == "5")
      #expect(graded[0].verdict.parts == ["length": 4, "acc": 1])
      #expect(graded[0].verdict.reason == "source: sums")
      #expect(graded[3].verdict.parts == nil)
    }
  }

  @Test func `a function gets the row, the tokens and where training stands`() async throws {
    let source = """
      def reward(prompts, completions, completion_ids, trainer_state, level, log_extra, log_metric,
                 **kwargs):
          log_extra("seen", [[prompts[0], completions[0], kwargs["ground_truth"][0]]])
          log_metric("level", level[0])
          log_metric("ids", sum(completion_ids[0]))
          log_metric("step", trainer_state.global_step)
          return [trainer_state.max_steps]
      """
    try await withFunction(source) { file in
      var settings = settings(file)
      settings.verifier.command.run += ["--function", "reward"]
      let grader = try Grader(settings: settings, maximumLength: 8)
      let row = PromptRow(
        prompt: #"[{"role": "user", "content": "2+2="}]"#,
        columns: #"{"level": 3, "twice": 1, "twice": 2}"#, label: #"{"target": [4]}"#)
      let completions = [
        completion("so 4", row: row, tokens: [5, 6]),
        completion("4", row: PromptRow(prompt: #""2+2=""#, columns: #"{"level": 1}"#)),
      ]
      let graded = await TrainingProgress.$current.withValue(TrainingProgress(step: 7, of: 20)) {
        await grader.grade(completions)
      }
      #expect(graded.map(\.score) == [20, 20])
      #expect(graded[0].verdict.parts == ["level": 3, "ids": 11, "step": 7])
      #expect(
        graded[0].verdict.reason == #"seen: [[{"role": "user", "content": "2+2="}], "#
          + #"[{"role": "assistant", "content": "so 4"}], {"target": [4]}]"#)
      #expect(graded[1].verdict.reason == #"seen: ["2+2=", "4", "4"]"#)
      // Outside of training there is no step, and without a row the prompt is what the model reads.
      let alone = await grader.grade([completion("4", extra: #"{"level": 2}"#)])[0]
      #expect(alone.score == 0)
      #expect(alone.verdict.reason == #"seen: ["<user>2+2=", "4", "4"]"#)
    }
  }

  @Test func `a function that fails or hangs costs its samples alone`() async throws {
    try await withFunction { file in
      let grader = try Grader(settings: settings(file), maximumLength: 8)
      let graded = await grader.grade(
        ["so 4", "raise", "sleep", "so 4", "so 5", "so 4"].map { completion($0) })
      #expect(
        graded.map(\.verdict.status) == [.correct, .error, .timeout, .correct, .wrong, .correct])
      #expect(graded[1].verdict.reason.contains("no such thing"))
      #expect(graded.map(\.score) == [1, 0, 0, 1, 0, 1])
    }
  }

  @Test func `a program that cannot run is told before training`() async throws {
    var settings = settings(URL(filePath: "/nowhere/reward.py"))
    let grader = try Grader(settings: settings, maximumLength: 8)
    let error = await #expect(throws: VerifierError.self) { try await grader.check() }
    #expect(error?.description.hasPrefix("reward.command.run: ") == true)
    #expect(error?.description.contains("reward.py") == true)

    settings.verifier.command.run = []
    #expect(throws: VerifierError.self) { try Grader(settings: settings, maximumLength: 8) }
  }
}
