// The layers libtorch has as one call, against values worked by hand.

import TestSupport
import Testing
import Torch

@Suite struct LayerTests {
  @Test func `linear multiplies by the weight's transpose and adds the bias`() {
    let weight = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let input = Tensor([1, 10] as [Float], shape: [1, 2])
    #expect(input.linear(weight).floats == [21, 43, 65])
    #expect(input.linear(weight, bias: Tensor([1, 2, 3] as [Float])).floats == [22, 45, 68])
    #expect(input.matmul(weight.transposed(0, 1)).floats == [21, 43, 65])
  }

  @Test func `embedding picks rows`() {
    let table = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let rows = table.embedding(Tensor([1, 0, 1], shape: [3, 1]))
    #expect(rows.shape == [3, 1, 2])
    #expect(rows.floats == [3, 4, 1, 2, 3, 4])
  }

  @Test func `the norm divides by the root of the mean square`() {
    // Mean square of (3, 4) is 12.5; with ε = 12.5 the root is 5.
    let output = Tensor([3, 4] as [Float], shape: [1, 2])
      .rmsNormalized(Tensor([10, 100] as [Float]), epsilon: 12.5)
    #expect(largestDifference(output.floats, [6, 80]) < 1e-5)
  }

  @Test func `attention weighs values by the softmax of scaled products`() {
    // One head of size 1: scores 0 and log 3, so weights 1/4 and 3/4.
    func one(_ values: [Float]) -> Tensor { Tensor(values, shape: [1, 1, values.count, 1]) }
    let output = scaledDotProductAttention(
      query: one([1]), key: one([0, 1.098_612_3]), value: one([4, 8]))
    #expect(largestDifference(output.floats, [7]) < 1e-5)
  }

  @Test func `causal attention sees the past and a mask sees what it is true on`() {
    func one(_ values: [Float]) -> Tensor { Tensor(values, shape: [1, 1, values.count, 1]) }
    let zeros = one([0, 0, 0])
    let values = one([3, 6, 12])
    let causal = scaledDotProductAttention(query: zeros, key: zeros, value: values, causal: true)
    #expect(largestDifference(causal.floats, [3, 4.5, 7]) < 1e-5)
    let mask = Tensor([true, false, true], shape: [1, 1, 1, 3])
    let masked = scaledDotProductAttention(
      query: one([0]), key: zeros, value: values, mask: mask)
    #expect(largestDifference(masked.floats, [7.5]) < 1e-5)
  }

  @Test func `grouped heads attend as if their keys and values were repeated`() {
    func random(_ heads: Int, _ seed: UInt64) -> Tensor {
      let tensor = Tensor.normal([2, heads, 5, 8], seed: seed)
      tensor.requiresGradient = true
      return tensor
    }
    func repeated(_ tensor: Tensor) -> Tensor {
      tensor.unsqueezed(2).expanded(to: [2, 2, 3, 5, 8]).reshaped([2, 6, 5, 8])
    }
    let (query, key, value) = (random(6, 1), random(2, 2), random(2, 3))
    let weights = Tensor.normal([2, 6, 5, 8], seed: 4)
    let grouped = scaledDotProductAttention(query: query, key: key, value: value, causal: true)
    (grouped * weights).sum().backward()
    let gradients = [query, key, value].map { $0.gradient?.floats ?? [] }
    for tensor in [query, key, value] { tensor.dropGradient() }
    let plain = scaledDotProductAttention(
      query: query, key: repeated(key), value: repeated(value), causal: true)
    (plain * weights).sum().backward()
    #expect(largestDifference(grouped.floats, plain.floats) < 1e-5)
    for (tensor, gradient) in zip([query, key, value], gradients) {
      #expect(largestDifference(tensor.gradient?.floats ?? [], gradient) < 1e-4)
    }
  }
}
