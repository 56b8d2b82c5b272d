// The command as its user meets it: killed and resumed, and given what it cannot use.

import Foundation
import Settings
import Testing
import TestSupport
import Training
import Transformers

@Suite("The command", .serialized)
@MainActor
struct CommandTests {
  /// Writes the tiny run's settings as a recipe.
  private func recipe(in root: URL, _ overrides: [String] = []) throws -> String {
    let file = root.appending(path: "tiny.yaml")
    let configuration = try TinyRun.configuration(
      ["trainer.default_local_dir=\(root.path)", "trainer.threads=1"] + overrides)
    try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
    return file.path
  }

  /// Where a run is killed, one kill after another, and how often it passes the place before: in
  /// every kind of work that a step does, in saves, and in the export.
  private static let kills = [
    "rollout@1", "critic-updated@1", "stepped@2", "recorded@1", "credited@1", "actor-updated@1",
    "critic-updated@2", "filled@2", "file-synced@3", "renamed@1", "trashed@1", "rollout@2",
    "export-filled@1", "export-synced@2", "export-renamed@1", "export-displaced@1",
  ]

  /// Expects two runs to have written the same.
  private func expectSame(_ name: String, _ other: String, in root: URL) throws {
    for file in ["actor/model.safetensors", "critic/model.safetensors"] {
      #expect(
        try Data(contentsOf: root.appending(path: "\(name)/\(file)"))
          == Data(contentsOf: root.appending(path: "\(other)/\(file)")), "\(file)")
    }
    #expect(
      try TinyRun.metrics(of: root.appending(path: name))
        == TinyRun.metrics(of: root.appending(path: other)))
  }

  @Test("a run that is killed at sixteen places ends with the weights of one never killed")
  func kills() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(
        in: root,
        ["trainer.total_training_steps=14", "trainer.save_freq=2", "trainer.max_ckpt_to_keep=2"])
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let folder = root.appending(path: "killed").path
      var killed: [String] = []
      for place in Self.kills {
        let isFresh = !FileManager.default.fileExists(atPath: "\(folder)/config.resolved.yaml")
        let command = try await Command(
          isFresh ? ["train", recipe, "trainer.experiment_name=killed"] : ["resume", folder],
          fault: "\(place):kill")
        if command.status == -SIGKILL { killed.append(place) }
      }
      #expect(killed == Self.kills)
      let end = try await Command(["resume", folder])
      #expect(end.status == 0, "\(end.output)")
      try expectSame("killed", "whole", in: root)
      let again = try await Command(["resume", folder])
      #expect(again.output.contains("already complete"), "\(again.output)")
    }
  }

  /// Two folders are exported, the policy's and the critic's.
  @Test("an export that dies at any of its places is done by the next resume")
  func deathInExport() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      // The second time around both folders have older ones to move aside.
      let longer = "trainer.total_training_steps=6"
      let reference = root.appending(path: "reference")
      try FileManager.default.copyItem(at: root.appending(path: "whole"), to: reference)
      let end = try await Command(["resume", reference.path, longer])
      #expect(end.status == 0, "\(end.output)")
      let places = ["filled", "synced", "displaced", "renamed"].flatMap {
        ["export-\($0)@1", "export-\($0)@2"]
      }
      for place in places + ["exported@1"] {
        let dying = root.appending(path: "dying")
        try FileManager.default.copyItem(at: root.appending(path: "whole"), to: dying)
        let dead = try await Command(["resume", dying.path, longer], fault: "\(place):kill")
        #expect(dead.status == -SIGKILL, "\(place): \(dead.output)")
        let resumed = try await Command(["resume", dying.path])
        #expect(resumed.status == 0, "\(place): \(resumed.output)")
        #expect(
          resumed.output.contains("already complete") == (place == "exported@1"),
          "\(place): \(resumed.output)")
        try expectSame("dying", "reference", in: root)
        let names = try FileManager.default.contentsOfDirectory(atPath: dying.path)
        #expect(!names.contains { $0.hasPrefix(".") }, "\(place): \(names)")
        try FileManager.default.removeItem(at: dying)
      }
    }
  }

  @Test("a save that finds no room ends the run by name, and the run resumes to the same end")
  func noRoom() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let folder = root.appending(path: "full")
      _ = try await Command(
        ["train", recipe, "trainer.experiment_name=full"], fault: "renamed@2:kill")
      let before = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "checkpoints").path)
      let full = try await Command(["resume", folder.path], fileLimit: 16)
      #expect(full.status > 0, "\(full.output)")
      #expect(full.output.contains("model.safetensors"), "\(full.output)")
      #expect(full.output.contains("File too large"), "\(full.output)")
      let after = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "checkpoints").path)
      #expect(Set(after).isSuperset(of: before.filter { $0.hasPrefix("step-") }))
      let end = try await Command(["resume", folder.path])
      #expect(end.status == 0, "\(end.output)")
      #expect(
        try Data(contentsOf: folder.appending(path: "actor/model.safetensors"))
          == Data(contentsOf: root.appending(path: "whole/actor/model.safetensors")))
    }
  }

  @Test("settings and problems that cannot be used are refused with file, line and key")
  func refusals() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let unknown = root.appending(path: "unknown.yaml")
      try Data("trainer:\n  seed: 1\nactor:\n  clip_ration_low: 0.1\n".utf8).write(to: unknown)
      let torn = root.appending(path: "torn.jsonl")
      try Data("{\"prompt\": \"1+1=\", \"label\": 2}\n{\"prompt\": \"1+2\n".utf8).write(to: torn)
      let other = root.appending(path: "other.jsonl")
      try Data("{\"riddle\": \"1+1=\", \"label\": 2}\n".utf8).write(to: other)
      let wordy = root.appending(path: "wordy.jsonl")
      try Data("{\"prompt\": \"1+1=\", \"label\": \"many\"}\n".utf8).write(to: wordy)
      let files = "warm_start.steps=0"
      for (arguments, words) in [
        ([unknown.path], ["unknown.yaml:4", "clip_ration_low", "clip_ratio_low"]),
        ([recipe, "rollout.m=3"], ["rollout.m", "rollout.n"]),
        ([recipe, "trainer.seed=soon"], ["trainer.seed"]),
        ([recipe, "data.train_files=[\(torn.path)]", files], ["torn.jsonl:2"]),
        (
          [recipe, "data.train_files=[\(other.path)]", files],
          ["other.jsonl:1", "prompt", "riddle"]
        ),
        (
          [recipe, "data.train_files=[\(wordy.path)]", files, "reward.verifier=numeric"],
          ["wordy:1", "many"]
        ),
        ([recipe, "model.path=\(root.path)/none"], ["none"]),
        (["\(root.path)/missing.yaml"], ["missing.yaml"]),
      ] {
        let command = try await Command(["train"] + arguments)
        #expect(command.status > 0, "\(arguments) \(command.output)")
        for word in words { #expect(command.output.contains(word), "\(word): \(command.output)") }
      }
    }
  }

  @Test(
    "a command that does not exist is refused with the nearest one, a file with the system's words",
    arguments: [
      (["trian"], "there is no command 'trian'", "did you mean train?"),
      (
        ["data", "chek", "x"], "there is no command 'chek'; commands: check, convert", "mean check?"
      ),
      (["resume", "nonsense"], "nonsense is no run", "it has no config.resolved.yaml"),
      (["train", "model.path=/dev/null", "--dry-run"], "/dev/null/config.json", "Not a directory"),
      (["train", "model.dtype=bf16"], "has no choice bf16", "did you mean bfloat16?"),
      (
        ["train", "model.compute_dtype=int64"],
        "choices: float32, bfloat16, float64, float16", "int64"
      ),
      (["data", "check", "/"], "Error: /: cannot be read", "it is a folder, and no file or pipe"),
      (
        ["train", "reward.verifier=reward_model", "--dry-run"],
        "Error: reward.model.path", "needs a folder with a reward model"
      ),
    ])
  func words(arguments: [String], says: String, hint: String) async throws {
    let root = Golden.folder.appending(path: "../..").standardizedFileURL.path
    let command = try await Command(arguments, root: root)
    #expect(command.status > 0)
    #expect(command.output.contains(says) && command.output.contains(hint), "\(command.output)")
    #expect(!command.output.contains("Usage"), "\(command.output)")
    #expect(!command.output.contains("Domain"), "\(command.output)")
  }

  @Test("models that cannot be used are refused by file and tensor, and nothing is lost")
  func models() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      #expect(
        try await Command(["train", recipe, "trainer.experiment_name=run"]).status == 0)
      func broken(_ name: String, _ change: (URL) throws -> Void) throws -> String {
        let copy = root.appending(path: "run/\(name)")
        try FileManager.default.copyItem(at: root.appending(path: "run/actor"), to: copy)
        try change(copy)
        return copy.path
      }
      let truncated = try broken("truncated") { folder in
        let file = folder.appending(path: "model.safetensors")
        try Data(contentsOf: file).dropLast(100).write(to: file)
      }
      func edited(_ old: String, _ new: String) -> (URL) throws -> Void {
        { folder in
          let file = folder.appending(path: "config.json")
          let text = try String(contentsOf: file, encoding: .utf8)
          try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: file)
        }
      }
      let foreign = try broken(
        "foreign", edited("\"model_type\": \"qwen2\"", "\"model_type\": \"mamba\""))
      let misshaped = try broken(
        "misshaped", edited("\"intermediate_size\": 32", "\"intermediate_size\": 48"))
      for (path, words) in [
        (truncated, ["truncated/model.safetensors"]), (foreign, ["config.json", "mamba"]),
        (misshaped, ["misshaped", "mlp"]),
      ] {
        let command = try await Command(["eval", path, "walk", "--limit", "2"])
        #expect(command.status > 0, "\(command.output)")
        for word in words { #expect(command.output.contains(word), "\(word): \(command.output)") }
      }
      // A tokenizer with one token more than the model has.
      let wider = try broken("wider") { folder in
        let file = folder.appending(path: "tokenizer.json")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        var fields = try #require(object as? [String: Any])
        var added = fields["added_tokens"] as? [[String: Any]] ?? []
        let size = try ModelFolder.configuration(of: folder).vocabularySize
        added.append([
          "id": size, "content": "§", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": false,
        ])
        fields["added_tokens"] = added
        try JSONSerialization.data(withJSONObject: fields).write(to: file)
      }
      let unknown = try await Command([
        "generate", wider, "--prompt", "3§7=", "--max-new-tokens", "2",
      ])
      #expect(
        unknown.status == 1 && unknown.output.contains("\"§\", and the model has"),
        "\(unknown.output)")
      let known = try await Command(["generate", wider, "--prompt", "37=", "--max-new-tokens", "2"])
      #expect(known.status == 0, "\(known.output)")
      let good = try await Command(
        ["eval", root.appending(path: "run/actor").path, "walk", "--limit", "3", "-n", "2"])
      #expect(good.status == 0 && good.output.contains("avg@2"), "\(good.output)")
      // More than the tiny model has positions left: the answer ends with them.
      let answer = try await Command(
        [
          "generate", root.appending(path: "latest/actor").path, "--prompt", "37:a^b%*1=",
          "--max-new-tokens", "100000",
        ])
      #expect(answer.status == 0 && !answer.output.isEmpty, "\(answer.output)")
      let again = try await Command(["train", recipe, "trainer.experiment_name=run"])
      #expect(again.status > 0 && again.output.contains("vapo resume"), "\(again.output)")
      let newest = try await Command(["resume", root.appending(path: "latest").path])
      #expect(newest.status == 0 && newest.output.contains("already complete"), "\(newest.output)")
    }
  }

  @Test("an evaluation that is interrupted leaves the scores and responses of what it has done")
  func interruptedEvaluation() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      #expect(
        try await Command(["train", recipe, "trainer.experiment_name=run"]).status == 0)
      let scores = root.appending(path: "scores.json")
      let responses = root.appending(path: "responses.jsonl")
      func evaluate(_ limit: Int, interrupted: (() -> Bool)? = nil) async throws -> Command {
        try await Command(
          [
            "eval", root.appending(path: "run/actor").path, "walk", "--limit", "\(limit)", "-n",
            "2",
            "--json", scores.path, "--responses", responses.path, "trainer.threads=1",
            "rollout.max_num_seqs=8",
          ], interrupted: interrupted)
      }
      let whole = try await evaluate(6)
      #expect(whole.status == 0, "\(whole.output)")
      #expect(whole.output.contains("--- response, "))
      let lines = try String(contentsOf: responses, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 12)

      try FileManager.default.removeItem(at: responses)
      // So many that the first responses are there long before the last.
      let part = try await evaluate(50_000) {
        ((try? responses.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) > 0
      }
      #expect(part.status == 130, "\(part.output)")
      #expect(part.output.contains("of 50000 problems are scored"))
      let result = try JSONDecoder().decode(
        EvaluationResult.self, from: Data(contentsOf: scores))
      #expect(result.planned == 50_000)
      #expect((1..<50_000).contains(result.overall.problems))
      let some = try String(contentsOf: responses, encoding: .utf8).split(separator: "\n")
      #expect(some.count >= 2 * result.overall.problems)
      // The same problems get the same responses, whoever else is asked.
      #expect(some.prefix(2) == lines.prefix(2))
    }
  }

  @Test("--dry-run prints every setting and the memory, and trains nothing")
  func dryRun() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let command = try await Command(["train", recipe, "--dry-run", "--without", "clip-higher"])
      #expect(command.status == 0, "\(command.output)")
      #expect(command.output.contains("clip_ratio_high: 0.2\n"))
      #expect(command.output.contains("# memory, estimated"))
      #expect(!FileManager.default.fileExists(atPath: root.appending(path: "runs").path))
    }
  }
}
