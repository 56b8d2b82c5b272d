// AdamW in one pass and the total norm, against loops in Double, and what rounding at random is for.

import Testing
import TestSupport
import Torch

@Suite struct FusedOptimizerTests {
  private struct Settings {
    var rate = 0.01
    var betas = [0.8, 0.9]
    var decay = 0.1
    var epsilon = 1e-3
    var scale = 1.0
  }

  /// Algorithm 2 of arXiv:1711.05101, element by element in Double.
  private func expected(
    _ start: [Float], _ gradients: [[Float]], _ settings: Settings
  ) -> (weights: [Float], first: [Float], second: [Float]) {
    var weights = start.map { Double($0) }
    var first = weights.map { _ in 0.0 }
    var second = first
    var (power1, power2) = (1.0, 1.0)
    for gradient in gradients {
      power1 *= settings.betas[0]
      power2 *= settings.betas[1]
      for i in weights.indices {
        let g = Double(gradient[i]) * settings.scale
        first[i] = settings.betas[0] * first[i] + (1 - settings.betas[0]) * g
        second[i] = settings.betas[1] * second[i] + (1 - settings.betas[1]) * g * g
        weights[i] -= settings.rate * settings.decay * weights[i]
        let root = (second[i] / (1 - power2)).squareRoot() + settings.epsilon
        weights[i] -= settings.rate * first[i] / (1 - power1) / root
      }
    }
    return (weights.map { Float($0) }, first.map { Float($0) }, second.map { Float($0) })
  }

  private func run(
    _ weight: Tensor, _ gradients: [Tensor], _ first: Tensor, _ second: Tensor, _ settings: Settings
  ) {
    for (step, gradient) in gradients.enumerated() {
      adamWStep(
        parameters: [weight], gradients: [gradient], first: [first], second: [second],
        step: step + 1, scale: settings.scale, rate: settings.rate, betas: settings.betas,
        weightDecay: settings.decay, epsilon: settings.epsilon)
    }
  }

  @Test(arguments: KernelCase.all)
  func `steps are those of the algorithm, in any type`(kernel: KernelCase) {
    let settings = Settings(scale: 0.25)
    for count in [1, 15, 16, 100, 70_001] {
      for moments in [ElementType.float32, .bfloat16] {
        let start = kernel.random([count], seed: 1)
        let gradients = (2..<5).map { kernel.random([count], seed: UInt64($0)) }
        let weight = Tensor(start.floats).to(kernel.type)
        let first = Tensor.zeros([count], type: moments)
        let second = Tensor.zeros([count], type: moments)
        kernel.with(.optimizer) {
          run(weight, gradients.map { $0.to(kernel.type) }, first, second, settings)
        }
        let (weights, means, squares) = expected(
          start.floats, gradients.map(\.floats), settings)
        // Two last places of the narrowest type that has a say in each.
        let ofMoments: Float = moments == .float32 ? 1e-6 : 2e-2
        let ofWeights: Float = kernel.type == .bfloat16 ? 6e-2 : moments == .float32 ? 2e-6 : 1e-3
        #expect(largestDifference(weight.floats, weights) < ofWeights)
        #expect(largestDifference(first.floats, means) < ofMoments)
        #expect(largestDifference(second.floats, squares) < ofMoments)
      }
    }
  }

  @Test func `a bfloat16 weight moves on average as a float32 one, by steps below its last place`()
  {
    // A gradient of one makes every step 1e-4, a fortieth of the last place below one, as long as
    // the moments are exact. Over 400 steps that is 0.04, where rounding to the nearest stays at 1.
    let count = 4096
    let settings = Settings(rate: 1e-4, betas: [0.9, 0.999], decay: 0, epsilon: 1e-8)
    let gradients = Array(repeating: Tensor.ones([count]), count: 400)
    func mean(_ kernel: Kernel, _ type: ElementType) -> Double {
      let weight = Tensor.ones([count], type: type)
      let moment = { Tensor.zeros([count]) }
      run(weight, gradients, moment(), moment(), settings)
      return weight.to(.float64).mean(along: 0).item
    }
    let wide = mean(.optimizer, .float32)
    #expect(abs(wide - 0.96) < 1e-5)
    guard Kernel.canRun else { return }
    // One step's rounding has a deviation of at most half of 2⁻⁸; 400 steps of 4096 weights leave
    // 0.002 · √400 / √4096 = 0.0006 in the mean at most.
    #expect(abs(mean(.optimizer, .bfloat16) - wide) < 0.002)
  }

  @Test func `bfloat16 moments forget as slowly as float32 ones`() {
    guard Kernel.canRun else { return }
    // β₂ = 0.999 from 1 with gradients of zero: 0.999⁵⁰⁰ = 0.6064. The nearest bfloat16 of 0.999 is 1.
    let (count, steps) = (4096, 500)
    let (first, second) = (
      Tensor.ones([count], type: .bfloat16), Tensor.ones([count], type: .bfloat16)
    )
    let settings = Settings(rate: 0, betas: [0.999, 0.999])
    let weight = Tensor.ones([count])
    run(weight, Array(repeating: .zeros([count]), count: steps), first, second, settings)
    for moment in [first, second] {
      #expect(abs(moment.to(.float64).mean(along: 0).item - 0.6064) < 0.003)
    }
    #expect(weight.floats.allSatisfy { $0 == 1 })
  }

