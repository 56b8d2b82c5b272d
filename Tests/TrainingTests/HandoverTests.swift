// What the program without the network does with what needs one: hands its process to ./vapo before
// anything is written, or says what to do where there is none.

import Foundation
import Testing
import TestSupport

struct HandoverTests {
  private static let server = [
    "reward.verifier=http", "reward.http.url=http://127.0.0.1:1/get_reward",
  ]

  /// What needs the network, in all its ways.
  private static func commands(in root: URL) -> [[String]] {
    [
      ["serve", "/nonexistent", "--port", "0"],
      ["verify", "--gold", "1", "--answer", "1"] + server,
      ["train", "trainer.default_local_dir=\(root.path)/runs"] + server,
      [
        "train", "trainer.default_local_dir=\(root.path)/runs", "reward.by_source.s.verifier=http",
        "reward.by_source.s.http.url=http://127.0.0.1:1",
      ],
      [
        "train", "trainer.default_local_dir=\(root.path)/runs", "reward.parts.p.verifier=http",
        "reward.parts.p.http.url=http://127.0.0.1:1",
      ],
    ]
  }

  @Test("gives the process to ./vapo with the same words, and writes nothing before")
  func handsOver() async throws {
    try await withRunFolder { root in
      try FileManager.default.createDirectory(
        at: root.appending(path: "Recipes"), withIntermediateDirectories: true)
      try Data().write(to: root.appending(path: "Recipes/default.yaml"))
      let door = root.appending(path: "vapo")
      try Data("#!/bin/sh\necho \"$@\"\nexit 7\n".utf8).write(to: door)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: door.path)
      for arguments in Self.commands(in: root) {
        let command = try await Command(arguments, root: root.path)
        #expect(command.status == 7)
        #expect(command.output == "with-network \(arguments.joined(separator: " "))\n")
      }
      #expect(!FileManager.default.fileExists(atPath: root.appending(path: "runs").path))
    }
  }

  @Test("says what to do where there is no ./vapo")
  func nowhere() async throws {
    let command = try await Command(["verify", "--gold", "1", "--answer", "1"] + Self.server)
    #expect(command.status != 0)
    #expect(command.output.contains("the verifier http needs the program with the network"))
    #expect(command.output.contains("./vapo"))
  }

  @Test("a dry run needs none")
  func dryRun() async throws {
    try await withRunFolder { root in
      let recipe = root.appending(path: "served.yaml")
      try Data("reward:\n  verifier: http\n  http: {url: http://127.0.0.1:1}\n".utf8).write(
        to: recipe)
      let command = try await Command(["train", recipe.path, "--dry-run"])
      #expect(command.status == 0, "\(command.output)")
    }
  }
}
