// How a run takes its folder, and that it goes on only in the world it was left in.

import Checkpoints
import Foundation
import Settings
import Testing
import TestSupport
import Training

@Suite("Starts of runs", .serialized)
@MainActor
struct RunStartTests {
  /// Every file under a folder with its bytes, but for the lock's.
  private func bytes(of folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where name != "lock" {
      var isFolder: ObjCBool = false
      let url = folder.appending(path: name)
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try Data(contentsOf: url) }
    }
    return files
  }

  /// A run of two steps from problems in a file; the settings of one that goes on, and its folder.
  private func begun(in root: URL) async throws -> (longer: RunConfiguration, run: URL) {
    try problems(8).write(to: root.appending(path: "train.jsonl"))
    try problems(3).write(to: root.appending(path: "test.jsonl"))
    let run = root.appending(path: "run")
    _ = try await TinyRun.train(try settings(root, steps: 1), in: run)
    return (try settings(root, steps: 2), run)
  }

  private func settings(_ root: URL, steps: Int, _ more: [String] = []) throws -> RunConfiguration {
    try TinyRun.configuration(
      [
        "data.train_files=[\(root.path)/train.jsonl]", "data.val_files=[\(root.path)/test.jsonl]",
        "reward.verifier=exact", "warm_start.steps=0", "reward_model.steps=0",
        "value_pretraining.steps=1", "trainer.total_training_steps=\(steps)",
      ] + more)
  }

  private func problems(_ count: Int, from first: Int = 0) -> Data {
    let lines = (first..<first + count).map {
      "{\"prompt\": \"\($0)+1=\", \"label\": \"\($0 + 1)\"}\n"
    }
    return Data(lines.joined().utf8)
  }

  private func open(
    _ configuration: RunConfiguration, _ run: URL, accepting: Bool = false
  ) async throws {
    _ = try await Trainer(
      configuration, in: run, console: TinyRun.silence, acceptsChanges: accepting
    ).run()
  }

  /// Expects a run to be refused in words, nothing of it touched, and to go on when told to.
  private func expectNamed(
    _ words: String, _ configuration: RunConfiguration, _ run: URL
  ) async throws {
    let before = try bytes(of: run)
    let error = await #expect(throws: ConfigurationError.self) {
      try await open(configuration, run)
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("--accept-changes") == true)
    #expect(try bytes(of: run) == before)
    try await open(configuration, run, accepting: true)
  }

  @Test(
    "data that were edited, reordered or replaced are named",
    arguments: [
      ("train.jsonl", "training"), ("test.jsonl", "held-out"),
    ])
  func data(file: String, words: String) async throws {
    try await withRunFolder { root in
      let (longer, run) = try await begun(in: root)
      let url = root.appending(path: file)
      var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      lines.swapAt(0, 1)
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
      try await expectNamed("the \(words) problems are not those of step", longer, run)
    }
  }

  @Test("a configuration edited by hand is held against the checkpoint's")
  func settings() async throws {
    try await withRunFolder { root in
      let (_, run) = try await begun(in: root)
      let edited = try settings(root, steps: 2, ["algorithm.gamma=0.9"])
      try await expectNamed("algorithm.gamma", edited, run)
    }
  }

  @Test("checkpoints that are gone are named, and the numbers of before are kept aside")
  func checkpoints() async throws {
    try await withRunFolder { root in
      let (longer, run) = try await begun(in: root)
      let metrics = try Data(contentsOf: run.appending(path: "metrics.jsonl"))
      try FileManager.default.removeItem(at: run.appending(path: "checkpoints"))
      try await expectNamed("a checkpoint of step 3 was saved, and none is there", longer, run)
      let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
      let kept = try #require(names.first { $0.hasPrefix("metrics-before-") })
      #expect(try Data(contentsOf: run.appending(path: kept)) == metrics)
      #expect(try TinyRun.metrics(of: run).count == 4)
    }
  }

  @Test("an end that lies behind the run is refused, and one that is there touches nothing")
  func endBehind() async throws {
    try await withRunFolder { root in
      let (longer, run) = try await begun(in: root)
      try await open(longer, run)
      let before = try bytes(of: run)
      // Whole, with its models: nothing to do, whatever the end.
      try await open(try settings(root, steps: 1), run)
      #expect(try bytes(of: run) == before)
      try FileManager.default.removeItem(at: run.appending(path: "export.json"))
      let open = try bytes(of: run)
      let error = await #expect(throws: ConfigurationError.self) {
        try await self.open(try settings(root, steps: 1), run)
      }
      #expect(error?.description.contains("2 steps are done") == true)
      #expect(try bytes(of: run) == open)
    }
  }

  @Test(
    "a name is taken once; what a dead start left is taken over, and what is held is left alone")
  func claims() throws {
    try withTemporaryFolder { root in
      let wanted = root.appending(path: "runs/first")
      #expect(try RunFolder.claimed(wanted, isNamed: true) == wanted)
      try Data().write(to: wanted.appending(path: "lock"))
      #expect(try RunFolder.claimed(wanted, isNamed: true) == wanted)
      #expect(
        try RunFolder.claimed(wanted, isNamed: false).lastPathComponent == "first-2")
      let lock = try RunLock(folder: wanted)
      RunFolder.discardUnbegun(wanted)
      #expect(FileManager.default.fileExists(atPath: wanted.path))
      withExtendedLifetime(lock) {}
      try Data("{}\n".utf8).write(to: wanted.appending(path: "metrics.jsonl"))
      #expect(throws: ConfigurationError.self) { try RunFolder.claimed(wanted, isNamed: true) }
      // What has no settings is somebody's folder and no run.
      #expect(throws: ConfigurationError.self) {
        try RunFolder.claimed(wanted, isNamed: true, goesOn: true)
      }
      try Data().write(to: wanted.appending(path: "config.resolved.yaml"))
      #expect(try RunFolder.claimed(wanted, isNamed: true, goesOn: true) == wanted)
      #expect(throws: ConfigurationError.self) { try RunFolder.claimed(wanted, isNamed: true) }
    }
  }

  @Test("a start that failed leaves its name free; one that took steps stays")
  func discarded() throws {
    try withTemporaryFolder { root in
      let (failed, begun) = (root.appending(path: "failed"), root.appending(path: "begun"))
      for folder in [failed, begun] { _ = try RunLock(folder: folder) }
      try Data().write(to: failed.appending(path: "metrics.jsonl"))
      try Data("{}\n".utf8).write(to: begun.appending(path: "metrics.jsonl"))
      for folder in [failed, begun] { RunFolder.discardUnbegun(folder) }
      #expect(!FileManager.default.fileExists(atPath: failed.path))
      #expect(FileManager.default.fileExists(atPath: begun.path))
    }
  }

  /// Three processes start a run of one name at one moment: one trains, and nobody touches its folder.
  @Test("of starts with one name at one moment one trains to its end")
  func race() async throws {
    try await withRunFolder { root in
      let file = root.appending(path: "tiny.yaml")
      let configuration = try TinyRun.configuration(
        [
          "trainer.default_local_dir=\(root.path)", "trainer.threads=1",
          "trainer.experiment_name=same",
        ])
      try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
      async let first = Command(["train", file.path])
      async let second = Command(["train", file.path])
      async let third = Command(["train", file.path])
      let commands = try await [first, second, third]
      #expect(commands.count { $0.status == 0 } == 1, "\(commands.map(\.output))")
      for command in commands where command.status != 0 {
        #expect(command.status == 1 && command.output.contains("same"), "\(command.output)")
      }
      #expect(try TinyRun.metrics(of: root.appending(path: "same")).count == 12)
    }
  }

  @Test("a start that is killed in its first moment can be made again")
  func firstMoment() async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "early")
      _ = try RunLock(folder: run)
      let resumed = try await Command(["resume", run.path])
      #expect(resumed.status == 1 && resumed.output.contains("was never begun"))
      #expect(!resumed.output.contains("USAGE"), "\(resumed.output)")
      let file = root.appending(path: "tiny.yaml")
      let configuration = try TinyRun.configuration(
        ["trainer.default_local_dir=\(root.path)", "trainer.total_training_steps=1"])
      try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
      let again = try await Command(["train", file.path, "trainer.experiment_name=early"])
      #expect(again.status == 0, "\(again.output)")
    }
  }
}
