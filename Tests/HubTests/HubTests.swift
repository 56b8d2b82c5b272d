// Names of the hub, its cache on this machine, and a hub of its shape on loopback.

import Foundation
import Hub
import Testing

/// A folder that goes away with the test.
private func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "vapo-hub-\(UUID().uuidString)", directoryHint: .isDirectory)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

private func write(_ text: String, to file: URL) throws {
  try FileManager.default.createDirectory(
    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(text.utf8).write(to: file)
}

@Suite("Names of the hub")
struct HubNameTests {
  @Test(
    "What is a name, and which revision it means",
    arguments: [
      ("Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B", "main"),
      ("openai/gsm8k@v1.0", "openai/gsm8k", "v1.0"), ("a/b@refs/pr/3", "a/b", "refs/pr/3"),
    ])
  func names(text: String, repository: String, revision: String) throws {
    let name = try #require(HubName(text))
    #expect(name.repository == repository && name.revision == revision)
    #expect(HubName(name.description) == name)
  }

  @Test(
    "What is none",
    arguments: [
      "", "model", "./model", "../a", "a/b/c", "/a/b", "a/", "/b", "a/b@", "a/..", "a/.b", "-a/b",
      "a/b c", "a/b@../../x", "a/b@-x", "a/b@/x", "ä/b", "a--b/c", "a/b@x y", "a//b", "~/b",
      "a/" + String(repeating: "x", count: 97), "a/b\n",
    ])
  func others(text: String) {
    #expect(HubName(text) == nil)
  }
}

@Suite("The hub's cache")
struct HubCacheTests {
  @Test("lies where the environment says")
  func folder() {
    func path(_ environment: [String: String]) -> String { HubCache(environment).folder.path }
    let home = NSHomeDirectory()
    #expect(path([:]) == "\(home)/.cache/huggingface/hub")
    #expect(path(["XDG_CACHE_HOME": "/x"]) == "/x/huggingface/hub")
    #expect(path(["XDG_CACHE_HOME": "/x", "HF_HOME": "~/h"]) == "\(home)/h/hub")
    #expect(path(["HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/c"]) == "/c")
    #expect(path(["HUGGINGFACE_HUB_CACHE": "/c", "HF_HUB_CACHE": "/d"]) == "/d")
    #expect(path(["HF_HUB_CACHE": "", "HF_HOME": "/h"]) == "/h/hub")
  }

  @Test("has a revision by its reference or its commit, and nothing by a hostile one")
  func snapshots() throws {
    try withFolder { root in
      let cache = HubCache(["HF_HUB_CACHE": root.path])
      let repository = root.appending(path: "models--a--b")
      try write("{}", to: repository.appending(path: "snapshots/c0ffee/config.json"))
      try write("c0ffee\n", to: repository.appending(path: "refs/main"))
      try write("../../..", to: repository.appending(path: "refs/bad"))
      try write("gone", to: repository.appending(path: "refs/old"))
      func found(_ text: String, _ kind: HubKind = .model) -> String? {
        HubName(text).flatMap { cache.snapshot($0, kind)?.lastPathComponent }
      }
      #expect(found("a/b") == "c0ffee" && found("a/b@c0ffee") == "c0ffee")
      #expect(found("a/b@bad") == nil && found("a/b@old") == nil && found("a/c") == nil)
      #expect(found("a/b", .dataset) == nil)
      #expect(cache.place(of: "a/b", .model).lastPathComponent == "c0ffee")
      #expect(cache.place(of: "a/none", .model).relativePath == "a/none")
    }
  }

  @Test("is not asked for mistyped paths")
  func paths() {
    #expect(HubCache.name("org/tiny")?.repository == "org/tiny")
    // Tests run where the manifest is, beside the folder Sources.
    let here = FileManager.default.currentDirectoryPath
    #expect(FileManager.default.fileExists(atPath: "\(here)/Sources"))
    for path in ["Sources/none", "problems/train.jsonl", "problems/train.parquet", "runs/a/actor"] {
      #expect(HubCache.name(path) == nil)
    }
  }

  @Test("knows the files of a split, in whichever of the usual shapes")
  func splits() throws {
    try withFolder { root in
      for file in [
        "main/train-00001-of-00002.parquet", "main/train-00000-of-00002.parquet",
        "main/test-00000-of-00001.parquet", "socratic/train-00000-of-00001.parquet",
        "socratic/test-00000-of-00001.parquet", "data/validation.jsonl", "README.md",
        ".cache/train.jsonl",
      ] { try write("", to: root.appending(path: file)) }
      func names(_ subset: String, _ split: String) throws -> [String] {
        try HubCache.files(in: root, subset: subset, split: split).map(\.lastPathComponent)
      }
      #expect(
        try names("main", "train") == [
          "train-00000-of-00002.parquet", "train-00001-of-00002.parquet",
        ])
      #expect(try names("", "validation") == ["validation.jsonl"])
      let several = #expect(throws: HubError.self) { try names("", "test") }
      #expect(several?.description.contains("one of: main, socratic") == true)
      let none = #expect(throws: HubError.self) { try names("main", "dev") }
      #expect(none?.description.contains("begin with: test, train, validation") == true)
    }
  }
}

