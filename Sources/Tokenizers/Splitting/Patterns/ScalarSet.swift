// Which scalars one place of a pattern takes.

/// A set of scalars: a class in brackets, an escape or a character.
struct ScalarSet: Sendable {
  /// What a set is made of.
  enum Member: Sendable {
    case range(ClosedRange<UInt32>)
    /// Scalars of a class that the library's tables have whole: `\p{L}`, `\p{N}`, `\s`.
    case classes(CharacterClasses)
    /// General categories, a bit each at the place of its number.
    case categories(UInt32)
    case script(UInt8)
    indirect case not(Member)
  }

  private let members: [Member]
  private let isInverted: Bool
  private let ignoresCase: Bool
  /// The verdicts on ASCII, where nearly all questions are.
  private let ascii: [Bool]

  init(_ members: [Member], isInverted: Bool = false, ignoresCase: Bool = false) {
    self.members = members
    self.isInverted = isInverted
    self.ignoresCase = ignoresCase
    ascii = (0..<128).map {
      Self.decide($0, members, isInverted: isInverted, ignoresCase: ignoresCase)
    }
  }

  /// Whether the set takes a scalar.
  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    scalar < 128
      ? ascii[Int(scalar)]
      : Self.decide(scalar, members, isInverted: isInverted, ignoresCase: ignoresCase)
  }

  private static func decide(
    _ scalar: UInt32, _ members: [Member], isInverted: Bool, ignoresCase: Bool
  ) -> Bool {
    func isIn(_ scalar: UInt32) -> Bool { members.contains { holds($0, scalar) } }
    var found = isIn(scalar)
    if !found, ignoresCase { found = otherCases(of: scalar).contains(where: isIn) }
    return found != isInverted
  }

  private static func holds(_ member: Member, _ scalar: UInt32) -> Bool {
    switch member {
    case .range(let range): range.contains(scalar)
    case .classes(let classes): !CharacterClasses.of(scalar).isDisjoint(with: classes)
    case .categories(let mask): mask & 1 << UInt32(ScalarProperties.category(of: scalar)) != 0
    case .script(let script): ScalarProperties.script(of: scalar) == script
    case .not(let member): !holds(member, scalar)
    }
  }

  /// The small and the large letter of a letter, and the small one of the large one: the long s is
  /// an s that way, and the sign of Kelvin a k.
  private static func otherCases(of value: UInt32) -> [UInt32] {
    guard let scalar = Unicode.Scalar(value) else { return [] }
    func single(_ text: String) -> Unicode.Scalar? {
      text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
    let large = single(scalar.properties.uppercaseMapping)
    return [
      single(scalar.properties.lowercaseMapping), large,
      large.flatMap { single($0.properties.lowercaseMapping) },
    ].compactMap { $0?.value }
  }
}
