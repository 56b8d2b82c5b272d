// Answers to questions with options: a letter, several, or a letter before the option's own text.

/// Reads letters of options.
enum Options {
  /// The letter before an answer and the rest of it: C and 12 of `(C) 12`, `C. 12`, `\textbf{(C)}\ 12`.
  static func split(
    _ scalars: [Unicode.Scalar]
  ) -> (option: String?, rest: [Unicode.Scalar]) {
    var place = 0
    func skip(_ signs: String) {
      while place < scalars.count, signs.unicodeScalars.contains(scalars[place]) { place += 1 }
    }
    func take(_ word: String) -> Bool {
      guard scalars[place...].starts(with: word.unicodeScalars) else { return false }
      place += word.unicodeScalars.count
      return true
    }
    skip(" $")
    let styles = ["\\textbf{", "\\text{", "\\mathbf{", "\\mathrm{", "\\textrm{", "\\boldsymbol{"]
    let isStyled = styles.contains { take($0) }
    skip(" ")
    let isOpen = take("(")
    guard place < scalars.count, ("A"..."J").contains(scalars[place]) else { return (nil, scalars) }
    let letter = String(scalars[place])
    place += 1
    let closing = place
    skip(isOpen ? ")" : ").:")
    if isStyled { skip(" }") }
    skip(".:)")
    let behind = place
    while place < scalars.count, scalars[place] == " " || take("\\ ") || take("\\quad") {
      if place < scalars.count, scalars[place] == " " { place += 1 }
    }
    // What follows is an answer of its own, behind a sign and a space: A(x) and AB are none.
    let rest = Array(scalars[place...])
    guard behind > closing, place > behind || isStyled, let first = rest.first,
      isOpen || scalars[closing..<behind].contains(where: { ".:)".unicodeScalars.contains($0) }),
      rest.contains(where: { $0 != "}" && $0 != " " }), !("A"..."Z").contains(first), first != ",",
      first != "(", first != "+", first != "="
    else { return (nil, scalars) }
    // "(B) or (C)" and "(B) 5, (C) 6" choose nothing.
    let words = String(String.UnicodeScalarView(rest)).split { !$0.isLetter }
    let hedges: Set<Substring> = ["or", "and", "not", "wrong", "incorrect", "false", "is"]
    guard
      !words.contains(where: { hedges.contains($0) || $0.count == 1 && ("A"..."J").contains($0) })
    else { return (nil, scalars) }
    let isClosed = scalars[closing..<place].contains("}")
    if isStyled, !isClosed, rest.last == "}" { return (letter, Array(rest.dropLast())) }
    return (letter, rest)
  }

  /// The options that tokens name, where they name nothing else: A, C or AC or \text{A and C}, ①③.
  static func named(by tokens: [Token]) -> Set<String> {
    var result: Set<String> = []
    for token in tokens {
      switch token.kind {
      case .letter(let name), .word(let name), .text(let name):
        if let numbers = circled(name) {
          result.insert(numbers)
          continue
        }
        for part in name.split(whereSeparator: { !$0.isLetter }) where part.lowercased() != "and" {
          // A word of capitals in the order of the alphabet names its letters.
          guard part.allSatisfy({ ("A"..."J").contains($0) }),
            zip(part, part.dropFirst()).allSatisfy({ $0 < $1 })
          else { return [] }
          result.formUnion(part.map(String.init))
        }
      case .sign(let sign) where ",;(){}".unicodeScalars.contains(sign): break
      default: return []
      }
    }
    return result
  }

  private static func circled(_ name: String) -> String? {
    guard name.hasPrefix("("), name.hasSuffix(")"), name.count > 2,
      name.dropFirst().dropLast().allSatisfy(\.isNumber)
    else { return nil }
    return name
  }

  /// The verdict where letters of options decide; nothing where they do not.
  static func compare(_ gold: MathAnswer, _ answer: MathAnswer) -> Equivalence? {
    if gold.options.count > 1 || answer.options.count > 1, !gold.options.isEmpty,
      !answer.options.isEmpty
    {
      return gold.options == answer.options ? .equal : .different
    }
    let letter = gold.options.count == 1 ? gold.options.first : nil
    if let letter, let option = answer.option { return letter == option ? .equal : .different }
    guard let option = gold.option else { return nil }
    if let other = answer.option, other != option { return .different }
    if answer.options.count == 1 { return answer.options.first == option ? .equal : .different }
    return nil
  }
}
