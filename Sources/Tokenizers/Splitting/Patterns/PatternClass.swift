// Classes in brackets and escapes: the parts of a pattern that name scalars.

/// Reads what names scalars.
enum PatternClass {
  typealias Refusal = PatternSyntax.Refusal

  /// The class in brackets that begins at `place`, which is moved behind it.
  static func read(
    _ scalars: [Unicode.Scalar], at place: inout Int, ignoresCase: Bool,
    in dialect: PatternSyntax.Dialect
  ) throws(Refusal) -> ScalarSet {
    func current() -> Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }
    place += 1
    let isInverted = current() == "^"
    if isInverted { place += 1 }
    var members: [ScalarSet.Member] = []
    while let scalar = current() {
      if scalar == "]" {
        guard !members.isEmpty else { throw Refusal(reason: "a class is empty") }
        place += 1
        return ScalarSet(members, isInverted: isInverted, ignoresCase: ignoresCase)
      }
      let member = try self.member(scalars, at: &place, in: dialect)
      // A - between two characters makes a range; before the end it is a character.
      guard case .range(let low) = member, current() == "-", place + 1 < scalars.count,
        scalars[place + 1] != "]"
      else {
        members.append(member)
        continue
      }
      place += 1
      guard case .range(let high) = try self.member(scalars, at: &place, in: dialect),
        low.lowerBound <= high.upperBound
      else { throw Refusal(reason: "a range in a class has no end, or one before its beginning") }
      members.append(.range(low.lowerBound...high.upperBound))
    }
    throw Refusal(reason: "a class is not closed")
  }

  private static func member(
    _ scalars: [Unicode.Scalar], at place: inout Int, in dialect: PatternSyntax.Dialect
  ) throws(Refusal) -> ScalarSet.Member {
    let scalar = scalars[place]
    switch scalar {
    case "[":
      let space = "[:space:]".unicodeScalars
      guard scalars[place...].starts(with: space) else {
        throw Refusal(reason: "a class stands in a class")
      }
      place += space.count
      return .classes(.space)
    case "\\": return try escape(scalars, at: &place, in: dialect)
    default:
      let pair = scalars[place...].prefix(2)
      guard !pair.elementsEqual("&&".unicodeScalars), !pair.elementsEqual("--".unicodeScalars)
      else { throw Refusal(reason: "classes are intersected or subtracted") }
      place += 1
      return .range(scalar.value...scalar.value)
    }
  }

  /// The escape that begins at `place`, which is moved behind it.
  static func escape(
    _ scalars: [Unicode.Scalar], at place: inout Int, in dialect: PatternSyntax.Dialect
  ) throws(Refusal) -> ScalarSet.Member {
    place += 1
    guard place < scalars.count else { throw Refusal(reason: "it ends in a \\") }
    let scalar = scalars[place]
    place += 1
    func single(_ value: UInt32) -> ScalarSet.Member { .range(value...value) }
    switch scalar {
    case "w" where dialect == .names: return .classes(.word)
    case "W" where dialect == .names: return .not(.classes(.word))
    case "s": return .classes(.space)
    case "S": return .not(.classes(.space))
    case "d": return category("Nd")
    case "D": return .not(category("Nd"))
    case "r": return single(0x0D)
    case "n": return single(0x0A)
    case "t": return single(0x09)
    case "f": return single(0x0C)
    case "p", "P":
      let member = try property(scalars, at: &place, after: scalar)
      return scalar == "P" ? .not(member) : member
    case "u":
      let digits = scalars[place...].prefix(4)
      guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit),
        let value = UInt32(digits.map { String($0) }.joined(), radix: 16)
      else { throw Refusal(reason: "\\u wants four hexadecimal digits") }
      place += 4
      return single(value)
    case "0"..."9", "a"..."z", "A"..."Z":
      throw Refusal(reason: "\\\(scalar) means different things to different engines")
    default:
      // An escaped sign is itself.
      guard scalar.isASCII else { throw Refusal(reason: "\\ stands before \(scalar)") }
      return single(scalar.value)
    }
  }

  private static func property(
    _ scalars: [Unicode.Scalar], at place: inout Int, after letter: Unicode.Scalar
  ) throws(Refusal) -> ScalarSet.Member {
    guard place < scalars.count, scalars[place] == "{",
      let end = scalars[place...].firstIndex(of: "}")
    else { throw Refusal(reason: "\\\(letter) wants a name in braces") }
    let name = scalars[place + 1..<end].map { String($0) }.joined()
    place = end + 1
    if let script = ScalarProperties.scriptNames.firstIndex(of: name) {
      return .script(UInt8(script + 1))
    }
    switch name {
    case "L": return .classes(.letter)
    case "N": return .classes(.number)
    case "M", "P", "S", "Z": return category(name)
    default:
      let isWritten = ScalarProperties.categoryNames.contains(name) && name.first != "C"
      guard isWritten else { throw Refusal(reason: "\\\(letter){\(name)} is not known here") }
      return category(name)
    }
  }

  /// A general category, or all that begin with a letter.
  private static func category(_ name: String) -> ScalarSet.Member {
    let mask = ScalarProperties.categoryNames.enumerated().reduce(0 as UInt32) { mask, known in
      known.element == name || name.count == 1 && known.element.hasPrefix(name)
        ? mask | 1 << UInt32(known.offset + 1) : mask
    }
    return .categories(mask)
  }
}
