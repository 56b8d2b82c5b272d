// Notation that is put into one form before the parser reads it: where a counter runs, congruences,
// systems of equations in environments. A pass over tokens each.

/// Rewrites tokens of notation.
enum Notation {
  /// The tokens with one spelling each for domains, moduli and systems.
  static func plain(_ tokens: [Token]) -> [Token] {
    aligned(moduli(domains(sets(tokens))))
  }

  /// Where the unknowns of an answer are said to lie: k in Z.
  static func domains(of tokens: [Token]) -> [String: String] {
    var result: [String: String] = [:]
    for place in tokens.indices.dropFirst(2) where tokens[place - 1].kind == .command("in") {
      if case .letter(let name) = tokens[place - 2].kind,
        case .command(let set) = tokens[place].kind, set.hasPrefix("mathbb:")
      {
        result[name] = set
      }
    }
    return result
  }

  // MARK: - Where a counter runs

  /// `k ∈ Z` and `n ∈ N^*` with the sets' own signs; ℕ*, ℕ⁺ and ℤ⁺ are one set.
  private static func sets(_ tokens: [Token]) -> [Token] {
    var result: [Token] = []
    var place = 0
    while place < tokens.count {
      var next = tokens[place]
      place += 1
      guard result.last?.kind == .command("in") else {
        result.append(next)
        continue
      }
      if case .letter(let name) = next.kind, ["R", "Z", "N", "Q", "C"].contains(name) {
        next.kind = .command("mathbb:\(name)")
      }
      guard next.kind == .command("mathbb:Z") || next.kind == .command("mathbb:N"),
        let end = positiveMark(tokens, place)
      else {
        result.append(next)
        continue
      }
      result.append(Token(kind: .command("mathbb:Z+"), isSpaced: next.isSpaced))
      place = end
    }
    return result
  }

  /// Where ^+, ^*, _+ or one of them in braces ends.
  private static func positiveMark(_ tokens: [Token], _ start: Int) -> Int? {
    let marks: [Token.Kind] = [.sign("+"), .sign("*")]
    guard start + 1 < tokens.count, [.sign("^"), .sign("_")].contains(tokens[start].kind) else {
      return nil
    }
    if marks.contains(tokens[start + 1].kind) { return start + 2 }
    guard start + 3 < tokens.count, tokens[start + 1].kind == .sign("{"),
      marks.contains(tokens[start + 2].kind), tokens[start + 3].kind == .sign("}")
    else { return nil }
    return start + 4
  }

  /// `(k ∈ ℤ)` behind a formula, and "where k ∈ ℤ", as `, k ∈ ℤ`.
  private static func domains(_ tokens: [Token]) -> [Token] {
    let count = tokens.count
    guard count > 4 else { return tokens }
    var result = tokens
    if isDomain(tokens, count - 4), tokens[count - 5].kind == .sign("("),
      tokens[count - 1].kind == .sign(")"), count > 5
    {
      result = tokens[..<(count - 5)] + [comma] + tokens[(count - 4)..<(count - 1)]
    }
    let start = result.count - 3
    guard isDomain(result, start) else { return result }
    // The words and commas before it say no more than a comma does.
    var end = start
    while end > 1, isIntroduction(result[end - 1].kind) { end -= 1 }
    guard end > 0, end < start else { return result }
    return result[..<end] + [comma] + result[start...]
  }

  private static let comma = Token(kind: .sign(","))

  private static func isDomain(_ tokens: [Token], _ place: Int) -> Bool {
    guard place >= 0, place + 2 < tokens.count, case .letter = tokens[place].kind,
      tokens[place + 1].kind == .command("in"), case .command(let set) = tokens[place + 2].kind
    else { return false }
    return set.hasPrefix("mathbb:")
  }

  private static func isIntroduction(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .sign(","), .sign(";"), .command("forall"): true
    case .text(let text), .word(let text): introductions.contains(text.lowercased())
    default: false
    }
  }

  private static let introductions: Set<String> = [
    "where", "for", "with", "all", "any", "every", "for all", "for any", "for every", "for each",
    "for some", "其中",
  ]

  // MARK: - Congruences

  /// `(mod 5)` and `mod 5` as `\\pmod{5}`.
  private static func moduli(_ tokens: [Token]) -> [Token] {
    guard tokens.contains(where: { isModulo($0.kind) }) else { return tokens }
    var result: [Token] = []
    var open = 0
    /// The depth of brackets at which the modulus that is being read began.
    var start: Int?
    for (place, token) in tokens.enumerated() {
      let isBefore = place + 1 < tokens.count && isModulo(tokens[place + 1].kind)
      if token.kind == .sign("(") {
        open += 1
        if isBefore, start == nil {
          start = open
          continue
        }
      }
      if isModulo(token.kind) {
        result.append(Token(kind: .command("pmod"), isSpaced: true))
        if start == open, place > 0, tokens[place - 1].kind == .sign("(") {
          result.append(Token(kind: .sign("{")))
        }
        continue
      }
      if token.kind == .sign(")") {
        open -= 1
        if start == open + 1 {
          start = nil
          result.append(Token(kind: .sign("}")))
          continue
        }
      }
      result.append(token)
    }
    return result
  }

  private static func isModulo(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .command("mod"), .command("bmod"): true
    case .text(let text), .word(let text): ["mod", "modulo"].contains(text.lowercased())
    default: false
    }
  }

  // MARK: - Systems

  /// Environments with relations in them as `cases`, and without the brace that only opens.
  private static func aligned(_ tokens: [Token]) -> [Token] {
    guard let begin = tokens.firstIndex(where: { environment($0.kind, "begin:") != nil }),
      let name = environment(tokens[begin].kind, "begin:"),
      let end = tokens[begin...].firstIndex(where: { environment($0.kind, "end:") != nil }),
      environment(tokens[end].kind, "end:") == name, systems.contains(name),
      tokens[begin..<end].contains(where: { isRelation($0.kind) })
    else { return tokens }
    var inside: [Token] = []
    for place in (begin + 1)..<end {
      let kind = tokens[place].kind
      let following = tokens[(place + 1)..<end].first { $0.kind != .sign("&") }?.kind
      let isBefore = following.map(isRelation) ?? false
      let isBehind = inside.last.map { isRelation($0.kind) } ?? false
      // x &= 1 is x = 1, and a row that begins with a sign goes on with the one before.
      if kind == .sign("&"), isBefore || isBehind { continue }
      if kind == .rowEnd, isBefore, !inside.isEmpty { continue }
      inside.append(tokens[place])
    }
    var before = tokens[..<begin]
    let closings = tokens.count { $0.kind == .command("}") }
    if before.last?.kind == .command("{"),
      tokens.count(where: { $0.kind == .command("{") }) > closings
    {
      before.removeLast()
    }
    var result = Array(before)
    result.append(Token(kind: .command("begin:cases"), isSpaced: tokens[begin].isSpaced))
    result += inside
    result.append(Token(kind: .command("end:cases")))
    return result + tokens[(end + 1)...]
  }

  private static let systems: Set<String> = [
    "array", "matrix", "aligned", "align", "split", "gathered", "cases",
  ]

  private static func environment(_ kind: Token.Kind, _ prefix: String) -> String? {
    guard case .command(let name) = kind, name.hasPrefix(prefix) else { return nil }
    return String(name.dropFirst(prefix.count))
  }

  private static func isRelation(_ kind: Token.Kind) -> Bool {
    [
      .sign("="), .sign("<"), .sign(">"), .command("le"), .command("ge"), .command("ne"),
      .command("approx"), .command("equiv"),
    ].contains(kind)
  }
}
