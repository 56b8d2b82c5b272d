// AdamW with its moments in eight bits: the codes by hand, the steps beside those of float32
// moments, and what rounding at random is for.

import Testing
import TestSupport
import Torch

@Suite struct CompactMomentTests {
  private struct State {
    let weight: Tensor
    let first: Tensor
    let second: Tensor

    init(_ start: Tensor, compact: Bool = true) {
      weight = start
      first = compact ? compactMoment(count: start.count) : .zeros([start.count])
      second = compact ? compactMoment(count: start.count) : .zeros([start.count])
    }

    func step(
      _ number: Int, _ gradient: Tensor, rate: Double = 0.01, betas: [Double] = [0.9, 0.99]
    ) {
      adamWStep(
        parameters: [weight], gradients: [gradient], first: [first], second: [second],
        step: number, rate: rate, betas: betas, weightDecay: 0, epsilon: 1e-8)
    }

    /// The numbers of a moment, read as the format says: a code's low four or five bits of exponent
    /// above three of mantissa, the largest code being one.
    func numbers(_ moment: Tensor, isSigned: Bool) -> [Double] {
      let bytes = moment.to(.int64).ints
      return (0..<weight.count).map { place in
        let block = place / 256 * 260
        let scale = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[block + 256 + $1]) << (8 * $1) }
        let code = bytes[block + place % 256]
        let magnitude = isSigned ? code % 128 : max(code, 1)
        let below = (isSigned ? 127 : 255) - magnitude  // eighths of a power of two below one
        let power = (below + 7) / 8
        var share = 1 + Double(power * 8 - below) / 8
        for _ in 0..<power { share /= 2 }
        if isSigned && magnitude == 0 { share = 0 }
        return (isSigned && code > 127 ? -1 : 1) * share * Double(Float(bitPattern: scale))
      }
    }
  }

  @Test(arguments: [true, false])
  func `numbers with a short mantissa are kept exactly, with their signs`(hasKernel: Bool) {
    KernelCase(isOn: hasKernel, type: .float32).with(.optimizer) {
      // Shares of the largest, 4: one, 1/2, 9/16, 1/1024 and less than any code.
      let gradient: [Float] = [4, 2, -2.25, 0.003_906_25, 1e-6, 0, -4]
      let state = State(.zeros([7]))
      state.step(1, Tensor(gradient), rate: 0, betas: [0, 0])
      let codes = state.first.to(.int64).ints
      #expect(codes[0...3] == [127, 119, 128 + 120, 47] && codes[6] == 255)
      #expect(
        state.numbers(state.first, isSigned: true) == [4, 2, -2.25, 0.003_906_25, 0, 0, -4])
      let squares = state.numbers(state.second, isSigned: false)
      // 2.25² is between 5 and 5.5; zero is the least there is, 2⁻³² and a little of 16.
      #expect(squares[0] == 16 && squares[1] == 4 && squares[6] == 16)
      #expect(squares[2] == 5 || squares[2] == 5.5)
      #expect(squares[5] > 0 && squares[5] < 5e-9)
    }
  }

  @Test(arguments: KernelCase.all)
  func `steps are near those of float32 moments`(kernel: KernelCase) {
    for count in [1, 255, 257, 70_001] {
      let start = kernel.random([count], seed: 1)
      let (narrow, wide) = (
        State(Tensor(start.floats).to(kernel.type)), State(Tensor(start.floats), compact: false)
      )
      for step in 1...20 {
        let gradient = kernel.random([count], seed: UInt64(step + 1)).to(kernel.type)
        kernel.with(.optimizer) { narrow.step(step, gradient) }
        wide.step(step, gradient)
      }
      let moved = (wide.weight - start).magnitude().mean(along: 0).item
      let apart = (narrow.weight.to(.float32) - wide.weight).magnitude().mean(along: 0).item
      #expect(moved > 0.02)
      // A sixteenth at most in either moment, of which much averages out. A bfloat16 weight of one is
      // off by up to half of 2⁻⁸ a step besides, at random, over twenty steps.
      #expect(apart < 0.06 * moved + (kernel.type == .bfloat16 ? 20.0.squareRoot() / 512 : 0))
    }
  }

  @Test func `moments forget on average as slowly as they should`() {
    guard Kernel.canRun else { return }
    // From one with gradients of zero: 0.999⁵⁰⁰ = 0.6064, a five-hundredth of a code's width a step.
    let state = State(.ones([4096]))
    state.step(1, .ones([4096]), rate: 0, betas: [0, 0])
    let kept = Tensor.concatenated([.ones([1]), .zeros([255])], along: 0)
    for step in 2...501 {
      // The first of every block stays, so that the others' scale does.
      let gradient = Tensor.concatenated(Array(repeating: kept, count: 16), along: 0)
      state.step(step, gradient, rate: 0, betas: [0.999, 0.999])
    }
    for (moment, isSigned) in [(state.first, true), (state.second, false)] {
      let all = state.numbers(moment, isSigned: isSigned)
      let others = all.enumerated().filter { $0.offset % 256 != 0 }.map(\.element)
      #expect(abs(others.reduce(0, +) / Double(others.count) - 0.6064) < 0.01)
      #expect(abs(all[0] - 1) < 1e-4)
    }
  }

  @Test func `a block of zeros does not move its weights, and one of tiny numbers is finite`() {
    for gradient in [Float(0), 1e-22, 1e-30] {
      let state = State(.ones([300]))
      for step in 1...3 { state.step(step, .full([300], Double(gradient))) }
      #expect(state.weight.floats.allSatisfy { $0.isFinite && abs($0 - 1) < 0.1 })
      if gradient == 0 { #expect(state.weight.floats.allSatisfy { $0 == 1 }) }
    }
  }

  // The number of threads is the process's.
  @Test func `a run repeats on any number of threads`() async {
    await #expect(processExitsWith: .success) {
      let results = (1...2).map { count in
        Machine.threads = count
        let state = State(.ones([100_000], type: .bfloat16))
        for step in 1...3 { state.step(step, .normal([100_000], seed: UInt64(step))) }
        return (state.weight.floats, state.first.to(.int64).ints, state.second.to(.int64).ints)
      }
      #expect(results[0] == results[1])
    }
  }
}
