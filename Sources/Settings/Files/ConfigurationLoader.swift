// Defaults, then a file, then the command line: each layer is checked against the tree of the
// defaults, so that no setting is ever ignored, misread or guessed.

public import Foundation

/// A setting that two configurations disagree on.
public struct ConfigurationDifference: Equatable, Sendable, CustomStringConvertible {
  /// The dotted key.
  public var key: String
  /// The value of the first, as YAML; "absent" where a free key is missing.
  public var old: String
  /// The value of the second.
  public var new: String

  /// One line, such as `actor.optim.lr: 1e-06 -> 2e-06`.
  public var description: String { "\(key): \(old) -> \(new)" }
}

/// Reads configurations and lays them over each other.
public enum ConfigurationLoader {
  /// Parses a YAML file of at most a megabyte.
  ///
  /// Anchors, aliases, tags, merge keys, duplicate keys, several documents and deep nesting are
  /// refused with their line.
  public static func parse(file: URL) throws(ConfigurationError) -> ConfigurationTree {
    let tree = ConfigurationTree(try ConfigurationFile(reading: file).assignments())
    // Dropping verl's prefix can bring two spellings of one key together.
    var origins: [[String]: ConfigurationOrigin] = [:]
    for assignment in tree.assignments {
      if case .file(_, let line)? = origins.updateValue(assignment.origin, forKey: assignment.path)
      {
        throw .unacceptable(
          assignment.origin, key: assignment.key, reason: "was already given in line \(line)")
      }
    }
    return tree
  }

  /// Parses overrides of the command line, each `a.b=c`; of two for one key the later wins.
  public static func parse(overrides: [String]) throws(ConfigurationError) -> ConfigurationTree {
    var assignments: [ConfigurationTree.Assignment] = []
    for argument in overrides {
      assignments += try ConfigurationTree.assignments(override: argument)
    }
    return ConfigurationTree(assignments)
  }

  /// Lays a layer over a configuration.
  ///
  /// Every key must be one of `base`'s; dictionaries take any key. A value must be of the type
  /// that `base` has there; whole numbers serve where numbers are wanted. Lists replace lists.
  public static func apply<Value: Codable>(_ layer: ConfigurationTree, to base: Value)
    throws(ConfigurationError) -> Value
  {
    let defaults = configurationTree(of: base)
    var overlay = ConfigurationOverlay(tree: defaults)
    for assignment in layer.assignments { try overlay.lay(assignment) }
    do {
      return try configurationValue(Value.self, from: overlay.tree)
    } catch {
      throw overlay.located(error)
    }
  }

  /// The whole configuration as YAML: every setting, in the order of declaration.
  ///
  /// Loading the text gives the same value again.
  public static func encodeYAML(_ value: some Encodable) -> String {
    guard case .section(let section) = configurationTree(of: value) else {
      return plainYAML(configurationTree(of: value)) + "\n"
    }
    return yamlLines(of: section, indentation: "").map { $0 + "\n" }.joined()
  }

  /// The settings in which two configurations differ, in the order of declaration.
  public static func differences<Value: Encodable>(between old: Value, and new: Value)
    -> [ConfigurationDifference]
  {
    let olds = configurationTree(of: old).leaves()
    let news = configurationTree(of: new).leaves()
    func find(_ key: String, in leaves: [(key: String, value: ConfigurationValue)]) -> String {
      leaves.first { $0.key == key }.map { plainYAML($0.value) } ?? "absent"
    }
    let added = news.map(\.key).filter { key in !olds.contains { $0.key == key } }
    return (olds.map(\.key) + added).compactMap { key in
      let difference = ConfigurationDifference(
        key: key, old: find(key, in: olds), new: find(key, in: news))
      return difference.old == difference.new ? nil : difference
    }
  }
}
