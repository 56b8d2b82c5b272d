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

  @Test func `products of bfloat16 are summed in float32, and so are their gradients`() {
    // Sums in bfloat16 would stay at 256.
    let ones = Tensor.ones([3, 1000]).to(.bfloat16)
    let weight = Tensor.ones([2, 1000]).to(.bfloat16)
    weight.requiresGradient = true
    let product = ones.linear(weight)
    #expect(product.type == .bfloat16)
    #expect(product.to(.float32).floats == [Float](repeating: 1000, count: 6))
    #expect(ones.matmul(weight.transposed(0, 1)).to(.float32).floats == product.to(.float32).floats)
    (product * 200).sum().backward()
    #expect(weight.gradient?.to(.float32).floats.allSatisfy { $0 == 600 } == true)
  }

  @Test func `bfloat16 is not multiplied number by number, whatever the CPU`() {
    func seconds(_ type: ElementType) -> Double {
      let (x, weight) = (Tensor.ones([256, 1024]).to(type), Tensor.ones([1024, 1024]).to(type))
      return (0..<7).map { _ in
        let start = ContinuousClock.now
        _ = x.linear(weight).to(.float32).floats
        return (ContinuousClock.now - start) / .seconds(1)
      }.min() ?? 0
    }
    // One and a half times float32's time by way of float32, or less than it; eight to fifteen times number by number.
    #expect(seconds(.bfloat16) < 4 * seconds(.float32))
  }
}
