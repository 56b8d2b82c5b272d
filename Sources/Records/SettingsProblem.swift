// What is wrong with settings: found by one idiom everywhere, and listed all at once.

/// A setting whose value makes no sense.
public struct SettingsProblem: Equatable, Sendable, CustomStringConvertible {
  /// The setting's dotted name within its section, such as `lam_policy.alpha`.
  public var key: String
  /// What is wrong and what would be right.
  public var message: String

  /// The key and the message.
  public var description: String { "\(key): \(message)" }
}

/// Gathers problems, one rule a line.
public struct Rules {
  /// What was found, in the order of the rules.
  public private(set) var problems: [SettingsProblem] = []

  /// No rule yet.
  public init() {}

  /// Notes a problem unless the rule holds.
  ///
  /// - Parameters:
  ///   - holds: the rule.
  ///   - key: the setting's name within its section.
  ///   - message: what is wrong and what would be right.
  public mutating func require(_ holds: Bool, _ key: String, _ message: @autoclosure () -> String) {
    if !holds { problems.append(SettingsProblem(key: key, message: message())) }
  }

  /// Notes a problem for every number below the least that makes sense.
  public mutating func atLeast(_ least: Int, _ values: KeyValuePairs<String, Int>) {
    for (key, value) in values {
      require(value >= least, key, "must be at least \(least), is \(value)")
    }
  }

  /// Takes over the problems of a section within this one.
  public mutating func add(_ section: String, _ problems: [SettingsProblem]) {
    self.problems += problems.map {
      SettingsProblem(key: "\(section).\($0.key)", message: $0.message)
    }
  }
}
