// Five tokenizers of the kinds that models publish, and variants with every other option, against
// check sums of what the `tokenizers` library makes of the same cases. Both sides draw the cases
// from one generator, so that a few kilobytes stand for millions of them.
//
// A run looks at one block of scalars in eight and one of texts in five; with
// VAPO_TOKENIZER_PARITY=full it looks at all: every scalar alone and between letters, and a hundred
// thousand texts a tokenizer.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("Tokens, their origins and their text are the library's")
struct ParityTests {
  struct Golden: Decodable {
    struct Sums: Decodable {
      var seed: Int
      /// One a block of 4096 scalars.
      var scalars: [UInt32]
      /// One a block of 1000 texts.
      var texts: [UInt32]
      /// The first thousand texts as one.
      var long: UInt32
    }
    struct Variant: Decodable {
      var base: String
      /// What is other in the file, as JSON.
      var change: String
      var sum: UInt32
      /// Texts that the library breaks down over.
      var without: [Int]?
      /// Whether the library's offsets are not where the tokens came from.
      var slips: Bool?
    }
    var fragments: [String]
    var tokenizers: [String: Sums]
    var variants: [Variant]
  }

  static let golden = Result {
    try TestSupport.Golden.decode(Golden.self, from: "tokenizers-parity")
  }
  static let names = ["gpt2", "qwen2", "llama3", "llama2", "mistral"]
  static let isFull = ProcessInfo.processInfo.environment["VAPO_TOKENIZER_PARITY"] == "full"
  static let scalarCount = 0x110000 - 0x800

  /// The Unicode scalar number `index`.
  static func scalar(_ index: Int) -> String {
    Unicode.Scalar(UInt32(index < 0xD800 ? index : index + 0x800)).map { String($0) } ?? ""
  }

  /// Random text number `index`, as the script draws it.
  static func text(_ seed: Int, _ index: Int, _ fragments: [String]) -> String {
    var draws = Draws(seed: seed * 1_000_003 + index)
    var text = ""
    for _ in 0..<1 + draws.next() % 12 {
      let draw = draws.next()
      if draw % 12 == 0 {
        text += scalar(Int((draw >> 8) % UInt64(scalarCount)))
      } else {
        text += fragments[Int((draw >> 8) % UInt64(fragments.count))]
      }
    }
    return text
  }

  /// One case as the script writes it down: how many ids, the ids, their origins counted in
  /// scalars, the decoded text, an end.
  static func record(
    _ ids: [Int], _ origins: [Range<Int>] = [], of text: String = "", _ decoded: String = "",
    into sum: inout CheckSum
  ) {
    sum.add(number: ids.count)
    for id in ids { sum.add(number: id) }
    if !origins.isEmpty {
      var scalarsBefore: [Int] = []
      var count = 0
      for byte in text.utf8 {
        if byte & 0xC0 != 0x80 { count += 1 }
        scalarsBefore.append(count - 1)
      }
      scalarsBefore.append(count)
      for origin in origins {
        sum.add(number: scalarsBefore[origin.lowerBound])
        sum.add(number: scalarsBefore[origin.upperBound])
      }
    }
    for byte in decoded.utf8 { sum.add(byte) }
    sum.add(0xFF)
  }

  static func add(
    _ text: String, by tokenizer: Tokenizer, withOrigins: Bool = true, to sum: inout CheckSum
  ) {
    let ids = tokenizer.encode(text)
    let aligned = tokenizer.aligned(text)
    #expect(aligned.map(\.id) == ids)
    let origins = withOrigins ? aligned.map(\.range) : []
    record(ids, origins, of: text, tokenizer.decode(ids), into: &sum)
    let skipped = tokenizer.decode(ids, skippingSpecials: true)
    record(tokenizer.encode(text, addingSpecials: true), [], of: "", skipped, into: &sum)
    record(tokenizer.encode(text, recognizingSpecials: false), into: &sum)
  }

  /// Looks at random texts in blocks of a thousand, at every so many-th block where not at all.
  static func expectTexts(
    _ sums: [UInt32], seed: Int, _ fragments: [String], by tokenizer: Tokenizer, oneIn portion: Int
  ) {
    for (block, expected) in sums.enumerated() where isFull || block % portion == seed {
      var sum = CheckSum()
      for index in block * 1000..<(block + 1) * 1000 {
        add(text(seed, index, fragments), by: tokenizer, to: &sum)
      }
      #expect(sum.value == expected, "texts from number \(block * 1000)")
    }
  }

