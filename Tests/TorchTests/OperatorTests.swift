// Operators against values worked by hand.

import Testing
import TestSupport
import Torch

@Suite struct OperatorTests {
  let left = Tensor([1, -2, 4] as [Float])
  let right = Tensor([2, 4, -8] as [Float])

  @Test func `arithmetic goes place by place`() {
    #expect((left + right).floats == [3, 2, -4])
    #expect((left - right).floats == [-1, -6, 12])
    #expect((left * right).floats == [2, -8, -32])
    #expect((left / right).floats == [0.5, -0.5, -0.5])
    #expect((left + 1).floats == [2, -1, 5])
    #expect((left - 1).floats == [0, -3, 3])
    #expect((left * 2).floats == [2, -4, 8])
    #expect((left / 2).floats == [0.5, -1, 2])
    #expect((-left).floats == [-1, 2, -4])
    #expect(minimum(left, right).floats == [1, -2, -8])
    #expect(maximum(left, right).floats == [2, 4, 4])
  }

  @Test func `shapes broadcast`() {
    let column = Tensor([10, 20] as [Float], shape: [2, 1])
    #expect((column + left).floats == [11, 8, 14, 21, 18, 24])
  }

  @Test func `functions of one number`() {
    let two = Tensor([2] as [Double])
    func close(_ tensor: Tensor, _ expected: Double) -> Bool { abs(tensor.item - expected) < 1e-12 }
    #expect(close(two.exp(), 7.389_056_098_930_65))
    #expect(close(two.expm1(), 6.389_056_098_930_65))
    #expect(close(two.log(), 0.693_147_180_559_945))
    #expect(close(two.squareRoot(), 1.414_213_562_373_095))
    #expect(close(two.sine(), 0.909_297_426_825_682))
    #expect(close(two.cosine(), -0.416_146_836_547_142))
    #expect(close(two.power(3), 8))
    // 2 / (1 + e⁻²)
    #expect(close(two.silu(), 1.761_594_155_955_765))
    #expect(close(two.geluTanh(), 1.954597694087775))
    #expect(left.magnitude().floats == [1, 2, 4])
    #expect(left.clamped(to: -1...2).floats == [1, -1, 2])
    for type in [ElementType.float32, .bfloat16, .float64] {
      let wide = left.to(type)
      #expect(wide.clamped(to: -1e308...1e308).floats == wide.floats)
      #expect(wide.clamped(to: -1...(.infinity)).floats == [1, -1, 4])
    }
  }

  @Test func `comparisons make masks that are true where they hold`() {
    #expect(left.less(than: right).bools == [true, true, false])
    #expect(left.less(than: 1).bools == [false, true, false])
    #expect(left.greater(than: 1).bools == [false, false, true])
    #expect(left.lessOrEqual(to: Tensor([1] as [Float])).bools == [true, true, false])
    #expect(left.equal(to: Tensor([1] as [Float])).bools == [true, false, false])
    let (yes, mixed) = (Tensor([true, true]), Tensor([true, false]))
    #expect(yes.and(mixed).bools == [true, false])
    #expect(mixed.not().bools == [false, true])
    #expect(yes.all())
    #expect(!mixed.all())
    #expect(
      Tensor([1, .nan, .infinity] as [Float]).isFinite().bools == [true, false, false])
  }

  @Test func `masks choose`() {
    let mask = Tensor([true, false, true])
    #expect(left.filled(9, where: mask).floats == [9, -2, 9])
    #expect(left.selected(where: mask, otherwise: right).floats == [1, 4, 4])
  }

  @Test func `reductions sum up axes`() {
    let table = Tensor([1, 2, 3, 6, 5, 4] as [Float], shape: [2, 3])
    #expect(table.sum().item == 21)
    #expect(table.sum(along: 0).floats == [7, 7, 7])
    #expect(table.sum(along: 1, keeping: true).shape == [2, 1])
    #expect(table.mean(along: -1).floats == [2, 5])
    #expect(table.maximum(along: 0).floats == [6, 5, 4])
    #expect(table.argmax(along: 1).ints == [2, 0])
    #expect(Tensor([3, 7, 7] as [Float]).argmax(along: 0).ints == [1])
  }

  @Test func `softmax and its logarithm stay finite far from zero`() {
    let logits = Tensor([1000, 1000, 1000] as [Float])
    let third = Float(1) / 3
    #expect(largestDifference(logits.softmax(along: 0).floats, [third, third, third]) < 1e-6)
    // -log 3
    #expect(
      largestDifference(
        logits.logSoftmax(along: 0).floats, [-1.098_612_3, -1.098_612_3, -1.098_612_3]) < 1e-6)
  }

  @Test func `shapes are rearranged without losing an element`() {
    let table = Tensor([0, 1, 2, 3, 4, 5], shape: [2, 3])
    #expect(table.reshaped([3, -1]).shape == [3, 2])
    #expect(table.narrowed(1, 1..<3).ints == [1, 2, 4, 5])
    #expect(table.unsqueezed(1).shape == [2, 1, 3])
    #expect(table.unsqueezed(1).squeezed(1).shape == [2, 3])
    #expect(table.transposed(0, 1).contiguous().ints == [0, 3, 1, 4, 2, 5])
    #expect(
      Tensor([1, 2], shape: [2, 1]).expanded(to: [-1, 2]).ints == [1, 1, 2, 2])
    #expect(
      Tensor.concatenated([table, table.narrowed(1, 0..<1)], along: 1).ints
        == [0, 1, 2, 0, 3, 4, 5, 3])
  }

  @Test func `a narrowed range shares memory with its whole`() {
    let table = Tensor([1, 2, 3] as [Float])
    table.narrowed(0, 1..<2).fill(9)
    #expect(table.floats == [1, 9, 3])
    table.copy(from: Tensor([4, 5, 6] as [Float]))
    table.scale(by: 2)
    #expect(table.floats == [8, 10, 12])
  }

  @Test func `places pick`() {
    let table = Tensor([0, 1, 2, 3, 4, 5], shape: [3, 2])
    #expect(table.selecting(Tensor([2, 0, 2]), along: 0).ints == [4, 5, 0, 1, 4, 5])
    let columns = Tensor([1, 0, 1], shape: [3, 1])
    #expect(table.gathered(along: 1, at: columns).ints == [1, 2, 5])
  }
}
