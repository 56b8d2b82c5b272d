// Four Unigram tokenizers of the kinds that models publish, and variants with every other option,
// against check sums of what the `tokenizers` library makes of the same cases, drawn as for
// ParityTests. A run looks at one block of scalars in forty and one of texts in ten; with
// VAPO_TOKENIZER_PARITY=full at all of them.

import Foundation
import JSON
import Testing
import TestSupport
import Tokenizers

@Suite("Unigram tokens are the library's")
struct UnigramTests {
  struct Golden: Decodable {
    struct Sums: Decodable {
      var seed: Int
      /// One a block of 4096 scalars, each in every context.
      var scalars: [UInt32]
      /// One a block of 1000 texts.
      var texts: [UInt32]
      /// The first thousand texts as one.
      var long: UInt32
    }
    struct Variant: Decodable {
      var base: String
      /// What is other in the file, as JSON; `map` stands where it has "@".
      var change: String
      var sum: UInt32
    }
    var fragments: [String]
    /// What stands before a scalar and after it.
    var contexts: [[String]]
    var map: String
    var tokenizers: [String: Sums]
    var variants: [Variant]
  }

  static let golden = Result {
    try TestSupport.Golden.decode(Golden.self, from: "tokenizers-unigram")
  }
  static let names = ["t5", "japanese", "xglm", "equals"]
  static let isFull = ParityTests.isFull

  @Test("on every scalar, in contexts that show its clusters", arguments: ["t5", "japanese"])
  func scalars(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    #expect(sums.scalars.count == 272)
    for (block, expected) in sums.scalars.enumerated()
    where Self.isFull || block < 2 || block % 40 == 10 {
      let start = block * 4096
      var sum = CheckSum()
      for index in start..<min(start + 4096, ParityTests.scalarCount) {
        let scalar = ParityTests.scalar(index)
        for context in golden.contexts {
          ParityTests.record(
            tokenizer.encode(context.joined(separator: scalar)), into: &sum)
        }
      }
      #expect(sum.value == expected, "scalars from number \(start)")
    }
  }

  @Test("on random texts, and so are origins and texts without specials", arguments: names)
  func texts(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    #expect(sums.texts.count == 40)
    ParityTests.expectTexts(
      sums.texts, seed: sums.seed, golden.fragments, by: tokenizer, oneIn: 10)
  }

  @Test("on a long text, where pieces come again or the whole text is one", arguments: names)
  func longText(name: String) throws {
    let golden = try Self.golden.get()
    let tokenizer = try Tokenizer(contentsOf: goldenFile(name))
    let sums = try #require(golden.tokenizers[name])
    ParityTests.expectLongText(sums.long, seed: sums.seed, golden.fragments, by: tokenizer)
  }

  @Test("with every other option a file can have")
  func variants() throws {
    let golden = try Self.golden.get()
    #expect(golden.variants.count > 60)
    let texts = (0..<200).map { ParityTests.text(99, $0, golden.fragments) }
    for variant in golden.variants {
      let change = variant.change.replacing("\"@\"", with: quoted(golden.map))
      let tokenizer = try Self.tokenizer(variant.base, with: change)
      var sum = CheckSum()
      for text in texts { ParityTests.add(text, by: tokenizer, to: &sum) }
      #expect(sum.value == variant.sum, "\(variant.base) with \(variant.change)")
    }
  }

  /// A golden file with something other in it, put together as the script does; scores stay as they
  /// are written.
  static func tokenizer(_ base: String, with change: String) throws -> Tokenizer {
    guard case .object(var file) = try JSONValue(parsing: Data(contentsOf: goldenFile(base))),
      case .object(var model) = try #require(file["model"]),
      case .object(let parts) = try JSONValue(parsing: Data(change.utf8)),
      case .array(let pieces) = try #require(model["vocab"])
    else { throw Unreadable() }
    var ids: [ByteString: Int] = [:]
    for (id, piece) in pieces.enumerated() {
      guard case .array(let pair) = piece, case .string(let text) = pair[0] else { continue }
      ids[ByteString(Array(text.utf8))] = id
    }
    for (key, part) in parts {
      switch (key, part) {
      case ("model", .object(let fields)):
        for (key, value) in fields { model[key] = value }
      case ("added", .array(let tokens)):
        var size = pieces.count
        file["post_processor"] = .null
        file["added_tokens"] = .array(
          tokens.map { token in
            guard case .object(var fields) = token, case .string(let text)? = fields["content"]
            else { return token }
            let id = ids[ByteString(Array(text.utf8))]
            fields["id"] = .integer(id ?? size)
            if id == nil { size += 1 }
            return .object(fields)
          })
      default: file[key] = part
      }
    }
    file["model"] = .object(model)
    return try Tokenizer(
      json: Data(JSONValue.object(file).text.utf8), file: "\(base), changed")
  }

  private struct Unreadable: Error {}
}
