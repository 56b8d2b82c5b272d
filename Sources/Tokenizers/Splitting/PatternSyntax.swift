// Which regular expressions are run at all. Files are written for another engine (Oniguruma, in
// Ruby's dialect) than the one at hand (ICU's): what the two read alike is let through, the rest is
// refused by name. So is what takes exponential time: a repeated group that can match one text in
// several ways.

/// Reads a regular expression far enough to know that it is safe to run.
struct PatternSyntax {
  /// Why a pattern is refused.
  struct Refusal: Error {
    let reason: String
  }

  static let supported =
    "alternatives, groups, look-ahead and look-behind, classes, \\p{…} of general categories, "
    + "\\s, \\S, \\d, \\D, $ and the repetitions ? * + {n} {n,} {n,m}"

  private static let longest = 4096
  private static let deepest = 32
  private static let categories: Set<String> = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "Han",
    "Hiragana", "Katakana", "Hangul", "Latin", "Greek", "Cyrillic", "Arabic", "Hebrew", "Thai",
  ]

  private let scalars: [Unicode.Scalar]
  private var place = 0

  private init(_ pattern: String) {
    scalars = Array(pattern.unicodeScalars)
  }

  /// Refuses a pattern that would not be run safely, or not as the library runs it.
  ///
  /// - Returns: whether it may match nothing at all.
  static func check(_ pattern: String) throws(Refusal) -> Bool {
    guard pattern.utf8.count <= longest else {
      throw Refusal(reason: "it is longer than \(longest) bytes")
    }
    guard !pattern.isEmpty else { throw Refusal(reason: "it is empty") }
    var syntax = PatternSyntax(pattern)
    let freedom = try syntax.alternatives(depth: 0)
    guard syntax.place == syntax.scalars.count else {
      throw Refusal(reason: "a parenthesis is closed that was not opened")
    }
    return freedom.isEmpty
  }

  /// How many ways a part has to match.
  private struct Freedom {
    /// It has alternatives or a repetition of no fixed number.
    var isAmbiguous = false
    /// It may match nothing.
    var isEmpty = false
  }

  private var current: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private func follows(_ text: String) -> Bool {
    scalars[place...].starts(with: text.unicodeScalars)
  }

  private mutating func alternatives(depth: Int) throws(Refusal) -> Freedom {
    guard depth < Self.deepest else { throw Refusal(reason: "its groups are nested too deep") }
    var freedom = Freedom()
    while true {
      var isEmpty = true
      while let scalar = current, scalar != "|", scalar != ")" {
        let part = try repeated(depth: depth)
        if part.isAmbiguous { freedom.isAmbiguous = true }
        if !part.isEmpty { isEmpty = false }
      }
      if isEmpty { freedom.isEmpty = true }
      guard current == "|" else { return freedom }
      place += 1
      freedom.isAmbiguous = true
    }
  }

  /// One part with its repetition.
  private mutating func repeated(depth: Int) throws(Refusal) -> Freedom {
    let isGroup = current == "("
    let isAnchor = current == "$"
    var freedom = isGroup ? try group(depth: depth) : try atom()
    guard let scalar = current, "?*+{".unicodeScalars.contains(scalar) else { return freedom }
    guard !isAnchor else { throw Refusal(reason: "$ is repeated") }
    let isCounted = scalar == "{"
    let (least, most) = try count()
    let isUnbounded = most == nil
    if isGroup, freedom.isAmbiguous, isUnbounded || (most ?? 0) > 1 {
      throw Refusal(reason: "it repeats a group that can match one text in several ways")
    }
    if let sign = current, sign == "?" || sign == "+" {
      guard !isCounted else {
        throw Refusal(reason: "after {…} a ? or + means different things to different engines")
      }
      place += 1
    }
    if let sign = current, "?*+{".unicodeScalars.contains(sign) {
      throw Refusal(reason: "a repetition is repeated")
    }
    if most != least { freedom.isAmbiguous = true }
    if least == 0 { freedom.isEmpty = true }
    return freedom
  }

  /// The repetition at `place`: the least number and the most, nil for no limit.
  private mutating func count() throws(Refusal) -> (least: Int, most: Int?) {
    defer { place += 1 }
    switch current {
    case "?": return (0, 1)
    case "*": return (0, nil)
    case "+": return (1, nil)
    default: break
    }
    place += 1
    guard let least = number() else { throw Refusal(reason: "a bare { is no repetition") }
    var most: Int? = least
    if current == "," {
      place += 1
      most = number()
    }
    guard current == "}", least <= most ?? least, most ?? least <= 1000 else {
      throw Refusal(reason: "a repetition {…} is not well formed, or larger than 1000")
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let scalar = current, ("0"..."9").contains(scalar), digits.count < 6 {
      digits.unicodeScalars.append(scalar)
      place += 1
    }
    return Int(digits)
  }

  private mutating func group(depth: Int) throws(Refusal) -> Freedom {
    place += 1
    var looksAround = false
    if current == "?" {
      let kinds = ["?:", "?i:", "?=", "?!", "?<=", "?<!"]
      guard let kind = kinds.first(where: follows) else {
        throw Refusal(reason: "a group begins with (? and is none of \(kinds)")
      }
      place += kind.unicodeScalars.count
      looksAround = kind.last == "=" || kind.last == "!"
    }
    var freedom = try alternatives(depth: depth + 1)
    guard current == ")" else { throw Refusal(reason: "a parenthesis is not closed") }
    place += 1
    if looksAround { freedom.isEmpty = true }
    return freedom
  }

  /// A class, an escape or a character.
  private mutating func atom() throws(Refusal) -> Freedom {
    guard let scalar = current else { throw Refusal(reason: "it ends too early") }
    var freedom = Freedom()
    switch scalar {
    case "[": try characterClass()
    case "\\": try escape(inClass: false)
    case "^": throw Refusal(reason: "^ means different places to different engines")
    case "*", "+", "?": throw Refusal(reason: "\(scalar) repeats nothing")
    case "{", "}", "]": throw Refusal(reason: "a bare \(scalar) should be escaped")
    default:
      place += 1
      freedom.isEmpty = scalar == "$"
    }
    return freedom
  }

  private mutating func characterClass() throws(Refusal) {
    place += 1
    if current == "^" { place += 1 }
    var isFirst = true
    while let scalar = current {
      switch scalar {
      case "]":
        guard !isFirst else { throw Refusal(reason: "a class is empty") }
        place += 1
        return
      case "[": throw Refusal(reason: "a class stands in a class")
      case "\\": try escape(inClass: true)
      default:
        if follows("&&") || follows("--") {
          throw Refusal(reason: "classes are intersected or subtracted")
        }
        place += 1
      }
      isFirst = false
    }
    throw Refusal(reason: "a class is not closed")
  }

  private mutating func escape(inClass: Bool) throws(Refusal) {
    place += 1
    guard let scalar = current else { throw Refusal(reason: "it ends in a \\") }
    place += 1
    switch scalar {
    case "s", "S", "d", "D", "r", "n", "t", "f": return
    case "p", "P":
      guard current == "{", let end = scalars[place...].firstIndex(of: "}") else {
        throw Refusal(reason: "\\\(scalar) wants a name in braces")
      }
      var name = ""
      name.unicodeScalars.append(contentsOf: scalars[place + 1..<end])
      guard Self.categories.contains(name) else {
        throw Refusal(reason: "\\\(scalar){\(name)} is not known here")
      }
      place = end + 1
    case "u":
      guard scalars[place...].prefix(4).filter(\.properties.isASCIIHexDigit).count == 4 else {
        throw Refusal(reason: "\\u wants four hexadecimal digits")
      }
      place += 4
    case "0"..."9", "a"..."z", "A"..."Z":
      throw Refusal(reason: "\\\(scalar) means different things to different engines")
    default:
      // An escaped sign is itself.
      guard scalar.isASCII else { throw Refusal(reason: "\\ stands before \(scalar)") }
    }
  }
}
