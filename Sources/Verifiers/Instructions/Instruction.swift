// What a verifiable instruction asks for. The names, the arguments and what is counted are IFEval's
// (Zhou et al., arXiv:2311.07911), so that its file and files made like it are graded as they are;
// docs/instructions.md lists every one of them, and where the count differs.

/// A bound on a count, such as "at least 3".
struct CountBound: Equatable, Sendable {
  /// How a count is compared.
  enum Relation: String, CaseIterable {
    case atLeast = "at least"
    case lessThan = "less than"
    case atMost = "at most"
    case moreThan = "more than"
    case exactly
  }

  var relation: Relation
  var number: Int

  /// Whether a count keeps the bound.
  func holds(_ count: Int) -> Bool {
    switch relation {
    case .atLeast: count >= number
    case .lessThan: count < number
    case .atMost: count <= number
    case .moreThan: count > number
    case .exactly: count == number
    }
  }
}

/// One instruction that a program can check.
enum Instruction: Equatable, Sendable {
  // Words and letters.
  case keywords([String])
  case keywordCount(String, CountBound)
  case forbiddenWords([String])
  case letterCount(Unicode.Scalar, CountBound)
  case letters(CountBound)
  case firstWord(String)
  case lastWord(String)
  case language(Script)
  // Lengths.
  case sentences(CountBound)
  case paragraphs(Int)
  case words(CountBound)
  case paragraphStart(paragraphs: Int, place: Int, word: String)
  // Contents and form.
  case placeholders(atLeast: Int)
  case postscript(String)
  case bullets(Int)
  case oneOfThreeAnswers
  case highlights(atLeast: Int)
  case sections(mark: String, atLeast: Int)
  case json
  case title
  case twoResponses
  case repeatsRequest(String)
  // Beginning, end, case, punctuation.
  case starts(String)
  case ends(String)
  case quoted
  case capitalWords(CountBound)
  case allCapital
  case allLowercase
  case without(Unicode.Scalar)

  /// Whether a response that is not blank follows it.
  func isFollowed(by text: ResponseText) -> Bool {
    switch self {
    case .keywords(let words): words.allSatisfy { text.occurrences(of: $0) > 0 }
    case .keywordCount(let word, let bound): bound.holds(text.occurrences(of: word))
    case .forbiddenWords(let words): !words.contains { text.occurrences(ofWord: $0) > 0 }
    case .letterCount(let letter, let bound):
      bound.holds(text.lowered.count { $0 == letter })
    case .letters(let bound):
      bound.holds(text.scalars.count { $0.isASCII && $0.properties.isAlphabetic })
    case .firstWord(let word): text.words.first.map { $0.elementsEqual(lowercase(word)) } ?? false
    case .lastWord(let word): text.words.last.map { $0.elementsEqual(lowercase(word)) } ?? false
    case .language(let script): script.isWritten(in: text.scalars)
    case .sentences(let bound): bound.holds(sentenceCount(of: text.scalars))
    case .paragraphs(let count): text.dividedParagraphs == count
    case .words(let bound): bound.holds(text.words.count)
    case .paragraphStart(let count, let place, let word):
      text.paragraphStart(place: place, of: count)?.elementsEqual(lowercase(word)) ?? false
    case .placeholders(let least): text.placeholders >= least
    case .postscript(let mark): text.hasPostscript(mark)
    case .bullets(let count): text.bullets == count
    case .oneOfThreeAnswers:
      ["yes", "no", "maybe"].contains { text.holds("My answer is \($0).") }
    case .highlights(let least): text.highlights >= least
    case .sections(let mark, let least): text.sections(marked: mark) >= least
    case .json: text.isJSON
    case .title: text.hasTitle
    case .twoResponses: text.isTwoResponses
    case .repeatsRequest(let request), .starts(let request):
      trimmed(text.lowered[...]).starts(with: trimmed(lowercase(request)[...]))
    case .ends(let phrase): text.ends(with: phrase)
    case .quoted: text.isQuoted
    case .capitalWords(let bound): bound.holds(text.capitalWords)
    case .allCapital: isCapital(text.scalars[...])
    case .allLowercase: isLowercase(text.scalars)
    case .without(let mark): !text.scalars.contains(mark)
    }
  }
}