  /// Looks at the first thousand random texts as one.
  static func expectLongText(
    _ expected: UInt32, seed: Int, _ fragments: [String], by tokenizer: Tokenizer
  ) {
    let text = (0..<1000).map { Self.text(seed, $0, fragments) }.joined()
    let ids = tokenizer.encode(text)
    var sum = CheckSum()
    record(ids, [], of: "", tokenizer.decode(ids), into: &sum)
    #expect(sum.value == expected)
    #expect(tokenizer.aligned(text).map(\.id) == ids)
  }

  @Test("on every scalar, alone and between letters", arguments: names)
  func scalars(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    #expect(sums.scalars.count == 272)
    var checked = 0
    for (block, expected) in sums.scalars.enumerated()
    where Self.isFull || block < 4 || block % 8 == sums.seed {
      let start = block * 4096
      var sum = CheckSum()
      for index in start..<min(start + 4096, Self.scalarCount) {
        let scalar = Self.scalar(index)
        for text in [scalar, "a\(scalar)b"] {
          let ids = tokenizer.encode(text)
          Self.record(ids, [], of: "", tokenizer.decode(ids), into: &sum)
          checked += 1
        }
      }
      #expect(sum.value == expected, "scalars from number \(start)")
    }
    print("\(name): \(checked) texts of one scalar and around one")
  }

  @Test("on random texts, and so are origins and texts without specials", arguments: names)
  func texts(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    #expect(sums.texts.count == 100)
    Self.expectTexts(sums.texts, seed: sums.seed, golden.fragments, by: tokenizer, oneIn: 5)
  }

  @Test("on a long text, where pieces come again or the whole text is one", arguments: names)
  func longText(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    Self.expectLongText(sums.long, seed: sums.seed, golden.fragments, by: tokenizer)
  }

  @Test("with every other option a file can have")
  func variants() throws {
    let golden = try Self.golden.get()
    #expect(golden.variants.count > 200)
    let texts = (0..<300).map { Self.text(99, $0, golden.fragments) }
    for variant in golden.variants {
      let tokenizer = try Self.tokenizer(variant.base, with: variant.change)
      let left = Set(variant.without ?? [])
      var sum = CheckSum()
      for (index, text) in texts.enumerated() {
        if left.contains(index) {
          // No answer is right where the library has none, but there is one.
          _ = tokenizer.decode(tokenizer.aligned(text).map(\.id))
        } else {
          Self.add(text, by: tokenizer, withOrigins: variant.slips != true, to: &sum)
        }
      }
      #expect(sum.value == variant.sum, "\(variant.base) with \(variant.change)")
    }
    print("\(golden.variants.count) variants")
  }

  /// A golden file with something other in it, put together as the script does.
  static func tokenizer(_ base: String, with change: String) throws -> Tokenizer {
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: goldenFile(base)))
    let parts = try JSONSerialization.jsonObject(with: Data(change.utf8))
    var value = try #require(file as? [String: Any])
    var model = try #require(value["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    for (key, part) in try #require(parts as? [String: Any]) {
      if key == "model" {
        model.merge(try #require(part as? [String: Any])) { $1 }
      } else if key == "without" {
        let lost = Set(try #require(part as? [String]))
        let merges = try #require(model["merges"] as? [[String]])
        model["vocab"] = vocabulary.filter { !lost.contains($0.key) }
        model["merges"] = merges.filter { lost.isDisjoint(with: $0 + [$0.joined()]) }
      } else if key == "merges" {
        model["merges"] = part
      } else if key == "added" {
        var size = vocabulary.count
        value["added_tokens"] = try #require(part as? [[String: Any]]).map { token in
          let content = try #require(token["content"] as? String)
          defer { if vocabulary[content] == nil { size += 1 } }
          return token.merging(["id": vocabulary[content] ?? size]) { $1 }
        }
      } else {
        value[key] = part
      }
      if key == "without" { value["added_tokens"] = [Any]() }
      if key == "without" || key == "added" { value["post_processor"] = NSNull() }
    }
    value["model"] = model
    let json = try JSONSerialization.data(withJSONObject: value)
    return try Tokenizer(json: json, file: "\(base), changed")
  }
}

/// CRC-32 as zlib has it.
struct CheckSum {
  private static let table: [UInt32] = (UInt32(0)..<256).map { byte in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  private var state = UInt32.max

  var value: UInt32 { ~state }

  @inline(__always)
  mutating func add(_ byte: UInt8) {
    state = state >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
  }

  /// Four bytes, the lowest first.
  mutating func add(number: Int) {
    for shift in stride(from: 0, to: 32, by: 8) {
      add(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
