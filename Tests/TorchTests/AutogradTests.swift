// Gradients against derivatives worked by hand, and the update rule against its formula.

import Testing
import TestSupport
import Torch

@Suite struct AutogradTests {
  private func parameter(_ values: [Float], shape: [Int]? = nil) -> Tensor {
    let tensor = Tensor(values, shape: shape)
    tensor.requiresGradient = true
    return tensor
  }

  private func gradient(of tensor: Tensor, _ loss: Tensor) -> [Float] {
    loss.backward()
    defer { tensor.dropGradient() }
    return tensor.gradient?.floats ?? []
  }

  @Test func `products and powers`() {
    let x = parameter([2, -3])
    // d/dx Σ (3x² + x · 5) = 6x + 5
    #expect(gradient(of: x, (x * x * 3 + x * 5).sum()) == [17, -13])
    // d/dx x³ = 3x²
    #expect(gradient(of: x, x.power(3).sum()) == [12, 27])
  }

  @Test func `the gradient of log softmax is one at the token less the probability`() {
    let x = parameter([0, 0, 1.098_612_3])
    let loss = x.logSoftmax(along: 0).narrowed(0, 2..<3).sum()
    // Probabilities 1/5, 1/5, 3/5.
    #expect(largestDifference(gradient(of: x, loss), [-0.2, -0.2, 0.4]) < 1e-6)
  }

  @Test func `a gradient is zero outside a clamp and under a mask`() {
    let x = parameter([-2, 0.5, 3])
    #expect(gradient(of: x, x.clamped(to: -1...1).sum()) == [0, 1, 0])
    #expect(gradient(of: x, x.filled(0, where: Tensor([true, false, false])).sum()) == [0, 1, 1])
  }

  @Test func `picked twice means twice the gradient`() {
    let table = parameter([1, 2, 3, 4], shape: [2, 2])
    #expect(
      gradient(of: table, table.selecting(Tensor([0, 1, 1]), along: 0).sum()) == [1, 1, 2, 2])
  }

  @Test func `a cast gives its gradient back in the type before it`() {
    let x = parameter([1, 2])
    let loss = (x.to(.bfloat16) * 3).to(.float32).sum()
    loss.backward()
    #expect(x.gradient?.type == .float32)
    #expect(x.gradient?.floats == [3, 3])
  }

  @Test func `gradients add up until they are dropped`() {
    let x = parameter([1])
    x.sum().backward()
    x.sum().backward()
    #expect(x.gradient?.floats == [2])
    x.dropGradient()
    #expect(x.gradient == nil)
  }

  @Test func `nothing is recorded without gradients or after a cut`() {
    let x = parameter([1])
    #expect(!withoutGradient { x * 2 }.requiresGradient)
    #expect(!(x.detached() * 2).requiresGradient)
    #expect((x * 2).requiresGradient)
  }

  @Test func `the gradient mode comes back after an error`() {
    struct Failure: Error {}
    let x = parameter([1])
    #expect(throws: Failure.self) { try withoutGradient { throw Failure() } }
    #expect((x * 2).requiresGradient)
  }

  @Test func `AdamW moves as its algorithm says`() {
    // Algorithm 2 of arXiv:1711.05101 in Double, two steps, weight decay on.
    let (rate, beta1, beta2, epsilon, decay) = (0.1, 0.8, 0.9, 1e-3, 0.05)
    let gradients: [[Float]] = [[0.5, -2], [1, 0.25]]
    var expected = [1.0, -3.0]
    var (mean, square) = ([0.0, 0.0], [0.0, 0.0])
    for (step, gradient) in gradients.enumerated() {
      for i in 0..<2 {
        let g = Double(gradient[i])
        mean[i] = beta1 * mean[i] + (1 - beta1) * g
        square[i] = beta2 * square[i] + (1 - beta2) * g * g
        var (bias1, bias2) = (1.0, 1.0)
        for _ in 0...step { (bias1, bias2) = (bias1 * beta1, bias2 * beta2) }
        expected[i] -= rate * decay * expected[i]
        expected[i] -=
          rate * (mean[i] / (1 - bias1)) / ((square[i] / (1 - bias2)).squareRoot() + epsilon)
      }
    }
    let weight = Tensor([1, -3] as [Float])
    let (first, second) = (Tensor.zeros([2]), Tensor.zeros([2]))
    for (step, gradient) in gradients.enumerated() {
      adamWStep(
        parameters: [weight], gradients: [Tensor(gradient)], first: [first], second: [second],
        step: step + 1, rate: rate, betas: [beta1, beta2], weightDecay: decay, epsilon: epsilon)
    }
    #expect(largestDifference(weight.floats, expected.map { Float($0) }) < 1e-5)
    #expect(largestDifference(first.floats, mean.map { Float($0) }) < 1e-6)
    #expect(largestDifference(second.floats, square.map { Float($0) }) < 1e-6)
  }

  @Test func `the first step of AdamW moves every weight by the rate`() {
    // The bias corrections make the first ratio the gradient's sign.
    let weight = Tensor([0, 0] as [Float])
    adamWStep(
      parameters: [weight], gradients: [Tensor([3, -0.01] as [Float])], first: [.zeros([2])],
      second: [.zeros([2])], step: 1, rate: 0.1, betas: [0.9, 0.999], weightDecay: 0,
      epsilon: 1e-8)
    #expect(largestDifference(weight.floats, [-0.1, 0.1]) < 1e-6)
  }

  @Test func `the total norm is that of all elements together`() {
    // 1² + 4² + 8² = 81
    #expect(totalNorm([Tensor([1, -4] as [Float]), Tensor([8] as [Float])]) == 9)
    #expect(totalNorm([]) == 0)
  }
}
