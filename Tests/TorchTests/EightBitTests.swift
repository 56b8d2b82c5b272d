// Products with weights in eight bits: by hand, against the same numbers by operators in float64, and what must hold.

import Testing
import TestSupport
import Torch

@Suite(.serialized) struct EightBitTests {
  private func product(
    _ weights: [Tensor], _ biases: [Tensor?] = [], _ compute: ElementType = .float32
  ) -> FusedLinear {
    FusedLinear(weights: weights, biases: biases, compute: compute, form: .eightBit)
  }

  /// The same by libtorch's operators.
  private func byOperators(_ body: () -> Tensor) -> Tensor {
    Kernel.with([.linear], on: false, body)
  }

  @Test func `whole numbers with scales of one come out as they are`() {
    // Of two numbers, 32,767 is the most that a row of x is rounded to.
    let weight = Tensor([127, -64, 3, 127] as [Float], shape: [2, 2])
    let x = Tensor([32767, -100, 5, 32767] as [Float], shape: [2, 2])
    // 127 · 32,767 + 64 · 100, 3 · 32,767 - 127 · 100, 127 · 5 - 64 · 32,767, 3 · 5 + 127 · 32,767.
    let found = product([weight])(x).floats
    #expect(found == [4_167_809, 85_601, -2_096_453, 4_161_424])
    // Halves go to the even neighbor: 0.5, 1.5 and 2.5 steps are 0, 2 and 2.
    let halves = Tensor([127, 0.5, 1.5, 2.5] as [Float], shape: [1, 4])
    let picks = (0..<4).flatMap { place in (0..<4).map { $0 == place ? Float(32767) : 0 } }
    let chosen = product([halves])(Tensor(picks, shape: [4, 4]))
    #expect(chosen.floats == [4_161_409, 0, 65_534, 65_534])
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `kernel and operators agree in every bit`(_ type: ElementType) {
    var seed: UInt64 = 0
    for (rows, inputs, outputs) in [
      (1, 1, [1]), (2, 33, [15, 1]), (5, 64, [17]), (6, 31, [64, 3, 16]), (7, 100, [65]),
      (13, 129, [48, 16]), (47, 48, [33]), (49, 257, [16]), (101, 896, [40]), (3, 4864, [20]),
    ] {
      seed += 10
      let weights = outputs.enumerated().map { place, count in
        // Rows of very different sizes.
        let sizes = Tensor((0..<count).map { Float(1) / Float(1 + $0 * $0) }, shape: [count, 1])
        return (Tensor.normal([count, inputs], seed: seed + UInt64(place)) * sizes).to(type)
      }
      let biases: [Tensor?] = outputs.indices.map {
        $0 == 1 ? nil : Tensor.normal([outputs[$0]], seed: seed + 5).to(type)
      }
      let x = (Tensor.normal([rows, inputs], seed: seed + 9) * 3).to(type)
      let layer = product(weights, biases, type)
      let (narrow, wide) = (layer(x), layer.wide(x))
      #expect(narrow.type == type && wide.type == .float32)
      #expect(narrow.floats == byOperators { layer(x) }.floats, "\(rows), \(inputs), \(outputs)")
      #expect(wide.floats == byOperators { layer.wide(x) }.floats, "\(rows), \(inputs), \(outputs)")
    }
  }

  @Test func `what is lost is at most half a step of each factor`() {
    let (inputs, outputs, rows) = (300, 70, 9)
    let weight = Tensor.normal([outputs, inputs], seed: 1)
    let x = Tensor.normal([rows, inputs], seed: 2)
    let exact = x.to(.float64).linear(weight.to(.float64)).floats
    let found = product([weight])(x).floats
    let (w, v) = (weight.floats, x.floats)
    // 2^31 - 1 over 127 · 300 is more than sixteen bits hold.
    let most: Float = 32767
    var worst: Float = 0
    for row in 0..<rows {
      let xs = v[row * inputs..<(row + 1) * inputs].map(abs)
      for column in 0..<outputs {
        let ws = w[column * inputs..<(column + 1) * inputs].map(abs)
        let (sumX, sumW) = (xs.reduce(0, +), ws.reduce(0, +))
        let (stepX, stepW) = (xs.max()! / most, ws.max()! / 127)
        let bound =
          sumX * stepW / 2 + sumW * stepX / 2 + Float(inputs) * stepX * stepW / 4 + 1e-4
        let error = abs(found[row * outputs + column] - exact[row * outputs + column])
        #expect(error <= bound)
        worst = max(worst, error / bound)
      }
    }
    // It is an error of rounding: not nothing, and as random ones add up far below the bound.
    #expect(worst > 0.001 && worst < 0.5)
  }

  @Test func `the largest numbers do not overflow`() {
    let length = 4864
    // 2^31 - 1 over 127 · 4,864.
    let most = 3476
    let ones = Tensor([Float](repeating: 127, count: length), shape: [1, length])
    let x = Tensor([Float](repeating: Float(most), count: length), shape: [1, length])
    #expect(product([ones])(x).floats == [Float(127 * most * length)])
    #expect(product([ones])(x * -1).floats == [Float(-127 * most * length)])
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `a row is the same alone and among others`(_ type: ElementType) {
    let layer = product([.normal([90, 130], seed: 3).to(type)], [], type)
    let x = Tensor.normal([53, 130], seed: 4).to(type)
    let together = layer.wide(x).floats
    let alone = (0..<53).flatMap { layer.wide(x.narrowed(0, $0..<$0 + 1)).floats }
    #expect(together == alone)
  }

  @Test func `numbers that are none spoil their row, zeros give the bias`() {
    let x = Tensor.normal([4, 40], seed: 5).floats.enumerated().map { place, value in
      switch place / 40 {
      case 1: place % 40 == 17 ? Float.nan : value
      case 2: place % 40 == 39 ? -Float.infinity : value
      case 3: Float(0)
      default: value
      }
    }
    let bias = Tensor([1, 2, 3] as [Float])
    let layer = product([.normal([3, 40], seed: 6)], [bias])
    let found = layer(Tensor(x, shape: [4, 40])).floats
    #expect(found[0..<3].allSatisfy { $0.isFinite })
    #expect(found[3..<9].allSatisfy { $0.isNaN })
    #expect(Array(found[9...]) == [1, 2, 3])
    var broken = Tensor.normal([3, 40], seed: 6).floats
    broken[47] = .nan
    let spoiled = product([Tensor(broken, shape: [3, 40])])(Tensor.ones([2, 40])).floats
    #expect(spoiled.map(\.isNaN) == [false, true, false, false, true, false])
    // So small that 127 over it is no number.
    let tiny = product([Tensor.ones([1, 8]) * 1e-40])(Tensor.ones([1, 8]) * 1e-40)
    #expect(tiny.floats == [0])
  }

  @Test func `what is packed follows the weights, and asks for no gradient`() {
    let weight = Tensor.normal([20, 30], seed: 7)
    weight.requiresGradient = true
    let x = Tensor.normal([2, 30], seed: 8)
    let layer = product([weight])
    let before = layer(x)
    #expect(!before.requiresGradient)
    withoutGradient { weight.copy(from: weight * 2) }
    #expect(layer(x).floats == before.floats.map { $0 * 2 })
    layer.forget()
    #expect(layer(x).floats == before.floats.map { $0 * 2 })
  }
}
