// What stands for an answer where nothing is marked: the last formula, the last number.

extension AnswerMarks {
  /// The last formula between `$` and `$`, `$$` and `$$`, `\(` and `\)` or `\[` and `\]`.
  func lastFormula() -> ArraySlice<UInt8>? {
    let kinds = [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$")]
    let found = kinds.compactMap { formula(before: bytes.endIndex, $0.0, $0.1) }
    return found.max { $0.endIndex < $1.endIndex }
  }

  /// The formula between `$` and `$`, where it is the only one and no word before it denies it.
  func onlyFormula() -> ArraySlice<UInt8>? {
    guard let open = bytes.indices.first(where: isDollar) else { return nil }
    let inside = bytes[(open + 1)...]
    guard let close = inside.indices.first(where: isDollar), !inside[..<close].isBlank,
      !inside[(close + 1)...].indices.contains(where: isDollar),
      !bytes[..<open].hasDoubts, !inside[(close + 1)...].hasDoubts
    else { return nil }
    return inside[..<close]
  }

  private func formula(before end: Int, _ open: String, _ close: String) -> ArraySlice<UInt8>? {
    var limit = end
    while let last = bytes[..<limit].lastPlace(of: close) {
      limit = last
      guard close != "$" || isDollar(last) else { continue }
      guard let first = bytes[..<last].lastPlace(of: open), open != "$" || isDollar(first) else {
        return nil
      }
      let inside = bytes[(first + open.utf8.count)..<last]
      // "costs $5 and $7" has no formula: what a dollar opens or closes touches it.
      let touches = inside.first.map { !isSpace($0) } ?? false
      if open != "$" || (touches && !isSpace(bytes[last - 1]) && !inside.contains(10)) {
        return inside.isBlank ? nil : inside
      }
    }
    return nil
  }

  /// Whether a dollar stands here that no backslash makes a currency.
  private func isDollar(_ place: Int) -> Bool {
    bytes[place] == UInt8(ascii: "$")
      && !(place > bytes.startIndex && bytes[place - 1] == UInt8(ascii: "\\"))
  }

  /// The longest number that ends with the last digit of the text.
  func lastNumber() -> ArraySlice<UInt8>? {
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
    for place in start...digit where canStart(at: place) {
      let text = String(decoding: bytes[place..<end], as: UTF8.self)
      guard (try? ExactNumber(text)) != nil else { continue }
      return bytes[..<place].suffix(minus.count).elementsEqual(minus)
        ? bytes[(place - minus.count)..<end] : bytes[place..<end]
    }
    return nil
  }

  /// Whether a number may start here: not inside another one, and a sign not after an operand.
  private func canStart(at place: Int) -> Bool {
    guard place > bytes.startIndex else { return true }
    let before = bytes[place - 1]
    if bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
      return !isDigit(before) && before != UInt8(ascii: ")")
    }
    return !(isDigit(before) || before == UInt8(ascii: ".") || before == UInt8(ascii: "/"))
  }
}
