// Tokens to text, piece by piece: whole characters only, and nothing that a stop string may yet
// take away.

package import Tokenizers

/// A response's text as it grows.
package struct TextStream {
  private let tokenizer: Tokenizer
  private let stops: [String]
  private var tokens: [Int] = []
  /// Where the window starts that is decoded anew, and up to where it has been given out: decoders
  /// look at neighbors, so that a token's text is the difference between two texts.
  private var start = 0
  private var read = 0
  /// What is decoded and not given out: it may be the beginning of a stop string.
  private var held = ""
  /// Whether a stop string was found; nothing follows.
  package private(set) var hasStopped = false

  /// - Parameters:
  ///   - tokenizer: what decodes.
  ///   - stops: texts that end the response, themselves left out; none is empty.
  package init(_ tokenizer: Tokenizer, stops: [String]) {
    self.tokenizer = tokenizer
    self.stops = stops
  }

  /// Takes a token and returns the text that is certain by now.
  package mutating func append(_ token: Int) -> String {
    tokens.append(token)
    let before = tokenizer.decode(Array(tokens[start..<read]), skippingSpecials: true)
    let now = tokenizer.decode(Array(tokens[start...]), skippingSpecials: true)
    // A text that ends in the middle of a character waits for the rest of it.
    guard now.utf8.count > before.utf8.count, now.unicodeScalars.last != "\u{FFFD}" else {
      return ""
    }
    start = read
    read = tokens.count
    return release(String(decoding: now.utf8.dropFirst(before.utf8.count), as: UTF8.self))
  }

  /// What is left when no token follows.
  package mutating func finish() -> String {
    guard !hasStopped else { return "" }
    let before = tokenizer.decode(Array(tokens[start..<read]), skippingSpecials: true)
    let now = tokenizer.decode(Array(tokens[start...]), skippingSpecials: true)
    let rest = release(String(decoding: now.utf8.dropFirst(before.utf8.count), as: UTF8.self))
    read = tokens.count
    defer { held = "" }
    return hasStopped ? rest : rest + held
  }

  /// Adds text, and gives out what no stop string can begin in.
  private mutating func release(_ text: String) -> String {
    guard !stops.isEmpty else { return text }
    let bytes = Array((held + text).utf8)
    var end = bytes.count
    for stop in stops {
      if let place = Self.place(of: Array(stop.utf8), in: bytes) {
        end = min(end, place)
        hasStopped = true
      }
    }
    guard !hasStopped else {
      held = ""
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
    // Stop strings are whole characters, and so is what is kept back for one.
    let kept = stops.map { Self.overlap(of: bytes, with: Array($0.utf8)) }.max() ?? 0
    held = String(decoding: bytes.suffix(kept), as: UTF8.self)
    return String(decoding: bytes.dropLast(kept), as: UTF8.self)
  }

  /// The first place where a text holds another.
  private static func place(of part: [UInt8], in whole: [UInt8]) -> Int? {
    guard part.count <= whole.count else { return nil }
    return (0...whole.count - part.count).first { whole[$0..<$0 + part.count].elementsEqual(part) }
  }

  /// The length of the longest end of a text that another begins with.
  private static func overlap(of text: [UInt8], with stop: [UInt8]) -> Int {
    (0..<min(text.count, stop.count)).reversed().map { $0 + 1 }
      .first { $0 < stop.count && text.suffix($0).elementsEqual(stop.prefix($0)) } ?? 0
  }
}
