// Merging: the queue against the textbook's way, which looks through the whole piece each time.

import Testing
import Tokenizers

/// The tokens that `tokens` become; each is one byte long, and no byte may go missing.
func merged(_ tokens: [Int], by table: MergeTable) -> [Int] {
  var symbols = tokens.map { Symbol(token: UInt32($0), length: 1) }
  var ranks: [UInt64] = []
  table.apply(to: &symbols, ranks: &ranks)
  #expect(symbols.reduce(0) { $0 + Int($1.length) } == tokens.count)
  return symbols.map { Int($0.token) }
}

@Suite("Pairs of bytes merge in the order they were learned")
struct BytePairTests {
  /// Bytes a to d as tokens 0 to 3, and random merges of what there is.
  struct Random {
    var merges: [UInt64: Merge] = [:]
    /// Left, right and product, lowest rank first.
    var list: [(Int, Int, Int)] = []

    init(seed: Int, count: Int) {
      var generator = Draws(seed: seed)
      for rank in 0..<count {
        let left = Int.random(in: 0..<4 + rank, using: &generator)
        let right = Int.random(in: 0..<4 + rank, using: &generator)
        let pair = MergeTable.pair(UInt32(left), UInt32(right))
        guard merges[pair] == nil else { continue }
        merges[pair] = .init(rank: rank, product: 4 + rank)
        list.append((left, right, 4 + rank))
      }
    }

    /// With and without the search from end to end that short pieces get.
    var tables: [MergeTable] {
      [MergeTable(merges, growsAlways: true), MergeTable(merges, growsAlways: false)]
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
      for table in random.tables {
        #expect(merged(piece.map { Int($0) - 97 }, by: table) == random.textbook(piece))
      }
    }
  }

  @Test("a run of one letter merges from the left")
  func runs() {
    let pair = MergeTable.pair
    let merges = [
      pair(0, 0): Merge(rank: 0, product: 1), pair(1, 1): Merge(rank: 1, product: 2),
    ]
    for growsAlways in [true, false] {
      let table = MergeTable(merges, growsAlways: growsAlways)
      // aaaaaaa → aa aa aa a → aaaa aa a
      #expect(merged([0, 0, 0, 0, 0, 0, 0], by: table) == [2, 1, 0])
      #expect(merged([], by: table) == [])
      #expect(merged([0], by: table) == [0])
    }
  }

  @Test("a word of a million letters is merged, all of it")
  func longWord() {
    let pair = MergeTable.pair
    let merges = (0..<19).map {
      (pair($0, $0), Merge(rank: Int($0), product: Int($0) + 1))
    }
    let table = MergeTable(Dictionary(uniqueKeysWithValues: merges), growsAlways: true)
    // 2^20 letters, halved nineteen times: two tokens are left.
    #expect(merged([Int](repeating: 0, count: 1 << 20), by: table) == [19, 19])
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
