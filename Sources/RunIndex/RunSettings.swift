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
  /// The most values that are visited: an alias can stand for a text of its own size, and again for that.
  private static let mostNodes = 50_000

  /// The settings of a file; none where it cannot be read as such.
  static func flat(_ file: URL) -> [RunSetting] {
    guard let bytes = try? DurableFile.contents(of: file.path, atMost: mostBytes),
      let node = try? Yams.compose(yaml: String(decoding: bytes, as: UTF8.self))
    else { return [] }
    var found: [RunSetting] = []
    var rest = mostNodes
    add(node, "", 0, &found, &rest)
    return found
  }

  private static func add(
    _ node: Node, _ key: String, _ depth: Int, _ found: inout [RunSetting], _ rest: inout Int
  ) {
    rest -= 1
    guard depth < Self.depth, found.count < mostSettings, rest > 0 else { return }
    if case .mapping(let mapping) = node, !mapping.isEmpty {
      for (name, value) in mapping {
        let name = words(name, &rest)
        add(value, key.isEmpty ? name : "\(key).\(name)", depth + 1, &found, &rest)
      }
    } else {
      found.append(RunSetting(key: key, value: words(node, &rest)))
    }
  }

  /// A value as a recipe has it, lists in brackets.
  private static func words(_ node: Node, _ rest: inout Int, _ depth: Int = 0) -> String {
    rest -= 1
    guard depth < Self.depth, rest > 0 else { return "…" }
    return switch node {
    case .scalar(let scalar): String(scalar.string.prefix(10_000))
    case .sequence(let list): "[\(joined(list, &rest, depth + 1))]"
    case .mapping: "{}"
    case .alias: "…"
    }
  }

  private static func joined(_ list: Node.Sequence, _ rest: inout Int, _ depth: Int) -> String {
    var parts: [String] = []
    for node in list.prefix(200) where rest > 0 { parts.append(words(node, &rest, depth)) }
    return parts.joined(separator: ", ")
  }
}

extension [RunSetting] {
  /// The value of a key.
  func callAsFunction(_ key: String) -> String? { first { $0.key == key }?.value }
}
