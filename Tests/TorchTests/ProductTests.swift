// Matrix products against values worked by hand.

import Testing
import Torch

@Suite struct ProductTests {
  @Test func `linear multiplies by the weight's transpose and adds the bias`() {
    let weight = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
    let input = Tensor([1, 10] as [Float], shape: [1, 2])
    #expect(input.linear(weight).floats == [21, 43, 65])
    #expect(input.linear(weight, bias: Tensor([1, 2, 3] as [Float])).floats == [22, 45, 68])
    #expect(input.matmul(weight.transposed(0, 1)).floats == [21, 43, 65])
  }
}
