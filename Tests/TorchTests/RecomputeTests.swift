// Activation checkpointing gives the gradients of the graph it does not keep.

import Testing
import Torch

@Suite struct RecomputeTests {
  private final class Witness {}

  private func leaf(_ numbers: [Float]) -> Tensor {
    let tensor = Tensor(numbers)
    tensor.requiresGradient = true
    return tensor
  }

  /// Σ of 3·first + second, where first = x·w and second = x·y·w.
  private func run(_ x: Tensor, _ y: Tensor?, _ weight: Tensor, recomputes: Bool) -> Double {
    let body = { (x: Tensor, y: Tensor?) in (x * weight, (y ?? x) * x * weight) }
    let (first, second) = recomputes ? recomputing(x, y, body) : body(x, y)
    let loss = (first * 3 + second).sum()
    loss.backward()
    return loss.item
  }

  @Test(arguments: [true, false])
  func `gradients are by hand's, of inputs and of what is read besides`(recomputes: Bool) {
    let (x, y, weight) = (leaf([2, -1]), leaf([5, 7]), leaf([10, 100]))
    // 3·2·10 + 2·5·10 and 3·(−1)·100 − 7·100.
    #expect(run(x, y, weight, recomputes: recomputes) == 160 - 1000)
    #expect(x.gradient?.floats == [80, 1000])
    #expect(y.gradient?.floats == [20, -100])
    #expect(weight.gradient?.floats == [16, -10])
  }

  @Test(arguments: [true, false])
  func `a second input may be missing, and inputs may stand still`(recomputes: Bool) {
    let (x, weight) = (Tensor([2, -1] as [Float]), leaf([10, 100]))
    #expect(run(x, nil, weight, recomputes: recomputes) == 100 - 200)
    #expect(x.gradient == nil)
    #expect(weight.gradient?.floats == [10, -2])
  }

  @Test func `a chain of parts gathers over several backwards`() {
    let weight = leaf([2])
    for round in 1...2 {
      var (a, b) = (leaf([1]), leaf([1]))
      for _ in 0..<3 { (a, b) = recomputing(a, b) { ($0 * weight, ($1 ?? $0) * weight) } }
      (a + b).sum().backward()
      // 2·w³ has the slope 6·w² = 24.
      #expect(weight.gradient?.floats == [Float(24 * round)])
    }
  }

  @Test func `what only one result needs is not asked of the other`() {
    let (x, weight) = (leaf([3]), leaf([4]))
    let (first, _) = recomputing(x, nil) { x, _ in (x * weight, x * x) }
    first.sum().backward()
    #expect(x.gradient?.floats == [4] && weight.gradient?.floats == [3])
  }

  @Test func `the closure is let go with the graph, and without gradients is only called`() {
    weak var witness: Witness?
    let x = leaf([1])
    do {
      let held = Witness()
      witness = held
      let (first, second) = recomputing(x, nil) { x, _ in withExtendedLifetime(held) { (x * 2, x) }
      }
      #expect(first.requiresGradient && second.requiresGradient)
    }
    #expect(witness == nil)
    var calls = 0
    let made = withoutGradient {
      recomputing(x, nil) { x, _ in
        calls += 1
        return (x * 2, x)
      }
    }
    #expect(calls == 1 && made.0.floats == [2] && !made.0.requiresGradient)
  }

  @Test func `the end of a part is told when its gradients are there, the last part's first`() {
    let weights = [leaf([2]), leaf([3])]
    var told: [(part: Int, gradient: [Float]?)] = []
    var (a, b) = (leaf([1]), leaf([1]))
    for part in 0..<2 {
      let ended = { told.append((part, weights[part].gradient?.floats)) }
      (a, b) = recomputing(a, b, ended: ended) { ($0 * weights[part], $1 ?? $0) }
    }
    #expect(told.isEmpty)
    (a + b).sum().backward()
    #expect(told.map(\.part) == [1, 0])
    #expect(told.map(\.gradient) == [[2], [3]])
  }
}
