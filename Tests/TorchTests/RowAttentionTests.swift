// Attention over packed rows against the same written as loops, in Double, and the kernels against
// libtorch's operators.

import Testing
import TestSupport
import Torch

/// Texts laid end to end, and how their rows divide into heads.
struct RowCase: Sendable, CustomTestStringConvertible {
  var heads: HeadShape
  var window: Int?
  var rows = 0
  var segments: [RowSegment] = []

  /// Families are the length of a prefix, 0 for none, and of what goes on from it.
  init(
    _ queries: Int, _ groups: Int, _ size: Int, window: Int? = nil, gap: Int = 0,
    _ families: [(prefix: Int, texts: [Int])]
  ) {
    heads = HeadShape(queries: queries, groups: groups, size: size)
    self.window = window
    for (prefix, texts) in families {
      rows += gap
      let start = rows
      if prefix > 0 { add(RowSegment(start: rows, length: prefix)) }
      for length in texts {
        add(RowSegment(start: rows, length: length, prefixStart: start, prefixLength: prefix))
      }
    }
    rows += gap
  }

  private mutating func add(_ segment: RowSegment) {
    segments.append(segment)
    rows += segment.length
  }

  var testDescription: String {
    "\(heads.queries)/\(heads.groups) heads of \(heads.size), window \(window ?? 0), \(rows) rows"
  }

  static let small: [RowCase] = [
    RowCase(4, 2, 16, [(0, [1, 2, 63]), (5, [1, 2, 7])]),
    RowCase(2, 2, 80, gap: 2, [(20, [65]), (64, [3, 1, 2])]),
    RowCase(7, 1, 64, [(65, [9, 40]), (0, [64])]),
    RowCase(2, 1, 128, window: 5, [(20, [30, 2]), (0, [70])]),
    RowCase(4, 2, 16, window: 1, [(3, [4])]),
    RowCase(4, 2, 24, window: 1000, [(33, [20, 1]), (0, [5])]),
  ]

  static let large: [RowCase] = [
    RowCase(4, 2, 64, gap: 3, [(40, [200, 64, 65, 63, 1, 2, 30, 31]), (0, [200]), (20, [9])]),
    RowCase(7, 1, 64, window: 100, [(64, [200, 130, 17])]),
    RowCase(2, 1, 80, [(590, [50, 1])]),
    RowCase(2, 2, 128, window: 520, [(0, [600])]),
  ]
}

private func withKernel<Result>(_ on: Bool, _ body: () throws -> Result) rethrows -> Result {
  try Kernel.with([.attention], on: on, body)
}

/// How far values are from expected ones, as a share of the largest of these.
private func distance(_ values: [Float], _ expected: [Float]) -> Float {
  guard values.count == expected.count, values.allSatisfy(\.isFinite) else { return .infinity }
  let largest = expected.map(abs).max() ?? 0
  return largestDifference(values, expected) / (largest > 0 ? largest : 1)
}

private func leaf(_ tensor: Tensor, _ type: ElementType = .float32) -> Tensor {
  let leaf = tensor.to(type).detached()
  leaf.requiresGradient = true
  return leaf
}

/// Attention of a case's rows, and the gradient of the rows where `weights` is that of the result.
private func attended(_ shape: RowCase, _ qkv: Tensor, _ weights: Tensor) -> ([Float], [Float]) {
  let rows = leaf(qkv, qkv.type)
  let result = rows.attendingRows(
    segments: shape.segments, heads: shape.heads, window: shape.window)
  (result * weights).sum().backward()
  return (result.floats, rows.gradient?.floats ?? [])
}

/// The same in loops over rows, heads and keys.
private func loops(_ shape: RowCase, _ qkv: [Float], _ weights: [Float]) -> ([Float], [Float]) {
  let (heads, size, width) = (shape.heads, shape.heads.size, shape.heads.rowWidth)
  let scale = 1 / Double(size).squareRoot()
  var result = [Double](repeating: 0, count: shape.rows * heads.queries * size)
  var gradient = [Double](repeating: 0, count: shape.rows * width)
  for segment in shape.segments {
    let prefix = Array(segment.prefixStart..<segment.prefixStart + segment.prefixLength)
    for i in 0..<segment.length {
      let keys = Array((prefix + (segment.start...segment.start + i)).suffix(shape.window ?? .max))
      for head in 0..<heads.queries {
        let group = head / (heads.queries / heads.groups)
        let query = (segment.start + i) * width + head * size
        let out = ((segment.start + i) * heads.queries + head) * size
        func key(_ row: Int) -> Int { row * width + (heads.queries + group) * size }
        func value(_ row: Int) -> Int { key(row) + heads.groups * size }
        func dot(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int) -> Double {
          var sum = 0.0
          for k in 0..<size { sum += Double(a[i + k]) * Double(b[j + k]) }
          return sum
        }
        let scores = keys.map { dot(qkv, query, qkv, key($0)) * scale }
        let top = scores.max() ?? 0
        let powers = scores.map { exponential($0 - top) }
        let total = powers.reduce(0, +)
        let shares = powers.map { $0 / total }
        let asked = keys.map { dot(weights, out, qkv, value($0)) }
        let mean = zip(shares, asked).reduce(0) { $0 + $1.0 * $1.1 }
        for (index, row) in keys.enumerated() {
          let pull = shares[index] * (asked[index] - mean) * scale
          for k in 0..<size {
            result[out + k] += shares[index] * Double(qkv[value(row) + k])
            gradient[value(row) + k] += shares[index] * Double(weights[out + k])
            gradient[query + k] += pull * Double(qkv[key(row) + k])
            gradient[key(row) + k] += pull * Double(qkv[query + k])
          }
        }
      }
    }
  }
  return (result.map { Float($0) }, gradient.map { Float($0) })
}

