// Answers that are stated in words: `Answer: 18`, `**Final Answer**` and a line of its own, "The
// answer is 18.", and the same in Chinese.

extension AnswerMarks {
  /// How many characters from the end DAPO's reading looks at.
  static let dapoWindow = 300

  /// What follows the last `Answer:` or heading; where there is none, the last "the answer is".
  func afterAnswer() -> MarkSearch {
    if let place = lastStatement() {
      let line = statement(from: place)
      if line.isBlank { return .empty }
      let part = AnswerMarks(bytes: line, isCut: isCut)
      return .found(part.lastSentence() ?? line)
    }
    return lastSentence().map { .found($0) } ?? .absent
  }

  /// The rest of the line after the last `Answer:` near the end; the formula in it, if it is the only one.
  func afterAnswerForDAPO() -> ArraySlice<UInt8>? {
    var window = bytes
    var characters = 0
    for place in bytes.indices.reversed() where bytes[place] & 0xC0 != 0x80 {
      characters += 1
      if characters == Self.dapoWindow {
        window = bytes[place...]
        break
      }
    }
    var end = window.endIndex
    while let place = window[..<end].lastWord("answer") {
      end = place
      let colon = window[(place + 6)...].drop(while: isSpace)
      guard colon.first == UInt8(ascii: ":") else { continue }
      let line = colon.dropFirst().drop(while: isSpace).restOfLine
      guard !line.isBlank else { continue }
      let unbolded = line.unbolded
      return AnswerMarks(bytes: unbolded, isCut: isCut).onlyFormula() ?? unbolded
    }
    return nil
  }

  // MARK: - After a colon or a heading

  /// Where the text after the last `Answer:`, `答案：` or heading begins.
  private func lastStatement() -> Int? {
    var found: Int?
    var end = bytes.endIndex
    while found == nil, let place = bytes[..<end].lastWord("answer") {
      end = place
      guard place == bytes.startIndex || !isLetter(bytes[place - 1]) else { continue }
      found = afterColon(place + 6) ?? afterHeading(place)
    }
    end = bytes.endIndex
    while let place = bytes[..<end].lastPlace(of: "答案"), place > found ?? -1 {
      end = place
      if let start = afterColon(place + 6) ?? after(["是", "为"], place + 6) {
        found = after([":", "："], start) ?? start
        break
      }
    }
    return afterChoice(behind: found ?? -1) ?? found
  }

  /// Where the letter behind the last 故选 begins, "so the choice is": 故选：A.
  private func afterChoice(behind limit: Int) -> Int? {
    var end = bytes.endIndex
    while let place = bytes[..<end].lastPlace(of: "故选"), place > limit {
      end = place
      let start = afterColon(place + 6) ?? place + 6
      let rest = bytes[start...].drop { isSpace($0) || isStar($0) || $0 == UInt8(ascii: "$") }
      if let letter = rest.first, (65...74).contains(letter) { return start }
    }
    return nil
  }

  /// A few spaces or the stars of bold type may stand between the word and its colon.
  private func afterColon(_ place: Int) -> Int? {
    var start = place
    while start < bytes.endIndex, start - place < 4, isSpace(bytes[start]) || isStar(bytes[start]) {
      start += 1
    }
    return after([":", "："], start)
  }

  private func after(_ signs: [String], _ place: Int) -> Int? {
    let sign = signs.first { bytes[place...].starts(with: $0.utf8) }
    return sign.map { place + $0.utf8.count }
  }

  /// `**Final Answer**` or `## Answer` alone on its line.
  private func afterHeading(_ place: Int) -> Int? {
    let rest = bytes[(place + 6)...].restOfLine
    let before = bytes[..<place].reversed().prefix { $0 != 10 && $0 != 13 }
    guard !before.isEmpty, rest.endIndex < bytes.endIndex,
      rest.allSatisfy({ isSpace($0) || isStar($0) }),
      before.contains(where: isStar) || before.contains(UInt8(ascii: "#"))
    else { return nil }
    let words = before.filter { isLetter($0) || $0 > 127 }.map { $0 | 0x20 }
    let known = ["", "final", "thefinal", "the", "my", "myfinal"]
    return known.contains { words.elementsEqual($0.utf8.reversed()) } ? rest.endIndex : nil
  }

