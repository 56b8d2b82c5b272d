// A run's settings, flat: what its config.resolved.yaml says, key by key.

import Checkpoints
import Foundation
import Yams

/// A setting with its dotted key, as it is written.
public struct RunSetting: Codable, Sendable, Hashable {
  /// Such as `algorithm.gamma`.
  public var key: String
  /// Such as `0.99`.
  public var value: String
}

/// Reads config.resolved.yaml.
enum RunSettings {
  /// The longest file, the most settings and the deepest nesting that are read: the program's own stay far below.
  static let mostBytes = 1 << 20
  static let mostSettings = 5000
  static let depth = 16

  /// The settings of a file; none where it cannot be read as such.
  static func flat(_ file: URL) -> [RunSetting] {
    guard let bytes = try? DurableFile.contents(of: file.path, atMost: mostBytes),
      let node = try? Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    else { return [] }
    var found: [RunSetting] = []
    add(node, "", 0, &found)
    return found
  }

  private static func add(_ node: Node, _ key: String, _ depth: Int, _ found: inout [RunSetting]) {
    guard depth < Self.depth, found.count < mostSettings else { return }
    if case .mapping(let mapping) = node, !mapping.isEmpty {
      for (name, value) in mapping {
        add(value, key.isEmpty ? words(name) : "\(key).\(words(name))", depth + 1, &found)
      }
    } else {
      found.append(RunSetting(key: key, value: words(node)))
    }
  }

  /// A value as a recipe has it, lists in brackets.
  private static func words(_ node: Node, _ depth: Int = 0) -> String {
    guard depth < Self.depth else { return "…" }
    return switch node {
    case .scalar(let scalar): String(scalar.string.prefix(10_000))
    case .sequence(let list):
      "[\(list.prefix(200).map { words($0, depth + 1) }.joined(separator: ", "))]"
    case .mapping: "{}"
    case .alias: "…"
    }
  }
}

extension [RunSetting] {
  /// The value of a key.
  func callAsFunction(_ key: String) -> String? { first { $0.key == key }?.value }
}