  // The number of threads is the process's.
  @Test(.enabled(if: Kernel.canRun))
  func `random rounding repeats, on any number of threads, and differs by step and tensor`() async {
    await #expect(processExitsWith: .success) {
      let count = 100_000
      func step(_ number: Int, place: Int) -> [Float] {
        let weights = (0...place).map { _ in Tensor.ones([count], type: .bfloat16) }
        let moments = { weights.map { _ in Tensor.zeros([count]) } }
        adamWStep(
          parameters: weights, gradients: weights.map { _ in Tensor.ones([count]) },
          first: moments(), second: moments(), step: number, rate: 2e-3, betas: [0, 0],
          weightDecay: 0, epsilon: 0)
        return weights[place].floats
      }
      Machine.threads = 1
      let alone = step(1, place: 0)
      Machine.threads = 2
      #expect(step(1, place: 0) == alone)
      #expect(step(2, place: 0) != alone)
      #expect(step(1, place: 1) != alone)
      // Down by 2e-3 of a last place of 2⁻⁸ below one: one and the next are all there is.
      #expect(Set(alone) == [1, 0.996_093_75])
      let moved = Double(alone.count { $0 < 1 }) / Double(count)
      #expect(abs(moved - 2e-3 * 256) < 0.01)
    }
  }

  @Test func `what is no number shows`() {
    let weight = Tensor([1, 1, 1] as [Float]).to(.bfloat16)
    let gradient = Tensor([Float.nan, .infinity, 0])
    run(weight, [gradient], .zeros([3]), .zeros([3]), Settings())
    #expect(weight.floats[0].isNaN && weight.floats[1].isNaN && weight.floats[2].isFinite)
  }

  @Test func `the total norm is that of all elements, on any number of threads`() async {
    await #expect(processExitsWith: .success) {
      for kernel in KernelCase.all {
        let tensors = [1, 17, 65_536, 65_537, 200_001].map { kernel.random([$0], seed: UInt64($0)) }
        let expected = tensors.flatMap(\.floats).reduce(0.0) { $0 + Double($1) * Double($1) }
          .squareRoot()
        let norms = (1...2).map { count in
          Machine.threads = count
          return kernel.with(.optimizer) { totalNorm(tensors.map { $0.to(kernel.type) }) }
        }
        #expect(abs(norms[0] / expected - 1) < 1e-10, "\(kernel)")
        if kernel.isOn { #expect(norms[0] == norms[1], "\(kernel)") }
        #expect(
          kernel.with(.optimizer) { totalNorm([Tensor([3, .infinity] as [Float])]) } == .infinity)
      }
    }
  }

  @Test func `a norm has the same bits however tensors are cut at blocks, in any order`() {
    let whole = Tensor.normal([10_000], deviation: 3, seed: 4)
    let rest = Tensor.normal([77, 5], deviation: 1e-3, seed: 5)
    let norm = totalNorm([whole, rest])
    for cuts in [[0, 256, 10_000], [0, 512, 5120, 7424, 10_000]] {
      let parts = zip(cuts, cuts.dropFirst()).map { whole.narrowed(0, $0..<$1) }
      #expect(totalNorm([rest] + parts.reversed()) == norm)
      // Processes add what each of them has.
      let largest = squareSums([whole]).max() ?? 0
      func units(_ part: Tensor) -> Int128 {
        var units: Int128 = 0
        _ = totalNorm([part], largest: { _ in largest }) { sum in
          units = sum
          return sum
        }
        return units
      }
      #expect(parts.map(units).reduce(0, +) == units(whole))
    }
    #expect(totalNorm([Tensor([1, .nan, 2] as [Float])]).isNaN)
    // Squares whose sum is the smallest numbers there are.
    #expect(abs(totalNorm([Tensor([3e-30, 4e-30] as [Float])]) / 5e-30 - 1) < 1e-6)
  }

  @Test(arguments: [ElementType.float32, .uint8])
  func `a slice moves as the whole parameter does, to the last random bit`(moments: ElementType) {
    guard Kernel.canRun else { return }
    let count = 3000
    let start = Tensor.normal([count], seed: 1).to(.bfloat16)
    let gradient = Tensor.normal([count], seed: 2)
    func moment(_ count: Int) -> Tensor {
      moments == .uint8 ? compactMoment(count: count) : Tensor.zeros([count])
    }
    func moved(_ ranges: [Range<Int>], offsets: [Int]?) -> [Float] {
      ranges.indices.flatMap { place in
        let range = ranges[place]
        let weight = start.narrowed(0, range) + 0
        for step in 1...2 {
          let (first, second) = (moment(range.count), moment(range.count))
          adamWStep(
            parameters: [weight], gradients: [gradient.narrowed(0, range)], first: [first],
            second: [second], offsets: offsets.map { [$0[place]] }, step: step, rate: 1e-3,
            betas: [0.9, 0.99], weightDecay: 0, epsilon: 1e-8)
        }
        return weight.floats
      }
    }
    let whole = moved([0..<count], offsets: nil)
    #expect(moved([0..<1024, 1024..<count], offsets: [0, 1024]) == whole)
    #expect(moved([0..<1024, 1024..<count], offsets: [0, 0]) != whole)
  }

  @Test func `a tensor whose memory was given back is what it was once it is filled again`() {
    let weight = Tensor.normal([40, 24], seed: 3)
    let x = Tensor.normal([5, 24], seed: 4)
    let product = FusedLinear(weights: [weight], compute: .float32)
    let (numbers, before) = (weight + 0, product(x).floats)
    weight.vacate()
    weight.occupy()
    withoutGradient { weight.copy(from: numbers * 2) }
    #expect(weight.shape == [40, 24])
    // What was packed of it is packed again.
    #expect(product(x).floats == before.map { $0 * 2 })
  }
}
