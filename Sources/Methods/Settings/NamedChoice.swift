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
