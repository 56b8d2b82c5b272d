// Which part of a response is the program. Models write Markdown as people do: blocks within lists,
// blocks that are not closed, examples of output after the program, fences inside docstrings.

/// The program of a response: the last block of Python, or else of no language, or else of another.
///
/// Only what follows the thinking is looked at. Blocks are fenced by three or more ` or ~; what is
/// indented as a whole is taken back to the margin. The work grows with the response's length alone.
///
/// - Parameters:
///   - response: the response.
///   - unfenced: whether a response without a fence is itself the program.
/// - Returns: The program; nil if there is none, or an empty one.
package func codeBlock(in response: String, unfenced: Bool = false) -> String? {
  var bytes = Array(response.utf8)[...]
  if let end = lastPlace(of: "</think>", in: bytes) { bytes = bytes[end...] }
  var reader = BlockReader(bytes)
  let blocks = reader.blocks()
  let block =
    blocks.last { $0.kind == .python } ?? blocks.last { $0.kind == .plain && $0.isClosed }
    ?? blocks.last { $0.kind == .plain } ?? blocks.last
  guard let lines = block?.lines ?? (unfenced && !reader.hasMarks ? reader.lines : nil) else {
    return nil
  }
  let program = dedented(lines)
  return program.allSatisfy(\.isEmpty)
    ? nil : String(decoding: Array(program.joined(separator: "\n".utf8)), as: UTF8.self) + "\n"
}

/// The place after the last occurrence of a text.
private func lastPlace(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
  let text = Array(text.utf8)
  var start = bytes.endIndex - text.count
  while start >= bytes.startIndex {
    if bytes[start...].starts(with: text) { return start + text.count }
    start -= 1
  }
  return nil
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

/// Takes away as much white space from the start of each line as the first line of code has, which
/// in Python can only have it by mistake.
private func dedented(_ lines: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
  let first = lines.first { line in
    let code = line.drop(while: isBlank)
    return !code.isEmpty && code.first != UInt8(ascii: "#")
  }
  let width = first?.prefix(while: isBlank).count ?? 0
  return lines.map { line in
    line.dropFirst(min(width, line.prefix(while: isBlank).count))
  }
}

/// A block between fences.
private struct Block {
  enum Kind {
    case python
    case plain
    case other
  }

  var kind: Kind
  var lines: [ArraySlice<UInt8>] = []
  var isClosed = false
}

/// Three or more of one character, with what follows them on the line.
private struct Fence {
  private static let characters = [UInt8(ascii: "`"), UInt8(ascii: "~")]
  private static let python = ["python", "python3", "py", "py3"]

  var character: UInt8
  var length: Int
  var words: String

  /// Reads a line that starts with a fence, after white space.
  init?(_ line: ArraySlice<UInt8>) {
    let bare = line.drop(while: isBlank)
    guard let character = bare.first, Self.characters.contains(character) else { return nil }
    let rest = bare.drop { $0 == character }
    (self.character, length) = (character, bare.count - rest.count)
    guard length >= 3, character != UInt8(ascii: "`") || !rest.contains(character) else {
      return nil
    }
    words = trimmed(String(decoding: rest, as: UTF8.self)).lowercased()
  }

  /// A fence of Python at the end of a line of prose.
  init?(after line: ArraySlice<UInt8>) {
    let tick = UInt8(ascii: "`")
    guard let last = line.lastIndex(of: tick) else { return nil }
    let start = line[...last].lastIndex { $0 != tick }.map { $0 + 1 } ?? line.startIndex
    guard let fence = Fence(line[start...]), fence.kind == .python else { return nil }
    self = fence
  }

  /// The language: the first word of `python title="a.py"` and of `{.python .numbered}`.
  private var language: Substring {
    words.drop { "{. ".contains($0) }.prefix { $0.isLetter || $0.isNumber }
  }

  var kind: Block.Kind {
    if words.isEmpty {
      .plain
    } else if Self.python.contains(String(language)) {
      .python
    } else {
      .other
    }
  }

  /// Whether a block of this fence holds Markdown, in which there may be blocks.
  var holdsBlocks: Bool { language == "markdown" || language == "md" }

  func isClosed(by other: Fence) -> Bool {
    other.character == character && other.length >= length && other.words.isEmpty
  }
}

/// Finds the blocks of a text.
private struct BlockReader {
  /// How often a block is read again because a text in it has no end.
  private static let retries = 16

  let lines: [ArraySlice<UInt8>]
  /// Whether there is a fence, or thinking that does not end.
  private(set) var hasMarks = false
  private var retries = Self.retries

  init(_ bytes: ArraySlice<UInt8>) {
    lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
    }
  }

  /// All blocks in their order.
  mutating func blocks() -> [Block] {
    var blocks: [Block] = []
    var place = 0
    while place < lines.count {
      let line = lines[place]
      place += 1
      if let fence = Fence(line) ?? Fence(after: line) {
        hasMarks = true
        if !fence.holdsBlocks { blocks.append(block(of: fence, from: &place)) }
      } else if lastPlace(of: "<think>", in: line) != nil {
        // Thinking that does not end; what is in it is no answer.
        hasMarks = true
        break
      }
    }
    return blocks
  }

  /// Reads a block, after its first fence.
  private mutating func block(of fence: Fence, from place: inout Int) -> Block {
    let start = place
    if fence.kind != .other, retries > 0 {
      let block = block(of: fence, from: &place, readsPython: true)
      if block.isClosed { return block }
      retries -= 1
      place = start
    }
    return block(of: fence, from: &place, readsPython: false)
  }

  private func block(
    of fence: Fence, from place: inout Int, readsPython: Bool
  ) -> Block {
    var block = Block(kind: fence.kind)
    var python = PythonText()
    while place < lines.count {
      let line = lines[place]
      place += 1
      if !python.isInText, let end = Fence(line), fence.isClosed(by: end) {
        block.isClosed = true
        break
      }
      if readsPython, let end = python.read(line) {
        // No Python has these characters outside of texts and comments.
        block.lines.append(line[..<end])
        block.isClosed = true
        break
      }
      block.lines.append(line)
    }
    return block
  }
}

/// As much of Python's grammar as tells whether a place is inside a text of several lines.
private struct PythonText {
  private var quote: UInt8?

  /// Whether the next line starts inside a text.
  var isInText: Bool { quote != nil }

  /// Reads a line.
  ///
  /// - Returns: Where three ` stand outside of texts and comments, if they do.
  mutating func read(_ line: ArraySlice<UInt8>) -> Int? {
    var place = line.startIndex
    func hasThree(_ character: UInt8) -> Bool {
      line[place...].prefix(3).elementsEqual([character, character, character])
    }
    while place < line.endIndex {
      let character = line[place]
      if let quote {
        if character == UInt8(ascii: "\\") {
          place += 1
        } else if character == quote, hasThree(quote) {
          self.quote = nil
          place += 2
        }
      } else if character == UInt8(ascii: "#") {
        return nil
      } else if character == UInt8(ascii: "`"), hasThree(character) {
        return place
      } else if character == UInt8(ascii: "\"") || character == UInt8(ascii: "'") {
        if hasThree(character) {
          quote = character
          place += 2
        } else {
          place = Self.end(of: character, in: line, from: place + 1)
        }
      }
      place += 1
    }
    return nil
  }

  /// Where a text of one line ends.
  private static func end(of quote: UInt8, in line: ArraySlice<UInt8>, from start: Int) -> Int {
    var place = start
    while place < line.endIndex, line[place] != quote {
      place += line[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return place
  }
}