/// eˣ by halving x until the series is short; the tests have no Foundation.
private func exponential(_ x: Double) -> Double {
  var (sum, term) = (1.0, 1.0)
  let small = x / 1024
  for n in 1...12 {
    term *= small / Double(n)
    sum += term
  }
  for _ in 0..<10 { sum *= sum }
  return sum
}

/// Cosines and sines of some positions, `[P, K/2]`.
private func tables(_ positions: Int, _ size: Int) -> (cosine: Tensor, sine: Tensor) {
  let angles = Tensor.uniform([positions, size / 2], in: -3..<3, seed: 99)
  return (angles.cosine(), angles.sine())
}

@Suite(.serialized) struct RowAttentionTests {
  @Test(arguments: RowCase.small, [true, false])
  func `attention and its gradient are what loops say`(shape: RowCase, kernel: Bool) {
    for (type, tolerance) in [(ElementType.float32, Float(1e-5)), (.bfloat16, 2e-2)] {
      let qkv = Tensor.normal([shape.rows, shape.heads.rowWidth], seed: 1).to(type)
      let weights = Tensor.normal([shape.rows, shape.heads.queries * shape.heads.size], seed: 2)
        .to(type)
      let (result, gradient) = withKernel(kernel) { attended(shape, qkv, weights) }
      let (expected, expectedGradient) = loops(shape, qkv.floats, weights.floats)
      #expect(distance(result, expected) < tolerance)
      #expect(distance(gradient, expectedGradient) < tolerance)
    }
  }

  @Test(arguments: RowCase.large)
  func `the kernel does what libtorch's operators do`(shape: RowCase) {
    for (type, tolerance) in [(ElementType.float32, Float(1e-5)), (.bfloat16, 2e-2)] {
      let qkv = Tensor.normal([shape.rows, shape.heads.rowWidth], seed: 3).to(type)
      let weights = Tensor.normal([shape.rows, shape.heads.queries * shape.heads.size], seed: 4)
        .to(type)
      let (result, gradient) = withKernel(true) { attended(shape, qkv, weights) }
      let (expected, expectedGradient) = withKernel(false) {
        attended(shape, qkv.to(.float32), weights.to(.float32))
      }
      #expect(distance(result, expected) < tolerance)
      #expect(distance(gradient, expectedGradient) < tolerance)
    }
  }

  @Test(arguments: [true, false])
  func `rows of no text come out as zero and get no gradient`(kernel: Bool) {
    let shape = RowCase(2, 1, 16, gap: 2, [(3, [2, 2]), (0, [4])])
    let qkv = Tensor.normal([shape.rows, shape.heads.rowWidth], seed: 5)
    let (result, gradient) = withKernel(kernel) {
      attended(shape, qkv, Tensor.ones([shape.rows, 32]))
    }
    let inside = Set(shape.segments.flatMap { $0.start..<$0.start + $0.length })
    for row in 0..<shape.rows {
      #expect(result[row * 32..<(row + 1) * 32].contains { $0 != 0 } == inside.contains(row))
      #expect(gradient[row * 64..<(row + 1) * 64].contains { $0 != 0 } == inside.contains(row))
    }
  }

