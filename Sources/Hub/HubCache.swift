// The hub's cache on this machine, as huggingface_hub lays it out: nothing here asks the network.
//
//     models--org--name/refs/main              the commit that `main` was when it was fetched
//     models--org--name/snapshots/<commit>/    the files, links into blobs/

public import Foundation
import Words

/// The cache of repositories of the hub.
public struct HubCache: Sendable {
  /// The folder that holds all repositories.
  public var folder: URL

  /// The cache that an environment names: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME`, or what
  /// stands for it where none is set.
  public init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func folder(_ name: String, _ rest: String = "") -> URL? {
      guard let path = environment[name], !path.isEmpty else { return nil }
      let expanded = path.hasPrefix("~/") ? NSHomeDirectory() + path.dropFirst() : path
      return URL(filePath: expanded + rest, directoryHint: .isDirectory)
    }
    self.folder =
      folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? folder("HF_HOME", "/hub")
      ?? folder("XDG_CACHE_HOME", "/huggingface/hub")
      ?? URL(filePath: NSHomeDirectory() + "/.cache/huggingface/hub", directoryHint: .isDirectory)
  }

  /// The snapshot of a repository's revision, where there is one.
  public func snapshot(_ name: HubName, _ kind: HubKind) -> URL? {
    let repository = folder.appending(
      path: "\(kind.plural)--\(name.owner)--\(name.name)", directoryHint: .isDirectory)
    let reference = repository.appending(path: "refs/\(name.revision)")
    var commit = name.revision
    // A reference holds a commit and nothing else.
    if let text = try? contents(of: reference, atMost: 200) {
      commit = String(decoding: text, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard !commit.isEmpty, !commit.contains("/"), commit != "..", commit != "." else { return nil }
    let snapshot = repository.appending(
      path: "snapshots/\(commit)", directoryHint: .isDirectory)
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: snapshot.path, isDirectory: &isFolder)
    return isThere && isFolder.boolValue ? snapshot : nil
  }

  /// The folder or file that a setting means: a path on this machine, or a repository in the cache.
  ///
  /// What is on this machine wins. What is nowhere stays a path, and is missed by whoever opens it.
  public func place(of path: String, _ kind: HubKind) -> URL {
    guard let name = Self.name(path) else { return URL(filePath: path) }
    return snapshot(name, kind) ?? URL(filePath: path)
  }

  /// The repository that a setting names; nil where it is a path.
  ///
  /// A mistyped path is a path: what begins with a folder that is here, or ends as files of problems
  /// do, is not asked of the hub.
  public static func name(_ path: String) -> HubName? {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: path), let name = HubName(path),
      !manager.fileExists(atPath: name.owner),
      ![".jsonl", ".json", ".parquet", ".arrow"].contains(where: { name.name.hasSuffix($0) })
    else { return nil }
    return name
  }

  /// What a snapshot of a model lacks to be loaded, as names of files; nothing when it is whole.
  static func missing(fromModel snapshot: URL) -> [String] {
    let manager = FileManager.default
    func isThere(_ name: String) -> Bool {
      manager.fileExists(atPath: snapshot.appending(path: name).path)
    }
    if isThere("adapter_config.json") {
      return isThere("adapter_model.safetensors") ? [] : ["adapter_model.safetensors"]
    }
    var missing = ["config.json", "tokenizer.json"].filter { !isThere($0) }
    let index = "model.safetensors.index.json"
    guard isThere(index) else {
      return missing + (isThere("model.safetensors") ? [] : ["model.safetensors"])
    }
    struct Index: Decodable {
      var weight_map: [String: String]
    }
    let map = (try? contents(of: snapshot.appending(path: index), atMost: 64 << 20)).flatMap {
      try? JSONDecoder().decode(Index.self, from: $0)
    }
    guard let map else { return missing + [index] }
    missing += Set(map.weight_map.values).filter { !$0.contains("/") && !isThere($0) }.sorted()
    return missing
  }
}
