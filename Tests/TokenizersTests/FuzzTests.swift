// Ten thousand spoiled tokenizer.json files, each with the library's verdict: the script that asked
// it spoils the same four files by the same draws. Whatever it reads is read here with the same ids,
// or refused for a reason that is on the list below.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("Spoiled files are graded as the library reads them")
struct FuzzTests {
  struct Golden: Decodable {
    /// What is spoiled, and what is put in the place of something.
    var files: [String]
    var pieces: [String]
    var texts: [String]
    /// One a file: - where the library refuses it, ! where it breaks down over a text, + where it
    /// leaves the ids to chance, else the lower half of a check sum of the ids.
    var verdicts: String
  }

  typealias Bytes = [UInt8]

  /// The tokens of a JSON text, none left out: strings, words and numbers, signs.
  static func tokens(_ text: Bytes) -> [Bytes] {
    func isWord(_ byte: UInt8) -> Bool {
      Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
    var found: [Bytes] = []
    var place = 0
    while place < text.count {
      var end = place + 1
      if text[place] == UInt8(ascii: "\"") {
        while end < text.count, text[end] != UInt8(ascii: "\"") {
          end += text[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        end = min(end + 1, text.count)
      } else if isWord(text[place]) {
        while end < text.count, isWord(text[end]) || text[end] == UInt8(ascii: "+") { end += 1 }
      }
      found.append(Array(text[place..<end]))
      place = end
    }
    return found
  }

  /// Where the value that begins at `start` ends: a bracket's partner, or the next token.
  static func valueEnd(_ parts: [Bytes], _ start: Int) -> Int {
    var depth = 0
    for place in start..<parts.count {
      if parts[place] == Array("{".utf8) || parts[place] == Array("[".utf8) { depth += 1 }
      if parts[place] == Array("}".utf8) || parts[place] == Array("]".utf8) { depth -= 1 }
      if depth <= 0 { return place + 1 }
    }
    return parts.count
  }

  static func kind(_ token: Bytes) -> UInt8 {
    switch token[0] {
    case UInt8(ascii: "f"): UInt8(ascii: "t")
    case UInt8(ascii: "-"), UInt8(ascii: "1")...UInt8(ascii: "9"): UInt8(ascii: "0")
    default: token[0]
    }
  }

  /// Spoiled file number `index`, as the script spoils it.
  static func spoiled(_ files: [[Bytes]], _ pieces: [Bytes], _ index: Int) -> Bytes {
    var draws = Draws(seed: 36 * 1_000_003 + index)
    func draw(_ count: Int) -> Int { Int(draws.next() % UInt64(count)) }
    let colon = Array(":".utf8)
    var parts = files[draw(files.count)]
    for _ in 0..<1 + draw(2) where !parts.isEmpty {
      let way = draw(20)
      var start = draw(parts.count)
      switch way {
      case ..<13:
        while start + 1 < parts.count, parts[start] != colon { start += 1 }
        start = min(start + 1, parts.count - 1)
        var choice = draw(pieces.count)
        if way < 10, parts[start] != Array("null".utf8) {
          for _ in pieces where kind(pieces[choice]) != kind(parts[start]) {
            choice = (choice + 1) % pieces.count
          }
        }
        parts.replaceSubrange(start..<valueEnd(parts, start), with: [pieces[choice]])
      case 13: parts[start] = parts[draw(parts.count)]
      case 14: parts.removeSubrange(start..<min(valueEnd(parts, start) + 1, parts.count))
      case 15:
        let value = parts[start..<valueEnd(parts, start)]
        parts.insert(contentsOf: value + [Array(",".utf8)], at: start)
      case 16: parts.remove(at: start)
      case 17:
        let place = draw(parts[start].count)
        parts[start][place] = UInt8(draw(256))
      default:
        while start + 1 < parts.count, parts[start + 1] != colon { start += 1 }
        let end = valueEnd(parts, min(start + 2, parts.count - 1)) + 1
        parts.removeSubrange(start..<min(end, parts.count))
      }
    }
    return Array(parts.joined())
  }

  /// Why a file may be refused that the library reads: parts of the message.
  static let listed: [(reason: String, says: [String])] = [
    ("a key that nobody knows", ["the key", "is not supported"]),
    ("a key that is there twice", ["not strict JSON: the key", "is there twice"]),
    // The library passes over the first key of a file without a colon and a value.
    ("a key without a value", ["not strict JSON: a colon is missing"]),
    ("a part without a type", ["the key \"type\" is missing"]),
    ("a part whose type is no string", [".type: text should stand here"]),
    ("a kind of part that is not built", [".type:", "is not supported"]),
    ("a part that is a list, the old spelling", ["an object should stand here, not a list"]),
    ("null for false", ["true or false should stand here, not null"]),
    ("merging by chance", ["model.dropout: merging by chance"]),
    ("an id for two tokens", ["model.vocab: the id", "belongs to another token too"]),
    ("an id out of reach", ["model.vocab: the id of", "the limit for"]),
    (
      "an unknown token that is none", ["model.unk_token: the token", "which the vocabulary lacks"]
    ),
    ("an added token whose id is not its place", ["added_tokens", "is its place"]),
    ("an added token in the place of another", ["added_tokens", "belongs to a token of the vo"]),
    ("an added token that is empty", ["added_tokens", "the token is empty"]),
    ("an added token that is there twice", ["added_tokens", "is there twice"]),
    ("a template without its text", ["a template that has the text not exactly once"]),
    ("a template with a token it does not define", ["is not among the special_tokens"]),
    ("a template with an id of no token", ["has the id", "which no token has"]),
    ("a pattern to be replaced that is empty", ["pattern", "an empty text"]),
    ("a pattern that is not run", ["pattern.Regex: the pattern"]),
  ]

  @Test("ten thousand of them: no crash, the same verdict, the same ids")
  func verdicts() throws {
    let golden = try TestSupport.Golden.decode(Golden.self, from: "tokenizers-fuzz")
    let files = golden.files.map { Self.tokens(Array($0.utf8)) }
    let pieces = golden.pieces.map { Array($0.utf8) }
    let verdicts = golden.verdicts.split(separator: " ")
    #expect(verdicts.count == 10_000)
    var counts: [String: Int] = [:]
    for (index, verdict) in verdicts.enumerated() {
      let bytes = Self.spoiled(files, pieces, index)
      let theirs = verdict == "-" ? "they refuse" : verdict == "!" ? "they break down" : "they read"
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(json: Data(bytes), file: "t.json")
        var sum = CheckSum()
        for text in golden.texts {
          let ids = tokenizer.encode(text)
          #expect(ids.allSatisfy { (0..<tokenizer.vocabularySize).contains($0) })
          #expect(tokenizer.aligned(text).map(\.id) == ids)
          ParityTests.record(ids, [], of: "", tokenizer.decode(ids), into: &sum)
          ParityTests.record(tokenizer.encode(text, addingSpecials: true), into: &sum)
        }
        counts["\(theirs), we read", default: 0] += 1
        let file = String(decoding: bytes, as: UTF8.self)
        #expect(verdict != "-", "\(index): \(file)")
        if theirs == "they read", verdict != "+" {
          let ours = String(max(1, sum.value) & 0xFFFF, radix: 16)
          #expect(ours == verdict, "\(index): \(file)")
        }
      } catch {
        counts["\(theirs), we refuse", default: 0] += 1
        if theirs == "they read" {
          let reason = Self.listed.first { reason in
            reason.says.allSatisfy { error.description.contains($0) }
          }
          #expect(reason != nil, "\(index): \(error)")
          counts["  they read, we refuse: \(reason?.reason ?? "not listed")", default: 0] += 1
        }
      }
    }
    for (what, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(count) files: \(what)") }
  }
}