  private func isStar(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") }

  /// The line after a mark, or the next one that says something; formulas of their own lines whole.
  private func statement(from place: Int) -> ArraySlice<UInt8> {
    let rest = bytes[place...]
    var line = rest.restOfLine
    if line.allSatisfy({ isSpace($0) || isStar($0) }) {
      line = rest[line.endIndex...].drop { isSpace($0) || isStar($0) }.restOfLine
    }
    for (open, close) in [("\\[", "\\]"), ("$$", "$$")] where line.stripped.elementsEqual(open.utf8)
    {
      let inside = rest[line.endIndex...].prefix(AnswerExtraction.answerLimit)
      if let end = inside.firstPlace(of: close) { return inside[..<end].stripped }
    }
    return line.withoutSecondSentence.unbolded
  }

  // MARK: - In a sentence

  /// What follows the last "answer is" that begins like an answer.
  private func lastSentence() -> ArraySlice<UInt8>? {
    let subjects = ["answer", "correct option", "correct choice"]
    var end = bytes.endIndex
    while let verb = bytes[..<end].lastWord(" is") {
      end = verb
      let before = bytes[..<verb]
      guard subjects.contains(where: { before.endsWithWord($0) }) else { continue }
      var rest = bytes[(verb + 3)...]
      guard let next = rest.first, isSpace(next) || next == UInt8(ascii: ":") else { continue }
      rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: ":") }
      guard rest.beginsLikeAnswer else { continue }
      return rest.restOfLine.withoutSecondSentence.unbolded
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  /// Where a word last starts, in small or capital letters.
  func lastWord(_ word: String) -> Int? { lastPlace(of: word, isSame) }

  fileprivate func endsWithWord(_ word: String) -> Bool {
    let tail = suffix(word.utf8.count)
    return tail.count == word.utf8.count && zip(tail, word.utf8).allSatisfy(isSame)
      && !(dropLast(tail.count).last.map(isLetter) ?? false)
  }

  private func isSame(_ byte: UInt8, _ small: UInt8) -> Bool {
    byte == small || (isLetter(byte) && byte | 0x20 == small)
  }

  /// Whether it starts with a formula, a number, a sign, bold type or a single letter: "the answer is
  /// helpful" gives none.
  fileprivate var beginsLikeAnswer: Bool {
    guard let first else { return false }
    if isDigit(first) || "$\\*+-.([{<".utf8.contains(first) || first > 127 { return true }
    guard isLetter(first) else { return false }
    guard let second = dropFirst().first else { return true }
    if isLetter(second) { return false }
    return
      !(first | 0x20 == UInt8(ascii: "a") && isSpace(second)
      && (dropFirst(2).first.map(isLetter) ?? false))
  }

  /// Without the sentences after the first, which explain it; all of it where they take it back or
  /// name other numbers.
  fileprivate var withoutSecondSentence: ArraySlice<UInt8> {
    guard let point = indices.dropFirst().first(where: { self[$0...].beginsSentence }) else {
      return self
    }
    let rest = self[(point + 1)...].stripped
    guard !rest.hasDoubts else { return self }
    // Another option, "C is right too", takes it back as another number does; "I" is nobody's option.
    let letters = rest.split { !isLetter($0) }.filter { $0.count == 1 && $0 != [UInt8(ascii: "I")] }
    guard !letters.contains(where: { $0.allSatisfy { (65...74).contains($0) } }) else {
      return self
    }
    let explains = rest.words.first.map { ["because", "since"].contains($0) } ?? false
    let isLetterAlone = !self[..<point].contains(where: isDigit)
    return explains && isLetterAlone || !rest.contains(where: isDigit) ? self[..<point] : self
  }

  /// The words, in small letters.
  private var words: [String] {
    split { !isLetter($0) }.map { String(decoding: $0, as: UTF8.self).lowercased() }
  }

  /// Whether a word in it denies or hedges.
  var hasDoubts: Bool { words.contains(where: Self.doubts.contains) }

  /// Whether a point stands here and a new sentence behind it: `. I hope`, `. Because`.
  private var beginsSentence: Bool {
    guard first == UInt8(ascii: "."), dropFirst().first == UInt8(ascii: " ") else { return false }
    let word = dropFirst(2).prefix(while: isLetter)
    guard let capital = word.first, capital & 0x20 == 0 else { return false }
    if word.count > 1 { return word.dropFirst().allSatisfy { $0 & 0x20 != 0 } }
    let next = dropFirst(3)
    return next.first == UInt8(ascii: " ")
      && next.dropFirst().prefix(2).allSatisfy { isLetter($0) && $0 & 0x20 != 0 }
      && next.count > 2
  }

  private static let doubts: Set<String> = [
    "not", "wrong", "or", "maybe", "perhaps", "either", "alternatively", "but", "actually", "no",
    "incorrect", "false", "sorry", "rather", "correction", "then", "times", "plus", "minus", "half",
    "double", "twice", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "nineteen", "twenty", "thirty", "hundred", "thousand", "except", "unless",
    "however", "could", "might", "instead", "wait", "also", "another", "other", "possibly",
  ]
}
