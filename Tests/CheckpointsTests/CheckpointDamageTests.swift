// Checkpoints that something happened to after they were saved: every change is noticed, named,
// and the older one is used instead.

import Checkpoints
import Foundation
import Records
import Testing
import TestSupport

@Suite("Damaged checkpoints")
struct CheckpointDamageTests {
  /// Saves two checkpoints, damages the newer one and tells what was reported and found.
  func afterDamage(_ damage: (URL) throws -> Void) throws -> (reports: [String], step: Int?) {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(1, in: store)
      try save(2, in: store)
      try damage(folder.appending(path: "step-2"))
      var reports: [String] = []
      let found = try store.newest { reports.append($0) }
      if let found { #expect(isWhole(found)) }
      return (reports, found?.step)
    }
  }

  static let everyFile = ["moments", "actor/deep/weights", "manifest.json"]

  @Test("any flipped bit is noticed", arguments: everyFile)
  func flippedBits(name: String) throws {
    var numbers = RandomSource(seed: 3)[name].generator
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(1, in: store)
      try save(2, in: store)
      let file = folder.appending(path: "step-2/\(name)")
      let sound = try Data(contentsOf: file)
      for _ in 0..<150 {
        var damaged = sound
        damaged[Int.random(in: 0..<sound.count, using: &numbers)] ^=
          1 << UInt8.random(in: 0..<8, using: &numbers)
        try damaged.write(to: file)
        var reports: [String] = []
        #expect(try store.newest { reports.append($0) }?.step == 1)
        #expect(reports.count == 1)
        #expect(reports.first?.contains(name == "manifest.json" ? "manifest" : name) == true)
      }
      try sound.write(to: file)
      #expect(try store.newest()?.step == 2)
    }
  }

  @Test("any truncation is noticed", arguments: everyFile)
  func truncations(name: String) throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(1, in: store)
      try save(2, in: store)
      let file = folder.appending(path: "step-2/\(name)")
      let sound = try Data(contentsOf: file)
      for length in stride(from: 0, to: sound.count, by: max(1, sound.count / 60)) {
        try sound.prefix(length).write(to: file)
        #expect(try store.newest()?.step == 1)
      }
    }
  }

  @Test("files added, removed, renamed or replaced are noticed and named")
  func files() throws {
    let files = FileManager.default
    func check(_ reason: String, _ damage: (URL) throws -> Void) throws {
      let result = try afterDamage(damage)
      #expect(result.reports == ["checkpoint step-2 is passed over: \(reason)"])
      #expect(result.step == 1)
    }
    try check("extra does not belong there") { try Data().write(to: $0.appending(path: "extra")) }
    try check("moments is missing") { try files.removeItem(at: $0.appending(path: "moments")) }
    try check("empty is missing") { folder in
      try files.moveItem(at: folder.appending(path: "empty"), to: folder.appending(path: "renamed"))
    }
    try check("actor/deep/weights is missing") {
      try files.removeItem(at: $0.appending(path: "actor"))
    }
    try check("it has no manifest") {
      try files.removeItem(at: $0.appending(path: "manifest.json"))
    }
    try check("it has no manifest") { folder in
      try files.removeItem(at: folder)
      try files.createDirectory(at: folder, withIntermediateDirectories: false)
    }
    try check("moments is neither a file nor a folder") { folder in
      let file = folder.appending(path: "moments")
      try files.moveItem(at: file, to: folder.appending(path: "../moments"))
      try files.createSymbolicLink(
        atPath: file.path(percentEncoded: false), withDestinationPath: "../moments")
    }
    try check("its manifest is not a plain file of reasonable size") { folder in
      let file = folder.appending(path: "manifest.json")
      try files.moveItem(at: file, to: folder.appending(path: "../elsewhere"))
      try files.createSymbolicLink(
        atPath: file.path(percentEncoded: false), withDestinationPath: "../elsewhere")
    }
    try check("it is not a folder") { folder in
      try files.moveItem(at: folder, to: folder.appending(path: "../elsewhere"))
      try files.createSymbolicLink(
        atPath: folder.path(percentEncoded: false), withDestinationPath: "step-1")
    }
    try check("its manifest is of step 1") { folder in
      try files.removeItem(at: folder)
      let other = folder.deletingLastPathComponent().appending(path: "step-1")
      try files.copyItem(at: other, to: folder)
    }
    try check("moments has 3001 bytes instead of 3000") { folder in
      try Data(repeating: 2, count: 3001).write(to: folder.appending(path: "moments"))
    }
    try check("its manifest is cut short") { folder in
      try Data(count: 1000).write(to: folder.appending(path: "manifest.json"))
    }
  }

  @Test(
    "a manifest that is sealed and lies is refused",
    arguments: [
      ("../step-1/moments", "its manifest names files outside the folder"),
      ("/etc/passwd", "its manifest names files outside the folder"),
      ("a//b", "its manifest names files outside the folder"),
      ("manifest.json", "its manifest names files outside the folder"),
    ])
  func lyingManifest(path: String, reason: String) throws {
    let result = try afterDamage { folder in
      let file = folder.appending(path: "manifest.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let rest = text.drop { $0 != "\n" }.replacing("\"moments\"", with: "\"\(path)\"")
      try Data(try sealed(rest).utf8).write(to: file)
    }
    #expect(result.reports == ["checkpoint step-2 is passed over: \(reason)"])
    #expect(result.step == 1)
  }

  @Test("a manifest of a later format is refused by its number")
  func laterFormat() throws {
    let result = try afterDamage { folder in
      let file = folder.appending(path: "manifest.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let rest = text.drop { $0 != "\n" }.replacing("\"format\" : 1", with: "\"format\" : 2")
      try Data(try sealed(rest).utf8).write(to: file)
    }
    #expect(
      result.reports == [
        "checkpoint step-2 is passed over: its manifest is of format 2; this program reads format 1"
      ])
  }

  @Test("names that are not ours are no checkpoints")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      for name in [
        "step-", "step-x", "step-007", "step-+3", "step--3", "Step-9", "step-3 ", ".tmp-step-9-1",
      ] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: name), withIntermediateDirectories: false)
      }
      #expect(try store.newest() == nil)
      try save(1, in: store)
      #expect(try store.newest()?.step == 1)
    }
  }

  @Test("if no checkpoint is whole, that is an error and not a fresh start")
  func noneWhole() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(1, in: store)
      try Data().write(to: folder.appending(path: "step-1/moments"))
      let error = #expect(throws: CheckpointError.self) { try store.newest() }
      let text = try #require(error).description
      #expect(
        text.hasSuffix(": no checkpoint is whole: step-1: moments has 0 bytes instead of 3000"))
      // The damaged one is neither counted nor deleted.
      for step in 2...5 { try save(step, in: store) }
      #expect(names(in: store) == ["latest", "step-1", "step-4", "step-5"])
    }
  }
}

/// A manifest's text with the right hash before it, as somebody would write who knows the format.
private func sealed(_ rest: some StringProtocol) throws -> String {
  // The hash of a text is what a checkpoint says of a file with that text.
  let digest = try withTemporaryFolder { folder in
    try CheckpointStore(folder: folder, keepLast: 1).save(step: 1) { folder in
      try Data(rest.utf8).write(to: folder.appending(path: "text"))
    }
    let manifest = try String(
      contentsOf: folder.appending(path: "step-1/manifest.json"), encoding: .utf8)
    return try #require(manifest.firstMatch(of: /"sha256" : "([0-9a-f]{64})"/)).1
  }
  return "{\"digest\":\"\(digest)\"," + rest
}