/// A hub of the hub's shape, and who asks it.
private final class LocalHub {
  let process = Process()
  let environment: [String: String]
  private(set) var words: [String] = []

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Whether there is huggingface_hub, here or from a package index.
  static let isReady: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", root.appending(path: "dev/fetch-hub.py").path, "prepare"]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  init(_ folder: URL, cache: URL, with more: [String: String] = [:]) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", Self.root.appending(path: "Tests/Programs/hub_server.py").path, folder.path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    var environment = ProcessInfo.processInfo.environment
    for key in environment.keys where key.hasPrefix("HF_") || key.hasSuffix("_proxy") {
      environment[key] = nil
    }
    environment["VAPO_ROOT"] = Self.root.path
    environment["HF_ENDPOINT"] = "http://127.0.0.1:\(port)"
    environment["HF_HUB_CACHE"] = cache.path
    environment["HF_HUB_DISABLE_XET"] = "1"
    self.environment = environment.merging(more) { $1 }
  }

  func pinned(
    _ path: String, _ kind: HubKind, files: [String]? = nil, with more: [String: String] = [:]
  ) throws -> String {
    let fetch = HubFetch(environment: environment.merging(more) { $1 }) { self.words.append($0) }
    return try fetch.pinned(path, kind, files: files)
  }

  /// Ends the server, whatever it makes of signals that it may ignore.
  func stop() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { stop() } }
}

@Suite(
  "A hub on loopback", .serialized,
  .enabled(if: LocalHub.isReady, "needs huggingface_hub, and no package index is in reach"))
struct LocalHubTests {
  static let commit = "0123456789abcdef0123456789abcdef01234567"

  private func publish(in root: URL) throws -> (hub: URL, cache: URL) {
    let hub = root.appending(path: "hub", directoryHint: .isDirectory)
    let model = hub.appending(path: "models/org/tiny")
    for (name, text) in [
      ("config.json", "{}"), ("tokenizer.json", "{}"), ("model.safetensors", "weights"),
      ("pytorch_model.bin", "the same again"), ("README.md", "words"),
    ] { try write(text, to: model.appending(path: name)) }
    try write("{}", to: hub.appending(path: "models/org/old/config.json"))
    try write("{}", to: hub.appending(path: "datasets/org/one/data/all-problems.parquet"))
    let data = hub.appending(path: "datasets/org/sums")
    try write("{}\n", to: data.appending(path: "main/train-00000-of-00001.jsonl"))
    try write("{}\n", to: data.appending(path: "main/test-00000-of-00001.jsonl"))
    return (hub, root.appending(path: "cache", directoryHint: .isDirectory))
  }

  @Test("A model is fetched once, nailed to its commit, and found again without the network")
  func model() throws {
    try withFolder { root in
      let (folder, cache) = try publish(in: root)
      let hub = try LocalHub(folder, cache: cache)
      #expect(try hub.pinned("org/tiny", .model) == "org/tiny@\(Self.commit)")
      #expect(hub.words.contains { $0.contains("fetching model org/tiny") })
      let place = try #require(
        HubCache(hub.environment).snapshot(HubName("org/tiny")!, .model))
      let files = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
      #expect(files == ["config.json", "model.safetensors", "tokenizer.json"])
      hub.stop()
      let offline = ["HF_HUB_OFFLINE": "1"]
      #expect(try hub.pinned("org/tiny", .model, with: offline) == "org/tiny@\(Self.commit)")
      #expect(
        try hub.pinned("org/tiny@\(Self.commit)", .model) == "org/tiny@\(Self.commit)")
      let error = #expect(throws: HubError.self) {
        try hub.pinned("org/other", .model, with: offline)
      }
      #expect(error?.description.contains("HF_HUB_OFFLINE") == true)
    }
  }

  @Test("A data set's split is fetched without the others")
  func data() throws {
    try withFolder { root in
      let (folder, cache) = try publish(in: root)
      let hub = try LocalHub(folder, cache: cache)
      let name = try hub.pinned("org/sums", .dataset, files: ["*train*.jsonl"])
      #expect(name == "org/sums@\(Self.commit)")
      let place = HubCache(hub.environment).place(of: name, .dataset)
      #expect(
        try HubCache.files(in: place, subset: "", split: "train").map(\.lastPathComponent)
          == ["train-00000-of-00001.jsonl"])
      #expect(throws: HubError.self) {
        try HubCache.files(in: place, subset: "", split: "test")
      }
      // Where no file is called after a split, there is only one.
      let one = try hub.pinned("org/one", .dataset, files: ["*test*.jsonl", "else", "*.parquet"])
      #expect(
        try HubCache.files(
          in: HubCache(hub.environment).place(of: one, .dataset), subset: "", split: "test"
        ).map(\.lastPathComponent) == ["all-problems.parquet"])
    }
  }

  @Test("What cannot be had is an error that says why; a path stays a path")
  func errors() throws {
    try withFolder { root in
      let (folder, cache) = try publish(in: root)
      let hub = try LocalHub(folder, cache: cache)
      #expect(try hub.pinned(folder.path, .model) == folder.path)
      #expect(try hub.pinned("no/path/of/ours", .model) == "no/path/of/ours")
      for (name, words) in [
        ("org/none", "could not be fetched"), ("org/tiny@none", "could not be fetched"),
        ("org/old", "has no tokenizer.json, model.safetensors"),
      ] {
        let error = #expect(throws: HubError.self) { try hub.pinned(name, .model) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      }
      try write("hf_secret", to: folder.appending(path: "token"))
      #expect(throws: HubError.self) { try hub.pinned("org/tiny", .model) }
      #expect(
        try hub.pinned("org/tiny", .model, with: ["HF_TOKEN": "hf_secret"])
          == "org/tiny@\(Self.commit)")
    }
  }
}
