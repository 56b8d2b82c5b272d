// The journal: lines and dumps as other tools read them, and no step twice after a resume.

import Foundation
import Records
import Testing
import TestSupport
import Training

@Suite("The journal")
struct JournalTests {
  private func lines(_ folder: URL, _ file: String = "metrics.jsonl") throws -> [String] {
    let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }

  /// A journal that may be written to.
  private func begun(_ folder: URL, after step: Int?) throws -> Journal {
    let journal = Journal(runFolder: folder, resumingAfter: step)
    try journal.begin()
    return journal
  }

  @Test("a journal that is not begun touches nothing")
  func untouched() throws {
    try withTemporaryFolder { folder in
      let line = #"{"step": 4, "data": {"x": 0.4}}"#
      let file = folder.appending(path: "metrics.jsonl")
      try Data("\(line)\n".utf8).write(to: file)
      _ = Journal(runFolder: folder, resumingAfter: 3)
      #expect(try lines(folder) == [line])
      _ = Journal(runFolder: folder.appending(path: "other"), resumingAfter: nil)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "other").path))
    }
  }

  @Test("a line keeps names in order and numbers bit for bit, and says null where there is none")
  func metrics() throws {
    try withTemporaryFolder { folder in
      let journal = try begun(folder.appending(path: "run"), after: nil)
      var report = StepReport(step: 1, ["z/first": 1e-6, "a/second": 0.1])
      report["bad/nan"] = .nan
      report["bad/inf"] = .infinity
      report["gone"] = 3
      report["gone"] = nil
      report["z/first"] = 2
      try journal.record(report)
      try journal.record(StepReport(step: 5, ["quote\"d\n": -0.0]))
      try journal.synchronize()
      #expect(
        try lines(folder, "run/metrics.jsonl") == [
          #"{"step": 1, "data": {"z/first": 2.0, "a/second": 0.1, "bad/nan": null, "bad/inf": null}}"#,
          #"{"step": 5, "data": {"quote\"d\n": -0.0}}"#,
        ])
      #expect(report["a/second"] == 0.1)
      #expect(report["none"] == nil)
      #expect(journal.lastStep == 5)
    }
  }

  @Test("a step that was reported is not reported again")
  func repeated() throws {
    try withTemporaryFolder { folder in
      let journal = try begun(folder, after: nil)
      try journal.record(StepReport(step: 2))
      #expect(throws: JournalError.repeatedStep(2, last: 2)) {
        try journal.record(StepReport(step: 2))
      }
      #expect(throws: JournalError.repeatedStep(1, last: 2)) {
        try journal.record(StepReport(step: 1))
      }
    }
  }

  @Test("resuming cuts later steps, and wherever a crash tore the file, no step is there twice")
  func resuming() throws {
    try withTemporaryFolder { folder in
      let whole = (1...4).map { #"{"step": \#($0), "data": {"x": 0.\#($0)}}"# }
      let bytes = Array(whole.map { $0 + "\n" }.joined().utf8)
      #expect(bytes.count % 4 == 0, "the whole file is among the cuts")
      let file = folder.appending(path: "metrics.jsonl")
      for cut in stride(from: 0, through: bytes.count, by: 4) {
        try Data(bytes[..<cut]).write(to: file)
        let complete = bytes[..<cut].count { $0 == UInt8(ascii: "\n") }
        do {
          let journal = try begun(folder, after: 3)
          #expect(journal.lastStep == (complete == 0 ? .min : min(3, complete)))
          try journal.record(StepReport(step: 4, ["x": 0.4]))
        }
        #expect(try lines(folder) == Array(whole[..<min(3, complete)]) + [whole[3]])
      }
    }
  }

  @Test("lines that are not ours, and steps that are there twice, are dropped")
  func damagedLines() throws {
    try withTemporaryFolder { folder in
      let text = """
        {"step": 1, "data": {"x": 1.0}}
        {"step": 1, "data": {"x": 2.0}}
        \u{0}\u{0}\u{0}
        {"step": 2, "da
        {"step": 3, "data": {}}
        {"step": 2, "data": {}}

        """
      try Data(text.utf8).write(to: folder.appending(path: "metrics.jsonl"))
      _ = try begun(folder, after: 9)
      #expect(
        try lines(folder) == [#"{"step": 1, "data": {"x": 1.0}}"#, #"{"step": 3, "data": {}}"#])
    }
  }

  @Test("starting over cuts everything, resuming cuts later dumps only")
  func dumpsAreCut() throws {
    try withTemporaryFolder { folder in
      func files(_ kind: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
          atPath: folder.appending(path: kind).path(percentEncoded: false)
        ).sorted()
      }
      let journal = try begun(folder, after: nil)
      for step in [3, 9, 10] {
        try journal.dump([RolloutRecord(Self.episode)], step: step)
        try journal.dump([RolloutRecord(Self.episode.episode)], step: step, to: .validation)
        try journal.record(StepReport(step: step))
      }
      try Data().write(to: folder.appending(path: "rollouts/.9.jsonl.tmp"))
      try Data().write(to: folder.appending(path: "rollouts/notes.txt"))
      _ = try begun(folder, after: 9)
      #expect(try files("rollouts") == ["3.jsonl", "9.jsonl", "notes.txt"])
      #expect(try files("validation") == ["3.jsonl", "9.jsonl"])
      let fresh = try begun(folder, after: nil)
      #expect(try files("rollouts") == ["notes.txt"])
      #expect(try lines(folder) == [])
      try fresh.record(StepReport(step: 1))
    }
  }

  @Test(
    "a dump says what advantages were made of: one reward at the end, or one a token, and what follows"
  )
  func credit() throws {
    var episode = Self.episode
    #expect(!RolloutRecord(episode).line(step: 7).contains("_reward\":"))
    episode.rewards = [0, 0, 0.9]
    episode.bootstrap = 0.25
    episode.scored.oldLogProbs = [-0.2, -0.3, -0.4]
    let end = RolloutRecord(episode).line(step: 7)
    #expect(
      end.contains(#""lambda_policy": 0.5, "end_reward": 0.9, "bootstrap": 0.25, "values_at": ["#))
    // What the trainer says of a token is there where it was asked.
    #expect(
      !end.contains("token_rewards") && !end.contains("entropies") && !end.contains("old_log"))
    episode.scored.entropies = [0.5, 0.25, 0]
    episode.rewards = [-0.5, 0, 0.75]
    let tokens = RolloutRecord(episode).line(step: 7)
    #expect(tokens.contains(#""token_rewards": [-0.5, 0.0, 0.75], "bootstrap""#))
    #expect(!tokens.contains("end_reward"))
    #expect(
      tokens.contains(
        #""old_log_probs": [-0.2, -0.3, -0.4], "entropies": [0.5, 0.25, 0.0], "values""#))
    // What the update made of it comes last, where there was one.
    #expect(!tokens.contains("clips") && !tokens.contains("ratios"))
    let trace = UpdateTrace(ratios: [1.5, 0.5, .nan], clips: [1, -1, 0])
    #expect(
      RolloutRecord(episode, trace).line(step: 7).hasSuffix(
        #", "ratios": [1.5, 0.5, null], "clips": [1, -1, 0]}"#))
  }

  @Test("a dump holds verl's keys first, then every token")
  func dump() throws {
    try withTemporaryFolder { folder in
      let journal = try begun(folder, after: nil)
      try journal.dump([RolloutRecord(Self.episode)], step: 7)
      try journal.dump([RolloutRecord(Self.episode), RolloutRecord(Self.episode.episode)], step: 7)
      let dumped = try lines(folder, "rollouts/7.jsonl")
      #expect(dumped.count == 2)
      #expect(
        dumped[0]
          == #"{"input": "37:a^b%=", "output": "8\n3\u0001é", "gts": "83", "score": 1.0, "step": 7, "#
          + #""acc": 1, "reward": 0.9, "id": "walk/17", "source": "walk", "difficulty": 2, "sample": 3, "#
          + #""finish_reason": "stop", "length": 3, "status": "ok", "extracted": "83", "direct": false, "#
          + #""reason": "", "trained": true, "lambda_policy": 0.5, "#
          + #""values_at": [0.2, 0.5, 0.9], "prompt_ids": [15, 19], "#
          + #""token_ids": [18, 13, 0], "log_probs": [-0.1, -0.02, null], "values": [0.2, 0.5, 0.9], "#
          + #""advantages": [0.8, 0.5, 0.1], "returns": [1.0, 1.0, 1.0]}"#)
      // Foundation reads it, which wrote none of it.
      let object = try JSONSerialization.jsonObject(with: Data(dumped[1].utf8))
      let validation = try #require(object as? [String: Any])
      #expect(validation["lambda_policy"] is NSNull)
      #expect((validation["values"] as? [Any])?.isEmpty == true)
      #expect(validation["output"] as? String == "8\n3\u{1}é")
      #expect(validation["trained"] as? Bool == false)
    }
  }

  static let episode = CreditedEpisode(
    ScoredEpisode(
      GradedEpisode(
        completion: Completion(
          prompt: Prompt(
            id: "walk/17", place: 17, source: "walk", text: "37:a^b%=", tokens: [15, 19],
            truth: "83", difficulty: 2),
          sample: 3, tokens: [18, 13, 0], logProbs: [-0.1, -0.02, -.infinity],
          text: "8\n3\u{1}é", finish: .stop),
        verdict: Verdict(.correct, extracted: "83"), score: 1, reward: 0.9),
      values: [0.2, 0.5, 0.9]), advantages: [0.8, 0.5, 0.1], returns: [1, 1, 1], policyLambda: 0.5)

  @Test("a journal that cannot be written says which file")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "run")
      try Data().write(to: file)
      #expect(throws: JournalError.self) { try begun(file, after: nil) }
    }
  }
}
