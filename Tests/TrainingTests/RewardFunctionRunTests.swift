// A run whose reward is a function of TRL's: its data as it lies in the file, and its steps counted.

import Foundation
import Testing
import TestSupport
import Training

@Suite struct RewardFunctionRunTests {
  private static let function = """
    def reward(completions, completion_ids, trainer_state, numbers, ground_truth, prompts,
               log_metric, **kwargs):
        assert prompts[0][0]["role"] == "user", prompts
        assert isinstance(completions[0][0]["content"], str)
        assert ground_truth == [{"target": 6}], ground_truth
        assert numbers == [[1, 2, 3]]
        log_metric("step", trainer_state.global_step)
        log_metric("steps", trainer_state.max_steps)
        return [float(len(completion_ids[0]))]
    """

  @Test @MainActor func `a run hands its rows to a function and tells it how far it is`()
    async throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, data) = (folder.appending(path: "f.py"), folder.appending(path: "data.jsonl"))
    try Data(Self.function.utf8).write(to: file)
    let row =
      #"{"prompt": [{"role": "user", "content": "37:a="}], "numbers": [1, 2, 3], "#
      + #""reward_model": {"ground_truth": {"target": 6}}}"#
    try Data((0..<8).map { _ in row }.joined(separator: "\n").utf8).write(to: data)
    let adapter = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Adapters/reward_adapter.py")
    let configuration = try TinyRun.configuration([
      "data.train_files=[\(data.path)]", "data.val_files=[\(data.path)]", "warm_start.steps=0",
      "reward.verifier=command",
      "reward.command.run=[python3, \(adapter.path), \(file.path), --function, reward]",
      "trainer.total_training_steps=3", "value_pretraining.steps=1", "trainer.save_freq=100",
      "trainer.rollout_dump_freq=1",
    ])
    let run = folder.appending(path: "run")
    #expect(try await TinyRun.train(configuration, in: run) == .finished)
    // Value pretraining and the first evaluation are no steps of reinforcement.
    var steps: [String: Set<Int>] = [:]
    for (name, bytes) in try TinyRun.rollouts(of: run) {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        steps[name, default: []].insert(object["reward_step"] as? Int ?? -1)
        #expect(object["reward_steps"] as? Int == 3)
        #expect(object["score"] as? Double == object["length"] as? Double)
      }
    }
    #expect(steps.sorted { $0.key < $1.key }.map(\.value) == [[0], [0], [0], [1], [2]])
  }
}
