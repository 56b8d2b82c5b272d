// Laying written settings over a tree of typed ones, one at a time, remembering who wrote what.

import Records

/// A tree that settings are laid over.
struct ConfigurationOverlay {
  /// The tree so far.
  private(set) var tree: ConfigurationValue
  private let schema: ConfigurationValue
  private var origins: [(path: [String], origin: ConfigurationOrigin)] = []

  init(tree: ConfigurationValue) {
    self.tree = tree
    schema = tree
  }

  /// Lays one setting over the tree.
  mutating func lay(_ assignment: ConfigurationTree.Assignment) throws(ConfigurationError) {
    let path = try lay(assignment, at: 0, onto: &tree)
    origins.append((path, assignment.origin))
  }

  /// Walks down the path and returns the one that was set in the end.
  private func lay(
    _ assignment: ConfigurationTree.Assignment, at depth: Int, onto value: inout ConfigurationValue
  ) throws(ConfigurationError) -> [String] {
    guard case .section(var section) = value else {
      guard depth == assignment.path.count else {
        let leaf = assignment.path[..<depth].joined(separator: ".")
        throw .unacceptable(
          assignment.origin, key: assignment.key,
          reason: "does not exist: \(leaf) takes \(value.words), not a section")
      }
      value = try typed(assignment, like: value)
      return assignment.path
    }
    guard depth < assignment.path.count else {
      return try layOnSection(assignment, at: depth, onto: &value, section: section)
    }
    let key = assignment.path[depth]
    if let index = section.index(of: key) {
      let path = try lay(assignment, at: depth + 1, onto: &section.entries[index].value)
      value = .section(section)
      return path
    }
    guard section.isOpen else { throw unknown(assignment) }
    let (new, path) = try added(assignment, at: depth, to: section)
    let place = section.entries.firstIndex { key.utf8.lexicographicallyPrecedes($0.key.utf8) }
    section.entries.insert(.init(key: key, value: new), at: place ?? section.entries.endIndex)
    value = .section(section)
    return path
  }

  /// What a new key of a dictionary holds: a value, or a section that starts from the defaults.
  private func added(
    _ assignment: ConfigurationTree.Assignment, at depth: Int, to section: ConfigurationSection
  ) throws(ConfigurationError) -> (ConfigurationValue, path: [String]) {
    if var new = section.template.first {
      let path = try lay(assignment, at: depth + 1, onto: &new)
      return (new, path)
    }
    guard depth == assignment.path.count - 1 else {
      throw .unacceptable(
        assignment.origin, key: assignment.key, reason: "is a section where a single value goes")
    }
    return (try free(assignment, in: section), assignment.path)
  }

  /// A section given something whole: nothing, an empty section, or the name of a preset.
  private func layOnSection(
    _ assignment: ConfigurationTree.Assignment, at depth: Int,
    onto value: inout ConfigurationValue, section: ConfigurationSection
  ) throws(ConfigurationError) -> [String] {
    switch assignment.content {
    case .emptySection:
      return assignment.path
    case .scalar(let scalar) where scalar.isNothing:
      return assignment.path
    case .scalar where section.index(of: presetKey) != nil:
      var preset = assignment
      preset.path.append(presetKey)
      return try lay(preset, at: depth, onto: &value)
    case .scalar, .list:
      let first = section.entries.first?.key ?? "key"
      throw .unacceptable(
        assignment.origin, key: assignment.key,
        reason: "is a section; give its settings, such as \(assignment.key).\(first)")
    }
  }

  /// The value of a setting, of the type of the one it replaces.
  private func typed(
    _ assignment: ConfigurationTree.Assignment, like old: ConfigurationValue
  ) throws(ConfigurationError) -> ConfigurationValue {
    let isVerbatim = assignment.origin == .commandLine
    do throws(ConfigurationTree.Scalar.Refusal) {
      switch (assignment.content, old) {
      case (.scalar(let scalar), _):
        guard let kind = old.kind else {
          throw .init(reason: "wants \(old.words), not \(shortened(scalar.text))")
        }
        return try scalar.value(as: kind, isVerbatim: isVerbatim)
      case (.list(let scalars), .list(let elements, let element)):
        let kind = element ?? elements.first?.kind
        var values: [ConfigurationValue] = []
        for scalar in scalars {
          values.append(try scalar.value(as: kind, isVerbatim: isVerbatim))
        }
        return .list(values, element: element)
      case (.list, _):
        throw .init(reason: "wants \(old.words), not a list")
      case (.emptySection, _):
        throw .init(reason: "wants \(old.words), not a section")
      }
    } catch {
      throw .unacceptable(assignment.origin, key: assignment.key, reason: error.reason)
    }
  }

  /// The value under a free key.
  private func free(
    _ assignment: ConfigurationTree.Assignment, in section: ConfigurationSection
  ) throws(ConfigurationError) -> ConfigurationValue {
    guard case .scalar(let scalar) = assignment.content else {
      throw .unacceptable(
        assignment.origin, key: assignment.key, reason: "wants a single value under a free key")
    }
    let isVerbatim = assignment.origin == .commandLine
    do {
      return try scalar.value(as: section.element, isVerbatim: isVerbatim)
    } catch {
      throw .unacceptable(assignment.origin, key: assignment.key, reason: error.reason)
    }
  }

  /// All keys, and those of a dictionary's new section under the key that was written.
  private func keys(around path: [String]) -> [String] {
    var keys = schema.leaves().map(\.key) + schema.sections()
    var value = schema
    for (depth, key) in path.enumerated() {
      guard case .section(let section) = value else { break }
      if let template = section.template.first {
        keys += template.leaves(under: path[...depth].joined(separator: ".")).map(\.key)
        value = template
      } else if let index = section.index(of: key) {
        value = section.entries[index].value
      }
    }
    return keys
  }

  private func unknown(_ assignment: ConfigurationTree.Assignment) -> ConfigurationError {
    let keys = keys(around: assignment.path)
    if assignment.path.contains(where: { $0.contains(".") }), keys.contains(assignment.key) {
      return .unacceptable(
        assignment.origin, key: assignment.key,
        reason: "is written with dots; in a file, nest it in its section")
    }
    return .unknownKey(
      assignment.origin, key: assignment.key,
      suggestions: suggestions(for: assignment.key, among: keys))
  }

  /// A failure to decode the tree, with the place of the setting that caused it.
  func located(_ error: any Error) -> ConfigurationError {
    guard let error = error as? DecodingError else {
      return .malformed(.defaults, reason: "\(error)")
    }
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      @unknown default:
        DecodingError.Context(codingPath: [], debugDescription: "cannot be decoded")
      }
    let path = context.codingPath.filter { $0.intValue == nil }.map(\.stringValue)
    // The setting itself, or the one it lies in, or, for a section that refuses its settings
    // together, the last one written inside.
    let culprit =
      origins.last { path.starts(with: $0.path) } ?? origins.last { $0.path.starts(with: path) }
    return .unacceptable(
      culprit?.origin ?? .defaults,
      key: path.isEmpty ? "the configuration" : path.joined(separator: "."),
      reason: context.debugDescription)
  }
}
