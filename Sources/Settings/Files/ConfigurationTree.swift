// What was written: settings with their keys, as text that has no type yet, each with its place.

import Records

/// Settings as somebody wrote them, in a file or on the command line.
public struct ConfigurationTree: Sendable {
  /// A single value as written.
  struct Scalar: Sendable, Equatable {
    var text: String
    /// Whether quotes or a block say that it is text.
    var isQuoted: Bool
  }

  enum Content: Sendable, Equatable {
    case scalar(Scalar)
    case list([Scalar])
    case emptySection
  }

  struct Assignment: Sendable {
    var path: [String]
    var content: Content
    var origin: ConfigurationOrigin

    var key: String { path.joined(separator: ".") }
  }

  /// Every setting in the order it was written; later ones win.
  var assignments: [Assignment]

  /// Nothing at all.
  public init() { assignments = [] }

  init(_ assignments: [Assignment]) {
    self.assignments = assignments.map { assignment in
      var assignment = assignment
      assignment.path = Self.withoutHabit(assignment.path)
      return assignment
    }
  }

  /// verl's name for the section that holds actor, rollout and model; here they stand alone.
  private static let habit = "actor_rollout_ref"

  private static func withoutHabit(_ path: [String]) -> [String] {
    path.count > 1 && path[0] == habit ? Array(path.dropFirst()) : path
  }

  /// The text written for one key, before any check of its type.
  ///
  /// `algorithm: grpo` counts as `algorithm.preset: grpo`: a single value given to a section names
  /// the section's preset.
  public func text(at key: String) -> String? {
    let scalars = assignments.compactMap { assignment -> (key: String, text: String)? in
      guard case .scalar(let scalar) = assignment.content else { return nil }
      return (assignment.key, scalar.text)
    }
    return scalars.last { $0.key == key || "\($0.key).\(presetKey)" == key }?.text
  }

  /// The settings less one, under either of the spellings that ``text(at:)`` knows.
  func removing(_ key: String) -> ConfigurationTree {
    var rest = self
    rest.assignments.removeAll { assignment in
      guard case .scalar = assignment.content else { return false }
      return assignment.key == key || "\(assignment.key).\(presetKey)" == key
    }
    return rest
  }

  /// Where a key was last written.
  public func origin(of key: String) -> ConfigurationOrigin? {
    assignments.last { $0.key == key || "\($0.key).\(presetKey)" == key }?.origin
  }
}

/// The key that a single value given to a section sets.
let presetKey = "preset"

extension ConfigurationTree {
  /// Reads one `key=value` of the command line.
  static func assignments(override argument: String) throws(ConfigurationError) -> [Assignment] {
    func malformed(_ reason: String) -> ConfigurationError {
      .malformed(.commandLine, reason: "\(shortened(argument)): \(reason)")
    }
    guard let equals = argument.firstIndex(of: "=") else {
      throw malformed("overrides are written key=value, such as trainer.seed=7")
    }
    let key = argument[..<equals]
    if key.hasPrefix("-") { throw malformed("overrides are written without dashes, key=value") }
    if key.hasPrefix("+") || key.hasPrefix("~") {
      throw malformed("keys are neither added nor removed; write key=value")
    }
    let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard path.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
      throw malformed("the key has an empty part or a space in it")
    }
    let value = String(argument[argument.index(after: equals)...])
    // Lists, sections and quoted texts are YAML; anything else is what it looks like.
    guard let first = value.first, "[{\"'".contains(first) else {
      let scalar = Scalar(text: value, isQuoted: false)
      return [Assignment(path: path, content: .scalar(scalar), origin: .commandLine)]
    }
    return try ConfigurationFile(name: nil, text: value).assignments(under: path)
  }
}
