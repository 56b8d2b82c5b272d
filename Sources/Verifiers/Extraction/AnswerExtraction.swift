// Where in a response its answer stands. All searches run from the end, once, over bytes; what is
// returned is short. The last mark decides, whether or not an earlier one would be more welcome.

/// Where an answer is looked for, by the names of the setting `reward.extraction`.
public enum AnswerExtraction: String, Codable, Sendable, CaseIterable {
  /// The first of the four marks below that occurs in the response, in this order.
  case auto
  /// The contents of the last `\boxed{…}`.
  case boxed
  /// The rest of the line after the last `####`.
  case hashes
  /// The rest of the line after the last `Answer:`, in any case.
  case answer
  /// The last number in the text.
  case lastNumber = "last_number"
  /// The whole response.
  case whole

  /// The longest answer that is looked at, in bytes.
  package static let answerLimit = 4096
  /// How deep braces may stand in one another.
  package static let nestingLimit = 64

  /// The answer without the spaces around it, or nothing if there is none.
  ///
  /// A response that thinks aloud between `<think>` and `</think>` is read after the thinking.
  public func answer(in response: String) -> String? {
    var bytes = Array(response.utf8)[...]
    if let end = Self.last("</think>", in: bytes) {
      bytes = bytes[(end + 8)...]
    } else if Self.last("<think>", in: bytes) != nil {
      return nil
    }
    guard let found = find(in: bytes), found.count <= Self.answerLimit else { return nil }
    let text = trimmed(String(decoding: found, as: UTF8.self))
    return text.isEmpty ? nil : text
  }

  /// What is looked for, in words.
  var words: String {
    switch self {
    case .auto: "\\boxed{…}, ####, 'Answer:' or number"
    case .boxed: "\\boxed{…}"
    case .hashes: "####"
    case .answer: "'Answer:'"
    case .lastNumber: "number"
    case .whole: "text"
    }
  }

  private func find(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    switch self {
    case .auto:
      if Self.last("\\boxed{", in: bytes) != nil { return Self.boxed(in: bytes) }
      return Self.afterHashes(in: bytes) ?? Self.afterAnswer(in: bytes)
        ?? Self.lastNumber(in: bytes)
    case .boxed: return Self.boxed(in: bytes)
    case .hashes: return Self.afterHashes(in: bytes)
    case .answer: return Self.afterAnswer(in: bytes)
    case .lastNumber: return Self.lastNumber(in: bytes)
    case .whole: return bytes
    }
  }

  /// Where a word last starts.
  private static func last(_ word: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let word = Array(word.utf8)
    guard bytes.count >= word.count else { return nil }
    return stride(from: bytes.endIndex - word.count, through: bytes.startIndex, by: -1).first {
      bytes[$0] == word[0] && bytes[$0..<($0 + word.count)].elementsEqual(word)
    }
  }

  private static func boxed(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let start = last("\\boxed{", in: bytes) else { return nil }
    let inside = bytes[(start + 7)...].prefix(answerLimit)
    var depth = 1
    for place in inside.indices {
      if inside[place] == UInt8(ascii: "{") { depth += 1 }
      if inside[place] == UInt8(ascii: "}") { depth -= 1 }
      if depth == 0 { return inside[..<place] }
      if depth > nestingLimit { return nil }
    }
    return nil
  }

  private static func afterHashes(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    last("####", in: bytes).map { restOfLine(bytes[($0 + 4)...]) }
  }

  private static func afterAnswer(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let word = Array("answer".utf8)
    for colon in bytes.indices.reversed() where bytes[colon] == UInt8(ascii: ":") {
      // A few spaces or the stars of bold type may stand between the word and its colon.
      var end = colon
      while end > bytes.startIndex, colon - end < 4,
        isSpace(bytes[end - 1]) || bytes[end - 1] == UInt8(ascii: "*")
      {
        end -= 1
      }
      let before = bytes[..<end].suffix(word.count)
      if before.count == word.count, before.lazy.map({ $0 | 0x20 }).elementsEqual(word) {
        let rest = restOfLine(bytes[(colon + 1)...])
        return rest.starts(with: "**".utf8) ? rest.dropFirst(2) : rest
      }
    }
    return nil
  }

  private static func restOfLine(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes.prefix { $0 != 10 && $0 != 13 }
  }

  /// The longest number that ends with the last digit of the text.
  private static func lastNumber(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let digit = bytes.lastIndex(where: isDigit) else { return nil }
    let joints = Array(".,/eE+-".utf8)
    var start = digit
    while start > bytes.startIndex, digit - start < ExactNumber.digitLimit,
      isDigit(bytes[start - 1]) || joints.contains(bytes[start - 1])
    {
      start -= 1
    }
    var end = digit + 1
    let rest = bytes[end...]
    if rest.starts(with: "%".utf8) { end += 1 } else if rest.starts(with: "\\%".utf8) { end += 2 }
    let minus = Array("\u{2212}".utf8)
    for place in start...digit where canStart(at: place, of: bytes) {
      let text = String(decoding: bytes[place..<end], as: UTF8.self)
      guard (try? ExactNumber(text)) != nil else { continue }
      return bytes[..<place].suffix(minus.count).elementsEqual(minus)
        ? bytes[(place - minus.count)..<end] : bytes[place..<end]
    }
    return nil
  }

  /// Whether a number may start here: not inside another one, and a sign not after an operand.
  private static func canStart(at place: Int, of bytes: ArraySlice<UInt8>) -> Bool {
    guard place > bytes.startIndex else { return true }
    let before = bytes[place - 1]
    if bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
      return !isDigit(before) && before != UInt8(ascii: ")")
    }
    let joined = isDigit(before) || before == UInt8(ascii: ".") || before == UInt8(ascii: "/")
    return !joined
  }
}
