// What is a letter, a space, a capital: as Python's texts see them, whose programs wrote the data.

/// A text in lower case, scalar by scalar.
func lowercase(_ text: String) -> [Unicode.Scalar] {
  text.unicodeScalars.flatMap { $0.properties.lowercaseMapping.unicodeScalars }
}

/// Whether a scalar belongs to a word: letters, digits and the underscore.
func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return scalar == "_" || isASCIILetterOrDigit(scalar) }
  return isLetter(scalar) || scalar.properties.numericType != nil
}

private func isASCIILetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar {
  case "a"..."z", "A"..."Z", "0"..."9": true
  default: false
  }
}

/// Whether a scalar is a letter.
func isLetter(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
  default: false
  }
}

/// Whether a scalar is white space.
func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
}

/// A text without the white space around it.
func trimmed(_ text: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
  let start = text.firstIndex { !isSpace($0) } ?? text.endIndex
  let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
  return text[start..<end]
}

/// Scalars as a text.
func string(of scalars: some Sequence<Unicode.Scalar>) -> String {
  var view = String.UnicodeScalarView()
  view.append(contentsOf: scalars)
  return String(view)
}

/// Whether there are letters with a case and all of them are capital.
func isCapital(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
  var found = false
  for scalar in text {
    if isSmall(scalar) { return false }
    found = found || scalar.properties.isUppercase
  }
  return found
}

/// Whether there are letters with a case and none of them is capital.
func isLowercase(_ text: [Unicode.Scalar]) -> Bool {
  var found = false
  for scalar in text {
    if scalar.properties.isUppercase || isTitlecase(scalar) { return false }
    found = found || scalar.properties.isLowercase
  }
  return found
}

private func isSmall(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isLowercase || isTitlecase(scalar)
}

private func isTitlecase(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .titlecaseLetter
}

/// Where a pattern occurs in a text, from left to right, none over another.
///
/// Patterns are at most `InstructionReader.phraseLimit` scalars long.
func places(
  of pattern: [Unicode.Scalar], in text: ArraySlice<Unicode.Scalar>
) -> [Int] {
  guard let first = pattern.first, pattern.count <= text.count else { return [] }
  var places: [Int] = []
  var place = text.startIndex
  while place <= text.endIndex - pattern.count {
    if text[place] == first, text[place...].starts(with: pattern) {
      places.append(place)
      place += pattern.count
    } else {
      place += 1
    }
  }
  return places
}

/// The parts of a text between separators.
func separated(_ text: [Unicode.Scalar], by separator: String) -> [ArraySlice<Unicode.Scalar>] {
  let width = separator.unicodeScalars.count
  var parts: [ArraySlice<Unicode.Scalar>] = []
  var start = 0
  for place in places(of: Array(separator.unicodeScalars), in: text[...]) {
    parts.append(text[start..<place])
    start = place + width
  }
  return parts + [text[start...]]
}

/// The number of sentences.
///
/// A sentence ends with a run of `.`, `!`, `?` or `…`, closing quotation marks and brackets behind
/// it, before white space or the end; not after an initial, a known abbreviation or the number of a
/// list's point. What follows the last end counts if it has a word in it.
func sentenceCount(of text: [Unicode.Scalar]) -> Int {
  var (count, place) = (0, 0)
  var hasWord = false
  var word = 0..<0
  while place < text.count {
    let scalar = text[place]
    if isWordScalar(scalar) {
      hasWord = true
      word = (word.upperBound == place ? word.lowerBound : place)..<(place + 1)
    }
    guard isSentenceEnd(scalar) else {
      place += 1
      continue
    }
    var end = place + 1
    while end < text.count, isSentenceEnd(text[end]) { end += 1 }
    let isSingleDot = scalar == "." && end == place + 1
    while end < text.count, "\"')]}”’*_".unicodeScalars.contains(text[end]) { end += 1 }
    let isApart = end == text.count || isSpace(text[end]) || "。！？".unicodeScalars.contains(scalar)
    let isDotOfWord =
      isSingleDot && end < text.count && word.upperBound == place && hasOwnDot(text, word)
    if isApart, hasWord, !isDotOfWord {
      count += 1
      hasWord = false
    }
    place = end
  }
  return count + (hasWord ? 1 : 0)
}

private func isSentenceEnd(_ scalar: Unicode.Scalar) -> Bool {
  ".!?…。！？".unicodeScalars.contains(scalar)
}

/// Whether a dot behind a word belongs to the word.
private func hasOwnDot(_ text: [Unicode.Scalar], _ word: Range<Int>) -> Bool {
  let name = string(of: text[word])
  if name.count == 1, name.first?.isLetter == true { return true }
  if ["Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Jr", "Sr", "vs", "etc", "No", "Inc", "Ltd", "Mt"]
    .contains(name)
  {
    return true
  }
  // "1." at the start of a line numbers a point of a list.
  let before = text[..<word.lowerBound].reversed().first { !isSpace($0) || $0 == "\n" }
  return name.allSatisfy(\.isNumber) && (before == nil || before == "\n")
}
