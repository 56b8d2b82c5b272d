// Bringing repositories of the hub here: huggingface_hub does it, in a Python of its own, and shows
// its progress. It resumes what was broken off, and heeds HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE.

public import Foundation

/// Why a repository cannot be had.
public struct HubError: Error, CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String
}

/// Fetches repositories that the cache lacks.
public struct HubFetch {
  private let cache: HubCache
  private let environment: [String: String]
  private let say: (String) -> Void

  /// - Parameters:
  ///   - environment: where the cache is, and how the hub is asked.
  ///   - say: where words go.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    say: @escaping (String) -> Void
  ) {
    self.environment = environment
    self.say = say
    cache = HubCache(environment)
  }

  /// Files of a model's repository that are fetched: not the same weights in other forms.
  private static let modelFiles = [
    "*.json", "*.safetensors", "*.jinja", "merges.txt", "tokenizer.model",
  ]

  /// A setting with its revision nailed down and its files in the cache; a path stays as it is.
  ///
  /// - Parameters:
  ///   - path: a path, or a repository's name.
  ///   - kind: what the repository holds.
  ///   - patterns: the files to fetch; those of a model where left out.
  /// - Returns: the path, or `org/name@commit`.
  /// - Throws: ``HubError``.
  public func pinned(
    _ path: String, _ kind: HubKind, files patterns: [String]? = nil
  ) throws(HubError) -> String {
    guard var name = HubCache.name(path) else { return path }
    let snapshot = try fetched(name, kind, patterns ?? Self.modelFiles)
    name.revision = snapshot.lastPathComponent
    say("\(kind.rawValue) \(name.repository) at commit \(name.revision.prefix(12))")
    return name.description
  }

  private func fetched(
    _ name: HubName, _ kind: HubKind, _ patterns: [String]
  ) throws(HubError) -> URL {
    let cached = cache.snapshot(name, kind)
    if let cached, kind == .model, HubCache.missing(fromModel: cached).isEmpty { return cached }
    if let cached, kind == .dataset, isOffline || name.revision == cached.lastPathComponent {
      return cached
    }
    guard !isOffline else {
      throw HubError(
        description: "'\(name)' is no path here, and the hub's cache \(cache.folder.path) "
          + (cached == nil ? "does not have it" : "has it in part only")
          + "; HF_HUB_OFFLINE forbids to fetch it")
    }
    try fetch(name, kind, patterns)
    guard let snapshot = cache.snapshot(name, kind) else {
      throw HubError(
        description: "'\(name)' was fetched, and is not in the hub's cache \(cache.folder.path)")
    }
    let missing = kind == .model ? HubCache.missing(fromModel: snapshot) : []
    guard missing.isEmpty else {
      throw HubError(
        description: "'\(name)' has no \(missing.joined(separator: ", ")): "
          + "its weights must be safetensors, and its tokenizer a tokenizer.json")
    }
    return snapshot
  }

  private var isOffline: Bool {
    ["1", "on", "yes", "true"].contains((environment["HF_HUB_OFFLINE"] ?? "").lowercased())
  }

  private func fetch(
    _ name: HubName, _ kind: HubKind, _ patterns: [String]
  ) throws(HubError) {
    guard let root = environment["VAPO_ROOT"] else {
      throw HubError(
        description: "'\(name)' is no path here; run by ./vapo, it is looked for on the hub")
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["python3", "\(root)/dev/fetch-hub.py", kind.rawValue, name.repository, name.revision]
      + patterns
    process.environment = environment
    // Words and bars are for the eye; standard output may be somebody's file.
    process.standardOutput = FileHandle.standardError
    say("fetching \(kind.rawValue) \(name) from the hub")
    do {
      try process.run()
    } catch {
      throw HubError(description: "'\(name)' cannot be fetched: python3 does not start: \(error)")
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw HubError(
        description: "'\(name)' is no path here, and could not be fetched from the hub; see above")
    }
  }
}