  // The number of threads is the process's.
  @Test func `any number of threads gives the same bits`() async {
    await #expect(processExitsWith: .success) {
      let shape = RowCase(4, 2, 64, [(70, [40, 90, 33]), (0, [300])])
      for type in [ElementType.float32, .bfloat16] {
        let qkv = Tensor.normal([shape.rows, shape.heads.rowWidth], seed: 6).to(type)
        let results = (1...3).map { count in
          Machine.threads = count
          return qkv.attendingRows(segments: shape.segments, heads: shape.heads).floats
        }
        #expect(results[0] == results[1] && results[0] == results[2], "\(type)")
      }
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `a text alone gives the same bits as among others`(type: ElementType) {
    let shape = RowCase(4, 2, 64, [(70, [40, 90, 33]), (0, [300])])
    let qkv = Tensor.normal([shape.rows, shape.heads.rowWidth], seed: 6).to(type)
    let width = shape.heads.queries * shape.heads.size
    let all = qkv.attendingRows(segments: shape.segments, heads: shape.heads).floats
    for index in [1, 3] {
      let segment = shape.segments[index]
      let parts = [(segment.prefixStart, segment.prefixLength), (segment.start, segment.length)]
      let alone = Tensor.concatenated(
        parts.map { qkv.narrowed(0, $0.0..<$0.0 + $0.1) }, along: 0)
      let texts = [
        RowSegment(start: 0, length: segment.prefixLength),
        RowSegment(
          start: segment.prefixLength, length: segment.length, prefixLength: segment.prefixLength),
      ]
      let result = alone.attendingRows(segments: texts, heads: shape.heads)
        .narrowed(0, segment.prefixLength..<segment.prefixLength + segment.length)
      #expect(
        result.floats
          == Array(all[segment.start * width..<(segment.start + segment.length) * width])
      )
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16], [true, false])
  func `rows turn by their position, and gradients turn back`(type: ElementType, kernel: Bool) {
    let shape = RowCase(4, 2, 24, gap: 1, [(3, [2, 4])])
    let (width, size) = (shape.heads.rowWidth, shape.heads.size)
    let (cosine, sine) = tables(8, size)
    let given = Tensor.normal([shape.rows, width], seed: 8).to(type)
    let weights = Tensor.normal([shape.rows, width], seed: 9).to(type)
    var expected = given.floats
    var back = weights.floats
    for segment in shape.segments {
      for i in 0..<segment.length {
        for head in 0..<6 {
          for place in 0..<size / 2 {
            let at = (segment.start + i) * width + head * size + place
            let table = (segment.prefixLength + i) * size / 2 + place
            let (c, s) = (cosine.floats[table], sine.floats[table])
            let (a, b) = (expected[at], expected[at + size / 2])
            (expected[at], expected[at + size / 2]) = (a * c - b * s, b * c + a * s)
            let (da, db) = (back[at], back[at + size / 2])
            (back[at], back[at + size / 2]) = (da * c + db * s, db * c - da * s)
          }
        }
      }
    }
    let tolerance: Float = type == .float32 ? 1e-6 : 1e-2
    withKernel(kernel) {
      func turned(_ rows: Tensor) -> Tensor {
        rows.rotatingRows(
          cosine: cosine, sine: sine, segments: shape.segments, heads: shape.heads)
      }
      // A parameter keeps its numbers; what was made of one may be turned where it lies.
      let parameter = leaf(given, type)
      for rows in [parameter, parameter * 1] {
        parameter.dropGradient()
        let result = turned(rows)
        #expect(distance(result.floats, expected) < tolerance)
        (result * weights).sum().backward()
        #expect(distance(parameter.gradient?.floats ?? [], back) < tolerance)
      }
      #expect(parameter.floats == given.floats)
      #expect(distance(withoutGradient { turned(given * 1) }.floats, expected) < tolerance)
    }
  }

  @Test(arguments: RowCase.small + RowCase.large.prefix(2), [true, false])
  func `a text fed token by token attends as the whole does`(shape: RowCase, kernel: Bool) {
    let heads = shape.heads
    for (type, tolerance) in [(ElementType.float32, Float(1e-5)), (.bfloat16, 2e-2)] {
      let lengths = [3, 1, 70]
      let capacity = 72
      let (cosine, sine) = tables(capacity, heads.size)
      let texts = lengths.indices.map {
        RowSegment(start: lengths[..<$0].reduce(0, +), length: lengths[$0])
      }
      let qkv = Tensor.normal([lengths.reduce(0, +), heads.rowWidth], seed: 10).to(type)
      let whole = withKernel(false) {
        qkv.rotatingRows(cosine: cosine, sine: sine, segments: texts, heads: heads)
          .attendingRows(segments: texts, heads: heads, window: shape.window)
      }
      let keys = Tensor.full([3, heads.groups, capacity, heads.size], .nan, type: type)
      let values = Tensor.full([3, heads.groups, capacity, heads.size], .nan, type: type)
      if !kernel {  // Operators read the whole cache, and what is hidden must be numbers.
        keys.fill(0)
        values.fill(0)
      }
      for step in 0..<70 {
        // A row whose text has ended feeds its last token again, in the same place.
        let places = lengths.map { min(step, $0 - 1) }
        let index = Tensor(zip(texts, places).map { $0.start + $1 })
        let result = withKernel(kernel) {
          attendNext(
            qkv.selecting(index, along: 0), keys: keys, values: values, lengths: places,
            cosine: cosine, sine: sine, heads: heads, window: shape.window)
        }
        if step % 23 > 2 { continue }
        let expected = whole.selecting(index, along: 0)
        #expect(distance(result.floats, expected.floats) < tolerance)
      }
    }
  }

  @Test func `prefixes that overlap in part are still right`() {
    var shape = RowCase(2, 1, 16, [(10, [4]), (0, [3])])
    shape.segments[2].prefixStart = 2
    shape.segments[2].prefixLength = 5
    let qkv = Tensor.normal([shape.rows, 64], seed: 11)
    let weights = Tensor.normal([shape.rows, 32], seed: 12)
    let (result, gradient) = attended(shape, qkv, weights)
    let (expected, expectedGradient) = loops(shape, qkv.floats, weights.floats)
    #expect(distance(result, expected) < 1e-5)
    #expect(distance(gradient, expectedGradient) < 1e-5)
  }
}
