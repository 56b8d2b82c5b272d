// What can be wrong with a configuration: with the place it was written, a file and line or the
// command line, where one place is to blame.

import Records

/// Where a setting was written.
public enum ConfigurationOrigin: Equatable, Sendable, CustomStringConvertible {
  /// A line of a file, counted from 1.
  case file(String, line: Int)
  /// An override after the command.
  case commandLine
  /// Nobody wrote it: it is a default.
  case defaults

  /// The place as editors and compilers spell it, such as `recipe.yaml:12`.
  public var description: String {
    switch self {
    case .file(let name, let line): "\(name):\(line)"
    case .commandLine: "command line"
    case .defaults: "defaults"
    }
  }
}

/// Why a configuration is refused.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read as text.
  case unreadable(file: String, reason: String)
  /// The text is not the YAML that configurations are written in.
  case malformed(ConfigurationOrigin, reason: String)
  /// There is no such setting; the suggestions come nearest.
  case unknownKey(ConfigurationOrigin, key: String, suggestions: [String])
  /// The setting exists and does not take this value.
  case unacceptable(ConfigurationOrigin, key: String, reason: String)
  /// The settings cannot be used together, or not here; one line each, beginning with the key.
  case refused(String)

  /// One line: the place, the key, what is wrong, what to write instead.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file): \(reason)"
    case .malformed(let origin, let reason):
      return "\(origin): \(reason)"
    case .unknownKey(let origin, let key, let suggestions):
      let start = "\(origin): unknown key \(shortened(key))"
      return suggestions.isEmpty
        ? start : "\(start); did you mean \(suggestions.joined(separator: " or "))?"
    case .unacceptable(let origin, let key, let reason):
      return "\(origin): \(shortened(key)) \(reason)"
    case .refused(let lines): return lines
    }
  }
}
