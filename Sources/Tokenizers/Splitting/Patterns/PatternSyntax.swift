// Reads the regular expressions of tokenizer files and of adapters' settings. They are written for two
// engines: Oniguruma in Ruby's dialect, and Python's. What is read here means the same there, and the
// rest is refused by name.

/// Reads a regular expression into a pattern that can be run.
package struct PatternSyntax {
  /// Why a pattern is refused.
  package struct Refusal: Error {
    package let reason: String
  }

  /// Whose regular expressions they are.
  enum Dialect {
    /// The tokenizers library's, over any text.
    case texts
    /// Python's, over a whole name, of which one asks no more than whether it matches.
    case names
  }

  static let supported =
    "alternatives, groups, look-ahead and look-behind, classes, \\p{…} of general categories, "
    + "\\s, \\S, \\d, \\D, $, (?<!\\n)^ and the repetitions ? * + {n} {n,} {n,m}"

  private static let longest = 4096
  private static let deepest = 32

  /// A part of a pattern.
  private struct Part {
    var node: PatternNode
    /// It may match nothing.
    var isEmpty = false
  }

  private let scalars: [Unicode.Scalar]
  private let dialect: Dialect
  private var place = 0

  private init(_ pattern: String, _ dialect: Dialect) {
    scalars = Array(pattern.unicodeScalars)
    self.dialect = dialect
  }

  /// Reads a pattern.
  ///
  /// - Returns: the pattern, and whether it may match nothing at all.
  /// - Throws: ``Refusal`` for what would not be run as the library runs it.
  static func read(
    _ pattern: String, in dialect: Dialect = .texts
  ) throws(Refusal) -> (node: PatternNode, isEmpty: Bool) {
    guard pattern.utf8.count <= longest else {
      throw Refusal(reason: "it is longer than \(longest) bytes")
    }
    guard !pattern.isEmpty else { throw Refusal(reason: "it is empty") }
    var syntax = PatternSyntax(pattern, dialect)
    let ignoresCase = dialect == .names && syntax.follows("(?i)")
    if ignoresCase { syntax.place += 4 }
    let part = try syntax.alternatives(depth: 0, ignoresCase: ignoresCase)
    guard syntax.place == syntax.scalars.count else {
      throw Refusal(reason: "a parenthesis is closed that was not opened")
    }
    return (part.node, part.isEmpty)
  }

  private var current: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private func follows(_ text: String) -> Bool {
    scalars[place...].starts(with: text.unicodeScalars)
  }

  private func precedes(_ text: String) -> Bool {
    scalars[..<place].reversed().starts(with: text.unicodeScalars.reversed())
  }

  private mutating func alternatives(depth: Int, ignoresCase: Bool) throws(Refusal) -> Part {
    guard depth < Self.deepest else { throw Refusal(reason: "its groups are nested too deep") }
    var choices: [PatternNode] = []
    var mayBeEmpty = false
    while true {
      var (nodes, isEmpty) = ([PatternNode](), true)
      while let scalar = current, scalar != "|", scalar != ")" {
        let part = try repeated(depth: depth, ignoresCase: ignoresCase)
        nodes.append(part.node)
        if !part.isEmpty { isEmpty = false }
      }
      choices.append(nodes.count == 1 ? nodes[0] : .sequence(nodes))
      mayBeEmpty = mayBeEmpty || isEmpty
      guard current == "|" else {
        return Part(node: choices.count == 1 ? choices[0] : .choice(choices), isEmpty: mayBeEmpty)
      }
      place += 1
    }
  }

  /// One part with its repetition.
  private mutating func repeated(depth: Int, ignoresCase: Bool) throws(Refusal) -> Part {
    let isAnchor = current == "$" || current == "^"
    let part =
      current == "("
      ? try group(depth: depth, ignoresCase: ignoresCase) : try atom(ignoresCase: ignoresCase)
    guard let scalar = current, "?*+{".unicodeScalars.contains(scalar) else { return part }
    guard !isAnchor else { throw Refusal(reason: "$ or ^ is repeated") }
    let isCounted = scalar == "{"
    let (least, most) = try count()
    guard !part.isEmpty || most ?? 2 <= 1 || dialect == .names else {
      throw Refusal(reason: "it repeats a group that may match nothing")
    }
    var manner = PatternNode.Manner.greedy
    if let sign = current, sign == "?" || sign == "+" {
      guard !isCounted || dialect == .names && sign == "?" else {
        throw Refusal(reason: "after {…} a ? or + means different things to different engines")
      }
      manner = sign == "?" ? .lazy : .possessive
      guard !part.isEmpty || manner == .lazy || most ?? 2 <= 1 else {
        throw Refusal(reason: "it repeats a group that may match nothing")
      }
      place += 1
    }
    if let sign = current, "?*+{".unicodeScalars.contains(sign) {
      throw Refusal(reason: "a repetition is repeated")
    }
    return Part(
      node: .repeated(part.node, least: least, most: most, manner),
      isEmpty: part.isEmpty || least == 0)
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

  private mutating func group(depth: Int, ignoresCase: Bool) throws(Refusal) -> Part {
    place += 1
    var kind = ""
    if dialect == .names, follows("?P<"),
      let end = scalars[place...].firstIndex(of: ">")
    {
      // A name that nothing refers to: what would is refused.
      place = end + 1
    } else if current == "?" {
      let kinds = ["?:", "?i:", "?=", "?!", "?<=", "?<!"]
      guard let found = kinds.first(where: follows) else {
        throw Refusal(reason: "a group begins with (? and is none of \(kinds)")
      }
      place += found.unicodeScalars.count
      kind = found
    }
    let part = try alternatives(depth: depth + 1, ignoresCase: ignoresCase || kind == "?i:")
    guard current == ")" else { throw Refusal(reason: "a parenthesis is not closed") }
    place += 1
    switch kind {
    case "?=", "?!": return Part(node: .ahead(part.node, isNegative: kind == "?!"), isEmpty: true)
    case "?<=", "?<!":
      return Part(node: .behind(part.node, isNegative: kind == "?<!"), isEmpty: true)
    default: return part
    }
  }

  /// A class, an escape or a character.
  private mutating func atom(ignoresCase: Bool) throws(Refusal) -> Part {
    guard let scalar = current else { throw Refusal(reason: "it ends too early") }
    let set: ScalarSet
    switch scalar {
    case "[":
      set =
        try PatternClass.read(scalars, at: &place, ignoresCase: ignoresCase, in: dialect)
    case "\\":
      if dialect == .names, let node = nameAnchor() { return Part(node: node, isEmpty: true) }
      let member = try PatternClass.escape(scalars, at: &place, in: dialect)
      set = ScalarSet([member], ignoresCase: ignoresCase)
    case "$":
      place += 1
      return Part(node: .lineEnd, isEmpty: true)
    case ".":
      place += 1
      set = ScalarSet([.range(0x0A...0x0A)], isInverted: true)
    case "^":
      // The beginning of a line, to some engines of the text alone: here one is the other.
      guard dialect == .names || ["(?<!\\n)", "(?<!\n)"].contains(where: precedes) else {
        throw Refusal(reason: "^ means different places to different engines, but for (?<!\\n)^")
      }
      place += 1
      return Part(node: .textStart, isEmpty: true)
    case "*", "+", "?": throw Refusal(reason: "\(scalar) repeats nothing")
    case "{", "}", "]": throw Refusal(reason: "a bare \(scalar) should be escaped")
    default:
      place += 1
      set = ScalarSet([.range(scalar.value...scalar.value)], ignoresCase: ignoresCase)
    }
    return Part(node: .one(set))
  }

  /// Python's escapes for places, moved behind; nil where another escape stands.
  private mutating func nameAnchor() -> PatternNode? {
    let letter = place + 1 < scalars.count ? scalars[place + 1] : " "
    let word = PatternNode.one(ScalarSet([.classes(.word)]))
    func boundary(_ isInside: Bool) -> PatternNode {
      .choice([
        .sequence([
          .behind(word, isNegative: false), .ahead(word, isNegative: !isInside),
        ]),
        .sequence([.behind(word, isNegative: true), .ahead(word, isNegative: isInside)]),
      ])
    }
    let node: PatternNode
    switch letter {
    case "A": node = .textStart
    case "Z": node = .textEnd
    case "b": node = boundary(false)
    case "B": node = boundary(true)
    default: return nil
    }
    place += 2
    return node
  }
}
