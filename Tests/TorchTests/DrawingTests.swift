// The drawing kernel against its definition, worked in Double with a whole sort; and rows of caches.

import Foundation
import Testing
import TestSupport
import Torch

@Suite(.serialized) struct DrawingTests {
  /// How a distribution is bent.
  struct Bend: CustomTestStringConvertible {
    var temperature = 1.0
    var topK = -1
    var topP = 1.0
    var minP = 0.0
    var testDescription: String { "T \(temperature), k \(topK), p \(topP), m \(minP)" }
    var isFiltered: Bool { topK > 0 || topP < 1 || minP > 0 }
  }

  private static let bends = [
    Bend(), Bend(temperature: 0.7), Bend(topK: 3), Bend(topP: 0.87), Bend(topP: 0.31),
    Bend(minP: 0.05), Bend(temperature: 1.3, topK: 50, topP: 0.95, minP: 0.01),
    Bend(temperature: 0.5, topK: 40, topP: 0.53), Bend(topK: 1), Bend(minP: 1),
  ]

  /// Awkward lengths: below, at and beyond a register, a block of the kernel, and several.
  private static let lengths = [1, 2, 15, 16, 17, 63, 1000, 1024, 1025, 3100]

  /// What a draw must be, from which tokens, and whether the goal is so close to a border that rounding
  /// decides.
  private func expected(
    _ logits: ArraySlice<Float>, _ bend: Bend, _ uniform: Double
  ) -> (token: Int, logProb: Double, from: [Int], isClose: Bool) {
    let scaled = logits.map { Double($0 * Float(1 / bend.temperature)) }
    let top = scaled.max() ?? 0
    let weights = scaled.map { exp($0 - top) }
    var order = Array(weights.indices)
    if bend.isFiltered {
      order.sort { (weights[$1], $0) < (weights[$0], $1) }
      if bend.topK > 0 { order = Array(order.prefix(bend.topK)) }
      let total = order.reduce(0) { $0 + weights[$1] }
      var sum = 0.0
      order = order.filter { token in
        defer { sum += weights[token] }
        return bend.topP == 1 || sum < bend.topP * total * (1 - 1e-12)
      }
      order = order.filter { weights[$0] >= weights[order[0]] * bend.minP }
    }
    let total = order.reduce(0) { $0 + weights[$1] }
    let goal = uniform * total
    var (sum, isClose) = (0.0, false)
    var drawn: Int?
    for token in order {
      sum += weights[token]
      isClose = isClose || abs(sum - goal) < 1e-6 * total
      if sum > goal && drawn == nil { drawn = token }
    }
    let token = drawn ?? order.last ?? 0
    return (token, log(weights[token] / total), order.sorted(), isClose)
  }

  private func draw(_ logits: Tensor, _ bend: Bend, rows: [Int]? = nil, _ uniforms: [Double])
    -> (tokens: [Int], logProbs: [Float], masks: RowMasks?)
  {
    logits.drawing(
      temperature: bend.temperature, topK: bend.topK, topP: bend.topP, minP: bend.minP,
      rows: rows, uniforms: uniforms, masks: true)
  }

  /// The tokens of a mask, read by its definition.
  private func tokens(of words: ArraySlice<UInt32>, vocabulary: Int) -> [Int] {
    if words.isEmpty { return Array(0..<vocabulary) }
    if words.count < (vocabulary + 31) / 32 { return words.map(Int.init) }
    return (0..<vocabulary).filter { words[words.startIndex + $0 / 32] >> ($0 % 32) & 1 == 1 }
  }

