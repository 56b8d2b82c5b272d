// A whole small study by the built command: it ends with a page, and finished runs are left alone.

import Foundation
import Testing
import TestSupport

@Suite(.serialized) struct StudyRunTests {
  private static let recipe = """
    trainer: {total_training_steps: 3, save_freq: 0, test_freq: 1, device: cpu}
    model:
      hidden_size: 16
      intermediate_size: 32
      num_hidden_layers: 1
      num_attention_heads: 2
      num_key_value_heads: 1
      initializer_range: 0.2
    data:
      train_batch_size: 4
      val_max_samples: 4
      max_prompt_length: 16
      max_response_length: 40
      task: {max_moves: 3}
    warm_start: {steps: 4, report_interval: 2, batch_size: 8}
    rollout:
      n: 3
      val_kwargs: {n: 2}
    reward_model: {steps: 1, train_batch_size: 6, mini_batch_size: 4}
    value_pretraining: {steps: 2, train_batch_size: 6, mini_batch_size: 4}
    actor: {ppo_mini_batch_size: 4}
    critic: {ppo_mini_batch_size: 4}
    """
  private static let study = """
    title: A small <study>
    recipe: recipe.yaml
    seeds: [0, 1]
    milestones: [0.0, 0.99]
    arms: [vapo, grpo algorithm=grpo]
    """

  private func vapo(_ arguments: [String]) async throws -> Command {
    try await Command(arguments)
  }

  @Test func `arms are trained, compared and not trained again`() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    try Data(Self.recipe.utf8).write(to: root.appending(path: "recipe.yaml"))
    let file = root.appending(path: "study.yaml")
    try Data(Self.study.utf8).write(to: file)
    let folder = root.appending(path: "out")
    let arguments = ["study", file.path, "--folder", folder.path]

    let first = try await vapo(arguments)
    #expect(first.status == 0, "\(first.output)")
    #expect(first.output.contains("8 runs, 0 of them finished"))
    func table() throws -> [[Substring]] {
      try String(contentsOf: folder.appending(path: "table.csv"), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }
    let rows = try table()
    #expect(rows.map { $0.prefix(2).joined(separator: " ") } == ["arm seeds", "vapo 2", "grpo 2"])
    let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
    #expect(page.contains("A small &lt;study&gt;") && page.contains("<polyline"))
    for name in ["accuracy-by-difficulty", "value-bias-before", "value-bias-late"] {
      let numbers = try String(
        contentsOf: folder.appending(path: "\(name).csv"), encoding: .utf8)
      #expect(numbers.contains("\nvapo,1,"), "\(name)")
      #expect(FileManager.default.fileExists(atPath: folder.path + "/\(name).svg"))
    }

    for name in ["accuracy", "accuracy-updates", "entropy-updates"] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/\(name).svg"))
    }
    #expect(page.contains("updates of the policy") && page.contains("t-interval"))

    // One run is torn off: only it is made whole, and the table says the same.
    try FileManager.default.removeItem(at: folder.appending(path: "grpo/1"))
    let second = try await vapo(arguments)
    #expect(second.output.contains("8 runs, 7 of them finished"))
    // The last column is how long it took.
    #expect(try table().map { $0.dropLast() } == rows.map { $0.dropLast() })
    #expect(second.output.contains("1/1 grpo, seed 1"))

    // Runs of other settings are not compared with these.
    let changed = Self.recipe.replacing("total_training_steps: 3", with: "total_training_steps: 4")
    try Data(changed.utf8).write(to: root.appending(path: "recipe.yaml"))
    let third = try await vapo(arguments)
    #expect(third.status != 0 && third.output.contains("was run with other settings"))
  }

  @Test func `a run that fails is named, and the others are compared`() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    try Data(Self.recipe.utf8).write(to: root.appending(path: "recipe.yaml"))
    let file = root.appending(path: "study.yaml")
    let arms = "seeds: [0]\narms: [vapo, lost model.path=/nonexistent/model warm_start.steps=0]\n"
    try Data(("recipe: recipe.yaml\n" + arms).utf8).write(to: file)
    let run = try await vapo(["study", file.path, "--folder", root.appending(path: "out").path])
    #expect(run.status != 0)
    #expect(run.output.contains("lost, seed 0 failed") && run.output.contains("/nonexistent/model"))
    #expect(run.output.contains("| vapo | 1 |"))
  }
}
