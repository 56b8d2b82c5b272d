// A response cut into the units that instructions count. Everything is one pass over scalars: a
// response is written by a policy under pressure, and a pattern that tries again is what it finds.

import JSON

/// A response, with the units that several instructions need.
struct ResponseText {
  let scalars: [Unicode.Scalar]
  let lowered: [Unicode.Scalar]
  /// Runs of letters, digits and underscores, in lower case: IFEval's words.
  let words: [ArraySlice<Unicode.Scalar>]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    lowered = lowercase(text)
    words = lowered.split { !isWordScalar($0) }
  }

  /// Whether there is nothing but white space.
  var isBlank: Bool { scalars.allSatisfy(isSpace) }

  /// Whether a text occurs, its case as it is.
  func holds(_ text: String) -> Bool {
    !places(of: Array(text.unicodeScalars), in: scalars[...]).isEmpty
  }

  /// How often a text occurs, in any case, in words and within words.
  func occurrences(of text: String) -> Int { places(of: lowercase(text), in: lowered[...]).count }

  /// How often a text occurs as words of its own, in any case.
  func occurrences(ofWord text: String) -> Int {
    let word = lowercase(text)
    return places(of: word, in: lowered[...]).count {
      isBoundary($0) && isBoundary($0 + word.count)
    }
  }

  private func isBoundary(_ place: Int) -> Bool {
    let before = place > 0 && isWordScalar(lowered[place - 1])
    let after = place < lowered.count && isWordScalar(lowered[place])
    return before != after
  }

  /// The number of paragraphs between dividers `***`; nothing where one in the middle is blank.
  var dividedParagraphs: Int? {
    let parts = separated(scalars, by: "***")
    guard !parts.dropFirst().dropLast().contains(where: { $0.allSatisfy(isSpace) }) else {
      return nil
    }
    return parts.count { !$0.allSatisfy(isSpace) }
  }

  /// The first word of a paragraph, in lower case, where there are `count` between blank lines.
  func paragraphStart(place: Int, of count: Int) -> ArraySlice<Unicode.Scalar>? {
    let parts = separated(lowered, by: "\n\n")
    let filled = parts.count { !$0.allSatisfy(isSpace) }
    guard filled == count, (1...max(filled, 1)).contains(place) else { return nil }
    let word = trimmed(parts[place - 1]).prefix { !isSpace($0) }
      .drop { $0 == "'" }.drop { $0 == "\"" }
    return word.prefix { !".,?!'\"".unicodeScalars.contains($0) }
  }

  /// The number of `[…]` on one line each.
  var placeholders: Int {
    lines.reduce(0) { sum, line in
      var count = 0
      var isOpen = false
      for scalar in line {
        if scalar == "[" { isOpen = true }
        if scalar == "]", isOpen { (isOpen, count) = (false, count + 1) }
      }
      return sum + count
    }
  }

  /// The number of lines that begin with `-`, or with `*` and not `**`.
  var bullets: Int {
    lines.count { line in
      let text = line.drop(while: isSpace)
      return text.first == "-"
        || (text.first == "*" && text.count > 1 && text.dropFirst().first != "*")
    }
  }

  /// The number of texts between single and between double asterisks, on one line each.
  var highlights: Int { highlights(between: 1) + highlights(between: 2) }

  private func highlights(between width: Int) -> Int {
    var (count, place) = (0, 0)
    func isMark(_ place: Int) -> Bool {
      place + width <= scalars.count && scalars[place..<place + width].allSatisfy { $0 == "*" }
    }
    while place < scalars.count {
      guard isMark(place) else {
        place += 1
        continue
      }
      let start = place + width
      let end = scalars[start...].firstIndex { $0 == "*" || $0 == "\n" } ?? scalars.count
      guard isMark(end) else {
        // Nothing before the end can close it; the end itself may open the next.
        place = max(place + 1, end - width + 1)
        continue
      }
      if !scalars[start..<end].allSatisfy(isSpace) { count += 1 }
      place = end + width
    }
    return count
  }

  /// The number of marks such as `Section 3`.
  func sections(marked mark: String) -> Int {
    let mark = Array(mark.unicodeScalars)
    return places(of: mark, in: scalars[...]).count { place in
      var next = place + mark.count
      if next < scalars.count, isSpace(scalars[next]) { next += 1 }
      return next < scalars.count && scalars[next].properties.generalCategory == .decimalNumber
    }
  }

  /// Whether a line holds `<<…>>` with a text in it.
  var hasTitle: Bool {
    lines.contains { line in
      guard let open = places(of: Array("<<".unicodeScalars), in: line).first,
        let close = line.indices.dropLast().last(where: { line[$0] == ">" && line[$0 + 1] == ">" }),
        open + 2 < close
      else { return false }
      let inner = line[(open + 2)..<close].drop { $0 == "<" }.reversed().drop { $0 == ">" }
      return !inner.allSatisfy(isSpace)
    }
  }

  /// Whether it is two texts around `******` that are not the same.
  var isTwoResponses: Bool {
    let parts = separated(scalars, by: "******").map { trimmed($0) }
    guard !parts.dropFirst().dropLast().contains(where: \.isEmpty) else { return false }
    let filled = parts.filter { !$0.isEmpty }
    return filled.count == 2 && !filled[0].elementsEqual(filled[1])
  }

  /// Whether it is JSON, in a block of code or not.
  var isJSON: Bool {
    var text = trimmed(scalars[...])
    for fence in ["```json", "```Json", "```JSON", "```"]
    where text.starts(with: fence.unicodeScalars) { text = text.dropFirst(fence.count) }
    if text.reversed().starts(with: "```".unicodeScalars) { text = text.dropLast(3) }
    let limits = JSONLimits(depth: 128, allowsEqualKeys: true)
    return (try? JSONValue(parsing: Array(string(of: text).utf8), limits: limits)) != nil
  }

  /// Whether there is a postscript: its mark, `P.S.` and `P.P.S` also with a space within.
  func hasPostscript(_ mark: String) -> Bool {
    switch mark {
    case "P.S.": ["p.s.", "p. s."].contains { occurrences(of: $0) > 0 }
    case "P.P.S": ["p.p.s", "p. p.s", "p.p. s", "p. p. s"].contains { occurrences(of: $0) > 0 }
    default: occurrences(of: mark) > 0
    }
  }

  /// Whether it ends with a phrase, in any case, white space and quotation marks around it aside.
  func ends(with phrase: String) -> Bool {
    let unquoted = trimmed(lowered[...]).reversed().drop { $0 == "\"" }
    return unquoted.starts(with: trimmed(lowercase(phrase)[...]).reversed())
  }

  /// Whether it stands in double quotation marks.
  var isQuoted: Bool {
    let text = trimmed(scalars[...])
    return text.count > 1 && text.first == "\"" && text.last == "\""
  }

  /// The number of words in capital letters, `I` among them; hyphens, dots and apostrophes divide
  /// none.
  var capitalWords: Int {
    scalars.split { !isWordScalar($0) && !"-.'".unicodeScalars.contains($0) }
      .count { isCapital($0) }
  }

  private var lines: [ArraySlice<Unicode.Scalar>] {
    scalars.split(separator: "\n", omittingEmptySubsequences: false)
  }
}
