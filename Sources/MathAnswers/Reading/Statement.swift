// Words that announce an answer and are no part of it: "the answer is 5", "Option A", 故选：A. What
// follows them is graded as if it stood alone, so that "the answer is not 5" is still not 5.

/// Takes the announcement off an answer.
enum Statement {
  /// The scalars behind the announcement; all of them where there is none.
  static func answer(in scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var place = 0
    func skipSpaces() {
      while place < scalars.count, scalars[place] == " " { place += 1 }
    }
    func take(_ text: String) -> Bool {
      guard scalars[place...].starts(with: text.unicodeScalars) else { return false }
      place += text.unicodeScalars.count
      return true
    }
    skipSpaces()
    for mark in ["故选", "选项", "选"] where take(mark) {
      _ = take(":")
      return Array(scalars[place...])
    }
    let style = styles.first { take($0) }
    guard let (end, isComplete) = announcement(scalars, from: place) else { return scalars }
    place = end
    skipSpaces()
    let isClosed = style != nil && take("}")
    let rest = Array(scalars[place...])
    guard isComplete || isLetter(rest) else { return scalars }
    return isClosed ? rest : Array((style ?? "").unicodeScalars) + rest
  }

  private static let styles = ["\\text{", "\\textbf{", "\\mathrm{", "\\textrm{", "\\mbox{"]
  private static let openings: Set<String> = [
    "so", "thus", "hence", "therefore", "the", "my", "final", "correct", "right",
  ]
  private static let subjects: Set<String> = ["answer", "option", "choice"]

  /// Where "so the final answer is" ends, and whether a verb or a colon ends it.
  private static func announcement(
    _ scalars: [Unicode.Scalar], from start: Int
  ) -> (end: Int, isComplete: Bool)? {
    var place = start
    func word() -> String {
      while place < scalars.count, scalars[place] == " " || scalars[place] == "," { place += 1 }
      let begin = place
      while place < scalars.count, place - begin < 12, scalars[place].properties.isAlphabetic {
        place += 1
      }
      return String(String.UnicodeScalarView(scalars[begin..<place])).lowercased()
    }
    var next = word()
    while openings.contains(next) { next = word() }
    guard subjects.contains(next) else { return nil }
    let subject = place
    let isVerb = word() == "is"
    if !isVerb { place = subject }
    let verb = place
    while place < scalars.count, scalars[place] == " " { place += 1 }
    if place < scalars.count, scalars[place] == ":" { return (place + 1, true) }
    return (verb, isVerb)
  }

  /// Whether an answer begins with the letter of an option, alone or in brackets.
  private static func isLetter(_ scalars: [Unicode.Scalar]) -> Bool {
    let inner = scalars.first == "(" ? scalars.dropFirst() : scalars[...]
    guard let first = inner.first, ("A"..."J").contains(first) else { return false }
    return inner.dropFirst().first.map { ".:)}".unicodeScalars.contains($0) } ?? true
  }
}
