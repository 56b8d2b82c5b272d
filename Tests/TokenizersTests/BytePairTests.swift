// Merging: the queue against the textbook's way, which looks through the whole piece each time.

import Testing
import Tokenizers

@Suite("Pairs of bytes merge in the order they were learned")
struct BytePairTests {
  /// Bytes a to d as tokens 0 to 3, and random merges of what there is.
  struct Random {
    var merges: [UInt64: BytePairEncoder.Merge] = [:]
    /// Left, right and product, lowest rank first.
    var list: [(Int, Int, Int)] = []

    init(seed: Int, count: Int) {
      var generator = Draws(seed: seed)
      for rank in 0..<count {
        let left = Int.random(in: 0..<4 + rank, using: &generator)
        let right = Int.random(in: 0..<4 + rank, using: &generator)
        let pair = BytePairEncoder.pair(UInt32(left), UInt32(right))
        guard merges[pair] == nil else { continue }
        merges[pair] = .init(rank: rank, product: 4 + rank)
        list.append((left, right, 4 + rank))
      }
    }

    var encoder: BytePairEncoder {
      let bytes = (0..<256).map { (97..<101).contains($0) ? $0 - 97 : nil }
      return BytePairEncoder(byteTokens: bytes, merges: merges)
    }

    /// Applies each merge to the whole piece from left to right, lowest rank first, again and
    /// again until none applies.
    func textbook(_ piece: [UInt8]) -> [Int] {
      var tokens = piece.map { Int($0) - 97 }
      while true {
        let applicable = list.first { merge in
          zip(tokens, tokens.dropFirst()).contains { $0 == (merge.0, merge.1) }
        }
        guard let (left, right, product) = applicable else { return tokens }
        var index = 0
        while index + 1 < tokens.count {
          if tokens[index] == left && tokens[index + 1] == right {
            tokens.replaceSubrange(index...index + 1, with: [product])
          }
          index += 1
        }
      }
    }
  }

  @Test("as the textbook merges", arguments: 0..<40)
  func againstTheTextbook(seed: Int) {
    let random = Random(seed: seed, count: 12)
    var generator = Draws(seed: 1000 + seed)
    for length in 0..<60 {
      let piece = (0..<length).map { _ in UInt8.random(in: 97...100, using: &generator) }
      #expect(random.encoder.encode(piece[...]) == random.textbook(piece))
    }
  }

  @Test("a run of one letter merges from the left")
  func runs() {
    let pair = BytePairEncoder.pair
    let encoder = BytePairEncoder(
      byteTokens: (0..<256).map { $0 == 97 ? 0 : nil },
      merges: [pair(0, 0): .init(rank: 0, product: 1), pair(1, 1): .init(rank: 1, product: 2)])
    // aaaaaaa → aa aa aa a → aaaa aa a
    #expect(encoder.encode([UInt8](repeating: 97, count: 7)[...]) == [2, 1, 0])
    #expect(encoder.encode([][...]) == [])
    #expect(encoder.encode([98, 97, 98][...]) == [0])
  }

  @Test("a word of a million letters is merged, all of it")
  func longWord() {
    let pair = BytePairEncoder.pair
    let merges = (0..<19).map {
      (pair($0, $0), BytePairEncoder.Merge(rank: Int($0), product: Int($0) + 1))
    }
    let encoder = BytePairEncoder(
      byteTokens: (0..<256).map { $0 == 97 ? 0 : nil },
      merges: Dictionary(uniqueKeysWithValues: merges))
    // 2^20 letters, halved nineteen times: two tokens are left.
    #expect(encoder.encode([UInt8](repeating: 97, count: 1 << 20)[...]) == [19, 19])
  }

  @Test("the byte alphabet spells a space Ġ and a line end Ċ, and comes back")
  func alphabet() {
    #expect(ByteAlphabet.spelling(of: Array(" a\n".utf8)) == Array("ĠaĊ".utf8))
    #expect(ByteAlphabet.spelling(of: Array("é".utf8)) == Array("Ã©".utf8))
    for byte in UInt8.min...UInt8.max {
      #expect(ByteAlphabet.bytes(spelledBy: ByteAlphabet.spelling(of: [byte])) == [byte])
    }
    #expect(Set(ByteAlphabet.scalars).count == 256)
    #expect(ByteAlphabet.bytes(spelledBy: Array("a b".utf8)) == nil)
  }
}
