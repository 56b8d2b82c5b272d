// Choices that are written by name in a configuration: an enum, decoded once, whose error says
// what could have been written instead.

/// An enum that a configuration names.
public protocol NamedChoice:
  RawRepresentable, CaseIterable, Codable, Hashable, Sendable
where RawValue == String {
  /// Second names that are understood when decoding; the first name is what gets encoded.
  static var synonyms: [String: Self] { get }
}

extension NamedChoice {
  /// No second names.
  public static var synonyms: [String: Self] { [:] }

  /// The choice of this name.
  ///
  /// - Parameter decoder: holds a string.
  /// - Throws: `DecodingError.dataCorrupted` listing the valid names where it is none of them.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard let choice = Self(rawValue: name) ?? Self.synonyms[name] else {
      let names = Self.allCases.map(\.rawValue) + Self.synonyms.keys.sorted()
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "'\(name)' is not one of \(names.joined(separator: ", "))"))
    }
    self = choice
  }
}

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
struct Rules {
  private(set) var problems: [SettingsProblem] = []

  /// Notes a problem unless the rule holds.
  mutating func require(_ holds: Bool, _ key: String, _ message: String) {
    if !holds { problems.append(SettingsProblem(key: key, message: message)) }
  }
}
