// Finding, replacing, stripping and splitting, with the results of Python's string methods.

extension Text {
  /// The places where `needle`, which is not empty, begins, without overlap, at most `limit`.
  ///
  /// Linear in the length of both (Knuth, Morris and Pratt), whatever a template searches for.
  func occurrences(of needle: Text, in range: Range<Int>, limit: Int = .max) -> [Int] {
    let pattern = needle.bytes
    guard limit > 0, pattern.count <= range.count else { return [] }
    var fallback = [Int](repeating: 0, count: pattern.count)
    var matched = 0
    for place in pattern.indices.dropFirst() {
      while matched > 0 && pattern[place] != pattern[matched] { matched = fallback[matched - 1] }
      if pattern[place] == pattern[matched] { matched += 1 }
      fallback[place] = matched
    }
    var found: [Int] = []
    matched = 0
    for place in range {
      while matched > 0 && bytes[place] != pattern[matched] { matched = fallback[matched - 1] }
      if bytes[place] == pattern[matched] { matched += 1 }
      if matched == pattern.count {
        found.append(place + 1 - matched)
        if found.count == limit { break }
        matched = 0
      }
    }
    return found
  }

  func contains(_ needle: Text) -> Bool {
    needle.isEmpty || !occurrences(of: needle, in: bytes.indices, limit: 1).isEmpty
  }

  /// The last place where `needle`, which is not empty, begins.
  func lastOccurrence(of needle: Text, in range: Range<Int>) -> Int? {
    let mirrored = Text(bytes: bytes[range].reversed())
    let place = mirrored.occurrences(
      of: Text(bytes: needle.bytes.reversed()), in: mirrored.bytes.indices, limit: 1
    ).first
    return place.map { range.upperBound - $0 - needle.bytes.count }
  }

  /// The text between the places where `separator` was found.
  private func pieces(between places: [Int], _ separator: Text) -> [Text] {
    var result: [Text] = []
    var start = 0
    for place in places {
      result.append(Text(bytes: bytes[start..<place]))
      start = place + separator.bytes.count
    }
    result.append(Text(bytes: bytes[start...]))
    return result
  }

  func split(separator: Text, limit: Int) -> [Text] {
    pieces(
      between: occurrences(of: separator, in: bytes.indices, limit: limit), separator)
  }

  func splitFromEnd(separator: Text, limit: Int) -> [Text] {
    let mirrored = Text(bytes: bytes.reversed())
    let found = mirrored.occurrences(
      of: Text(bytes: separator.bytes.reversed()), in: bytes.indices, limit: limit)
    let places = found.map { bytes.count - $0 - separator.bytes.count }.reversed()
    return pieces(between: Array(places), separator)
  }

  /// The ranges of the words between runs of white space.
  private var wordRanges: [Range<Int>] {
    var result: [Range<Int>] = []
    var start: Int?
    var place = 0
    while place < bytes.count {
      let next = Self.next(after: place, in: bytes)
      if Whitespace.isSpace(bytes[place..<next]) {
        if let begin = start { result.append(begin..<place) }
        start = nil
      } else if start == nil {
        start = place
      }
      place = next
    }
    if let begin = start { result.append(begin..<bytes.count) }
    return result
  }

  /// The words between runs of white space, the rest in one piece after `limit` of them.
  func words(limit: Int) -> [Text] {
    let ranges = wordRanges
    let whole = ranges.prefix(max(limit, 0)).map { Text(bytes: bytes[$0]) }
    guard whole.count < ranges.count else { return whole }
    return whole + [Text(bytes: bytes[ranges[whole.count].lowerBound...])]
  }

  /// As `words`, counting from the end.
  func wordsFromEnd(limit: Int) -> [Text] {
    let ranges = wordRanges
    let whole = ranges.suffix(max(limit, 0)).map { Text(bytes: bytes[$0]) }
    guard whole.count < ranges.count else { return whole }
    return [Text(bytes: bytes[..<ranges[ranges.count - whole.count - 1].upperBound])] + whole
  }

  /// With every `old` turned into `new`, at most `limit` times.
  func replacing(_ old: Text, with new: Text, limit: Int) -> Text {
    guard !old.isEmpty else {
      var result = Text()
      var left = limit
      for character in characters {
        if left > 0 { result.bytes += new.bytes }
        left -= 1
        result.bytes += character.bytes
      }
      if left > 0 { result.bytes += new.bytes }
      return result
    }
    let pieces = split(separator: old, limit: limit)
    return pieces.joined(separator: new)
  }

  /// The ends of a text.
  struct Ends: OptionSet {
    let rawValue: Int
    static let start = Ends(rawValue: 1)
    static let end = Ends(rawValue: 2)
  }

  /// What is taken off the ends of a text.
  enum Strippable {
    case whitespace
    case characters(Set<Text>)

    func contains(_ character: ArraySlice<UInt8>) -> Bool {
      switch self {
      case .whitespace: Whitespace.isSpace(character)
      case .characters(let characters): characters.contains(Text(bytes: character))
      }
    }
  }

  func stripped(_ what: Strippable, _ ends: Ends) -> Text {
    var start = 0
    var end = bytes.count
    if ends.contains(.start) {
      while start < end {
        let next = Self.next(after: start, in: bytes)
        guard what.contains(bytes[start..<next]) else { break }
        start = next
      }
    }
    if ends.contains(.end) {
      while end > start {
        var last = end - 1
        while last > start && bytes[last] & 0xC0 == 0x80 { last -= 1 }
        guard what.contains(bytes[last..<end]) else { break }
        end = last
      }
    }
    return start == 0 && end == bytes.count ? self : Text(bytes: bytes[start..<end])
  }

  /// The lines, by all of Python's line ends.
  func lines(keepingEnds: Bool) -> [Text] {
    var result: [Text] = []
    var start = 0
    var place = 0
    while place < bytes.count {
      var next = Self.next(after: place, in: bytes)
      if Whitespace.isLineEnd(bytes[place..<next]) {
        if bytes[place] == 0x0D && next < bytes.count && bytes[next] == 0x0A { next += 1 }
        result.append(Text(bytes: bytes[start..<(keepingEnds ? next : place)]))
        start = next
      }
      place = next
    }
    if start < bytes.count { result.append(Text(bytes: bytes[start...])) }
    return result
  }
}

extension Sequence<Text> {
  func joined(separator: Text) -> Text {
    var result = Text()
    var isFirst = true
    for text in self {
      if !isFirst { result.bytes += separator.bytes }
      result.bytes += text.bytes
      isFirst = false
    }
    return result
  }
}

/// Python's white space: `str.isspace`, which is also what `\s` means in its regular expressions.
enum Whitespace {
  static func isSpace(_ character: ArraySlice<UInt8>) -> Bool {
    guard let first = character.first else { return false }
    if first < 0x80 { return (0x09...0x0D).contains(first) || (0x1C...0x20).contains(first) }
    guard let scalar = String(decoding: character, as: UTF8.self).unicodeScalars.first else {
      return false
    }
    return isSpace(scalar)
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  static func isLineEnd(_ character: ArraySlice<UInt8>) -> Bool {
    switch character.count {
    case 1:
      character.first.map { (0x0A...0x0D).contains($0) || (0x1C...0x1E).contains($0) } ?? false
    case 2: character.elementsEqual([0xC2, 0x85])
    case 3:
      character.elementsEqual([0xE2, 0x80, 0xA8]) || character.elementsEqual([0xE2, 0x80, 0xA9])
    default: false
    }
  }
}
