// A whole small study by the built command: it ends with a page, and finished runs are left alone.

import Foundation
import Testing
import TestSupport

import Study

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
    for name in [
      "accuracy", "accuracy-updates", "entropy-updates", "accuracy-by-difficulty",
      "value-bias-before", "value-bias-late",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/\(name).svg"))
    }
    #expect(page.contains("updates of the policy") && page.contains("t-interval"))

    // Another machine has the ledger alone: it runs nothing, and says the same in every byte.
    let ledger = folder.appending(path: "ledger-study.csv")
    let other = root.appending(path: "other")
    for more in [["--report-only"], []] {
      let again = try await vapo(
        ["study", file.path, "--folder", other.path, "--ledger", ledger.path] + more)
      let trains = again.output.split(separator: "\n").contains {
        $0.prefixMatch(of: #/[0-9]+/[0-9]+ /#) != nil
      }
      #expect(again.status == 0 && !trains, "\(again.output)")
      let names = try FileManager.default.contentsOfDirectory(atPath: other.path)
      #expect(names.count > 12 && !names.contains("vapo"))
      for name in names {
        #expect(
          try Data(contentsOf: other.appending(path: name))
            == Data(contentsOf: folder.appending(path: name)), "\(name)")
      }
    }

    // One run is torn off: only it is made whole, and the table says the same.
    try FileManager.default.removeItem(at: folder.appending(path: "grpo/1"))
    let kept = try String(contentsOf: ledger, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("grpo,,1,") }
    try Data((kept.joined(separator: "\n") + "\n").utf8).write(to: ledger)
    let second = try await vapo(arguments)
    #expect(second.output.contains("8 runs, 7 of them finished"))
    // The last column is how long it took.
    #expect(try table().map { $0.dropLast() } == rows.map { $0.dropLast() })
    #expect(second.output.contains("1/1 grpo, seed 1"))

    // Runs of other settings are not compared with these.
    let changed = Self.recipe.replacing("total_training_steps: 3", with: "total_training_steps: 4")
    try Data(changed.utf8).write(to: root.appending(path: "recipe.yaml"))
    let third = try await vapo(arguments)
    #expect(third.status != 0 && third.output.contains("seed 0 was run with other settings"))
    #expect(third.output.contains("/out/ledger-study.csv:"))
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

  private func inFolder(_ files: [String: String], _ body: (URL) async throws -> Void) async throws
  {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    try Data(Self.recipe.utf8).write(to: root.appending(path: "recipe.yaml"))
    for (name, text) in files {
      try Data(("recipe: recipe.yaml\n" + text).utf8).write(to: root.appending(path: name))
    }
    try await body(root)
  }

  @Test func `a grid chooses an arm's rate before its runs, and studies run one after the other`()
    async throws
  {
    let tuned = """
      seeds: [0]
      ledger: kept/tuned.csv
      last_share: 0.5
      quantities: [vapo/accuracy]
      arms: [grpo algorithm=grpo, plain algorithm=grpo]
      tune:
        seeds: [7, 8]
        arms: [grpo]
        grid: [actor.optim.lr=1e-4, "actor.optim.lr=2e-3  actor.optim.lr_warmup_steps=1"]
      """
    let files = ["a.yaml": tuned, "b.yaml": "seeds: [0]\narms: [grpo algorithm=grpo]\n"]
    try await inFolder(files) { root in
      let arguments =
        ["study", root.path + "/a.yaml", root.path + "/b.yaml", "--folder", root.path + "/out"]
      let run = try await vapo(arguments)
      #expect(run.status == 0, "\(run.output)")
      // Two lines by two seeds and three warm starts beside two runs; then one with its warm start.
      #expect(run.output.contains("a: 9 runs, 0 of them finished"))
      #expect(run.output.contains("4 of them choose rates: 1 arms by 2 lines by 2 seeds"))
      #expect(run.output.contains("in all 11 runs, 0 of them finished"))
      #expect(run.output.contains("11/11 "))

      let ledger = try StudyLedger(root.appending(path: "kept/tuned.csv"))
      #expect(ledger.entries.count == 6)
      let grid = try String(contentsOf: root.appending(path: "out/a/tuning.csv"), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",") }
      #expect(grid.map(\.count) == [6, 6, 6])
      let chosen = grid.filter { $0.last == "true" }
      #expect(chosen.count == 1)
      let best = grid.dropFirst().compactMap { Double($0[4]) }.max()
      #expect(chosen.first.flatMap { Double($0[4]) } == best)
      // The run proper has the settings of the chosen line.
      let line = try #require(chosen.first.map { String($0[1]) })
      let tried = ledger[StudyLedger.Key(arm: "grpo", tuning: line, seed: 7)]
      #expect(ledger[StudyLedger.Key(arm: "grpo", seed: 0)]?.settings == tried?.settings)
      #expect(tried != nil)
      let page = try String(contentsOf: root.appending(path: "out/a/index.html"), encoding: .utf8)
      #expect(page.contains("<h2>Rates</h2>") && page.contains(line))
      #expect(
        FileManager.default.fileExists(atPath: root.path + "/out/a/vapo-accuracy-updates.svg"))

      let second = try await vapo(arguments)
      #expect(second.output.contains("in all 11 runs, 11 of them finished"))
    }
  }

  @Test func `an arm whose grid fails is not run, and the others are`() async throws {
    let text = """
      seeds: [0]
      arms: [grpo algorithm=grpo, plain algorithm=grpo]
      tune:
        seeds: [7]
        arms: [grpo]
        grid: [actor.optim.lr=1e-4, model.path=/nonexistent/model]
      """
    try await inFolder(["a.yaml": text]) { root in
      let run = try await vapo(["study", root.path + "/a.yaml", "--folder", root.path + "/out"])
      #expect(run.status != 0, "\(run.output)")
      #expect(run.output.contains("not run: grpo, whose grid is not finished"))
      #expect(run.output.contains("grpo with model.path=/nonexistent/model, seed 7 failed"))
      #expect(run.output.contains("| plain | 1 |") && run.output.contains("| grpo | 0 |"))
      #expect(!FileManager.default.fileExists(atPath: root.path + "/out/grpo"))
    }
  }

  @Test func `arms that begin with a published model need no warm start`() async throws {
    let first = "seeds: [0]\narms: [grpo algorithm=grpo]\n"
    try await inFolder(["first.yaml": first]) { root in
      let run = try await vapo(["study", root.path + "/first.yaml", "--folder", root.path + "/one"])
      #expect(run.status == 0, "\(run.output)")
      let model = root.path + "/one/grpo/0/actor"
      let from = "model.path=\(model) warm_start.steps=0 reward_model.steps=0"
      let arms = """
        seeds: [0]
        arms:
          - grpo algorithm=grpo \(from)
          - vapo \(from)
          - direct --without value-pretraining \(from)
        """
      try Data(("recipe: recipe.yaml\n" + arms).utf8)
        .write(to: root.appending(path: "second.yaml"))
      let folder = root.appending(path: "two")
      let second = try await vapo(["study", root.path + "/second.yaml", "--folder", folder.path])
      #expect(second.status == 0, "\(second.output)")
      #expect(second.output.contains("4 runs, 0 of them finished"))
      for arm in ["grpo", "vapo", "direct"] { #expect(second.output.contains("| \(arm) | 1 |")) }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/base"))
      for name in ["pretraining/0", "grpo/0", "vapo/0", "direct/0"] {
        let log = try String(contentsOfFile: folder.path + "/\(name)/study.log", encoding: .utf8)
        #expect(!log.contains("already complete"), "\(log)")
      }
    }
  }
}
