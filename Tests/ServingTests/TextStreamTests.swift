// Text in pieces is the text; stop texts end it wherever the pieces are cut.

import Foundation
import Records
import Serving
import Testing
import TestSupport
import Tokenizers

@Suite struct TextStreamTests {
  private func pieces(
    _ tokens: [Int], _ tokenizer: Tokenizer, stops: [String] = []
  ) -> (text: String, hasStopped: Bool) {
    var stream = TextStream(tokenizer, stops: stops)
    var text = ""
    for token in tokens {
      text += stream.append(token)
      if stream.hasStopped { break }
    }
    text += stream.finish()
    return (text, stream.hasStopped)
  }

  @Test(arguments: ["qwen2", "llama3", "llama2", "awkward"])
  func `pieces of any tokens join to their text`(name: String) throws {
    let file = Golden.folder.appending(path: "tokenizers-\(name)-file.json")
    let tokenizer = try Tokenizer(contentsOf: file)
    var generator = RandomSource(seed: 4)[name].generator
    var compared = 0
    for _ in 0..<600 {
      let tokens = (0..<Int(generator.next() % 30)).map { _ in
        Int(generator.next() % UInt64(tokenizer.vocabularySize))
      }
      let whole = tokenizer.decode(tokens, skippingSpecials: true)
      // What is no character is counted by some decoders over runs that have not ended yet.
      guard !whole.unicodeScalars.contains("\u{FFFD}") else { continue }
      #expect(pieces(tokens, tokenizer).text == whole)
      compared += 1
    }
    for text in ["naïve 中文 and émigrés", "🇩🇪 flags 👩‍👩‍👧 families", " two  spaces\n\tand tabs "] {
      let tokens = tokenizer.encode(text)
      #expect(pieces(tokens, tokenizer).text == tokenizer.decode(tokens, skippingSpecials: true))
    }
    #expect(compared > 20)
  }

  @Test func `the first of any stop texts ends the text`() throws {
    let tokenizer = try Tokenizer.characters(Array("abc"), endOfText: "<e>")
    var generator = RandomSource(seed: 5).generator
    func word(_ most: UInt64) -> String {
      String(
        (0..<1 + Int(generator.next() % most)).map { _ in "abc".randomElement(using: &generator)! })
    }
    var stopped = 0
    for _ in 0..<3_000 {
      let text = word(14)
      let stops = (0..<Int(generator.next() % 4)).map { _ in word(4) }
      let ends = stops.compactMap { text.range(of: $0)?.lowerBound }
      let expected = ends.min().map { String(text[..<$0]) } ?? text
      // A longer stop text that begins earlier may be complete only after a shorter one is: the
      // text ends where the first complete one began.
      let (found, hasStopped) = pieces(tokenizer.encode(text), tokenizer, stops: stops)
      #expect(hasStopped == !ends.isEmpty, "\(text) \(stops)")
      if hasStopped {
        stopped += 1
        #expect(stops.contains { text.dropFirst(found.count).hasPrefix($0) }, "\(text) \(stops)")
        #expect(text.hasPrefix(found) && found.count >= expected.count)
      } else {
        #expect(found == text)
      }
    }
    #expect(stopped > 500)
  }
}