  @Test(.enabled(if: Kernel.canRun), arguments: bends)
  func `draws are those of a whole sort and sum in Double`(bend: Bend) throws {
    let rows = 8
    for length in Self.lengths {
      for (deviation, isTied) in [(0.5, false), (3, false), (20, false), (3, true)] {
        let seed = UInt64(length) * 31 + UInt64(deviation * 2)
        var numbers = Tensor.normal([rows, length], deviation: deviation, seed: seed).floats
        if isTied { numbers = numbers.map { ($0 * 2).rounded() / 2 } }
        var uniforms = Tensor.uniform([rows], in: 0..<1, seed: seed + 1).doubles
        uniforms[0] = 0
        uniforms[1] = 1.0.nextDown
        let drawn = draw(Tensor(numbers, shape: [rows, length]), bend, uniforms)
        for row in 0..<rows {
          let wanted = expected(
            numbers[row * length..<(row + 1) * length], bend, uniforms[row])
          let mask = try #require(drawn.masks)[row]
          let isWhole = !bend.isFiltered && mask.isEmpty
          #expect(
            isWhole || tokens(of: mask, vocabulary: length) == wanted.from,
            "length \(length), row \(row)")
          guard drawn.tokens[row] == wanted.token || !wanted.isClose else { continue }
          #expect(drawn.tokens[row] == wanted.token, "length \(length), row \(row)")
          #expect(
            abs(Double(drawn.logProbs[row]) - wanted.logProb) <= 2e-6 * (1 - wanted.logProb),
            "length \(length), row \(row)")
        }
      }
    }
  }

  @Test(.enabled(if: Kernel.canRun)) func `of equals greed takes the first, wherever it is`() {
    for places in [[0, 1], [15, 16], [1023, 1024], [1500, 2100], [2999]] {
      var numbers = [Float](repeating: -1, count: 3000)
      for place in places { numbers[place] = 4 }
      let drawn = draw(Tensor(numbers, shape: [1, 3000]), Bend(temperature: 0), [0.9])
      #expect(drawn.tokens == [places[0]])
      let others = Double(3000 - places.count) * exp(-5)
      #expect(abs(Double(drawn.logProbs[0]) + log(Double(places.count) + others)) < 1e-6)
    }
  }

  @Test(.enabled(if: Kernel.canRun)) func `a row may be drawn from several times, or never`() {
    let numbers = Tensor.normal([4, 70], deviation: 2, seed: 8)
    let uniforms = [0.1, 0.6, 0.3, 0.9, 0.2]
    for bend in [Bend(), Bend(topP: 0.8), Bend(temperature: 0)] {
      let drawn = draw(numbers, bend, rows: [0, 0, 3, 3, 1], uniforms)
      for (draw, row) in [0, 0, 3, 3, 1].enumerated() {
        let alone = self.draw(numbers.narrowed(0, row..<row + 1), bend, [uniforms[draw]])
        #expect(alone.tokens[0] == drawn.tokens[draw])
        #expect(alone.logProbs[0] == drawn.logProbs[draw])
      }
    }
  }

  @Test(.enabled(if: Kernel.canRun)) func `what is no number is no distribution`() {
    let (none, endless) = (Float.nan, Float.infinity)
    let rows: [[Float]] = [
      [0, none, 1], [-endless, none, -endless], [0, endless, 1], [-endless, -endless, -endless],
      [0, -endless, -endless],
    ]
    for bend in [Bend(), Bend(temperature: 0), Bend(topP: 0.9)] {
      let drawn = draw(
        Tensor(rows.flatMap(\.self), shape: [5, 3]), bend, Array(repeating: 0.99, count: 5))
      #expect(drawn.tokens == [0, 0, 0, 0, 0])
      #expect(drawn.logProbs.map(\.isNaN) == [true, true, true, true, false])
      #expect(drawn.logProbs[4] == 0)
    }
  }

  /// Probabilities of 64 tokens: 0.4 and 0.2 for the last two, and the rest alike.
  @Test(arguments: [true, false])
  func `a mask is the ids of few tokens, bits of many and nothing of all`(isOn: Bool) throws {
    var numbers = [Float](repeating: Float(log(0.4 / 62)), count: 64)
    (numbers[62], numbers[63]) = (Float(log(0.4)), Float(log(0.2)))
    let logits = Tensor(numbers, shape: [1, 64])
    func words(_ bend: Bend) throws -> [UInt32] {
      let drawn = KernelCase(isOn: isOn, type: .float32).with(.sampler) {
        draw(logits, bend, [0.5])
      }
      return Array(try #require(drawn.masks)[0])
    }
    #expect(try words(Bend(topK: 1)) == [62])
    #expect(try words(Bend(minP: 0.4)) == [0, 3 << 30])
    // Of equals the lower ids.
    #expect(try words(Bend(topK: 35)) == [.max, 1 | 3 << 30])
    #expect(try words(Bend(minP: 0.001)) == [])
    #expect(try words(Bend()) == [])
  }

  @Test func `a row that is not there stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor.zeros([2, 3]).drawing(
        temperature: 1, topK: 0, topP: 1, minP: 0, rows: [2], uniforms: [0.5])
    }
  }
}

@Suite struct CacheRowTests {
  /// Numbers that say where they are: row, group, position, place.
  private func cache(
    _ shape: [Int], from first: Int = 0, type: ElementType = .float32
  ) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float(first + $0) }, shape: shape).to(type)
  }

  @Test(arguments: [ElementType.float32, .float64])
  func `moved rows are copies up to their length, whatever the capacities`(type: ElementType) {
    let source = [cache([3, 2, 5, 2], type: type), cache([3, 2, 5, 2], from: 100, type: type)]
    let target = [
      Tensor.zeros([4, 2, 3, 2], type: type), Tensor.zeros([4, 2, 3, 2], type: type),
    ]
    move(
      [CacheMove(from: 2, to: 0, length: 3), CacheMove(from: 2, to: 3, length: 1)],
      from: source, to: target)
    for (first, tensor) in [(0, target[0]), (100, target[1])] {
      // Row 2 begins at 2 · 20, its second group 10 later.
      let whole = [40, 41, 42, 43, 44, 45, 50, 51, 52, 53, 54, 55].map { $0 + first }
      let short = [40, 41, 0, 0, 0, 0, 50, 51, 0, 0, 0, 0].map { $0 == 0 ? 0 : $0 + first }
      #expect(tensor.ints == whole + Array(repeating: 0, count: 24) + short)
    }
  }

  @Test func `rows move within a cache, and within a part of one`() {
    let whole = cache([4, 1, 2, 2])
    move([CacheMove(from: 3, to: 1, length: 2)], from: [whole], to: [whole])
    #expect(whole.ints == [0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15])
    // A part whose rows do not follow each other in memory.
    let wide = cache([2, 2, 2, 2])
    let part = wide.narrowed(1, 1..<2)
    move([CacheMove(from: 0, to: 1, length: 1)], from: [part], to: [part])
    #expect(wide.ints == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 4, 5, 14, 15])
  }

  @Test(arguments: [ElementType.float32, .bfloat16, .float64])
  func `a row of a cache takes its segment's keys and values`(type: ElementType) {
    // Two query heads, two groups, heads of two: a row is 4 + 4 + 4 wide, 12 r and on.
    let heads = HeadShape(queries: 2, groups: 2, size: 2)
    let rows = Tensor((0..<60).map { Float($0) }, shape: [5, 12]).to(type)
    // Float32 rows into a bfloat16 cache, too: what is not plain memory goes by operators.
    for cacheType in [type, .bfloat16] {
      let keys = Tensor.zeros([2, 2, 4, 2], type: cacheType)
      let values = Tensor.zeros([2, 2, 4, 2], type: cacheType)
      rows.fillCache(
        keys: keys, values: values,
        segments: [
          RowSegment(start: 3, length: 2),
          RowSegment(start: 0, length: 1, prefixStart: 3, prefixLength: 2),
        ], heads: heads)
      #expect(
        keys.ints == [40, 41, 52, 53, 0, 0, 0, 0, 42, 43, 54, 55, 0, 0, 0, 0]
          + [0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 6, 7, 0, 0])
      #expect(
        values.ints == [44, 45, 56, 57, 0, 0, 0, 0, 46, 47, 58, 59, 0, 0, 0, 0]
          + [0, 0, 0, 0, 8, 9, 0, 0, 0, 0, 0, 0, 10, 11, 0, 0])
    }
  }

  @Test func `a row too long for its cache stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let (long, short) = (Tensor.zeros([1, 1, 4, 2]), Tensor.zeros([1, 1, 3, 2]))
      move([CacheMove(from: 0, to: 0, length: 4)], from: [long], to: [short])
    }
  }
}
