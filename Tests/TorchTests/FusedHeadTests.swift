// Log-probabilities and entropies straight from hidden states, against a float32 softmax over all
// logits, and against numbers worked by hand.

import Testing
import TestSupport
import Torch

@Suite struct FusedHeadTests {
  /// What is asked of the head, which decides what gradients it has to bring.
  enum Use: CaseIterable { case logProbs, entropies, both }

  /// A head and what it reads, as leaves.
  private struct Leaves {
    let hidden: Tensor
    let weight: Tensor
    let bias: Tensor?
    var all: [Tensor] { [hidden, weight] + (bias.map { [$0] } ?? []) }
  }

  /// By the definition, in float32.
  private func expected(
    _ leaves: Leaves, _ targets: Tensor, temperature: Double, as type: ElementType
  ) -> (logProbs: Tensor, entropies: Tensor) {
    func rounded(_ tensor: Tensor) -> Tensor { tensor.to(type).to(.float32) }
    let logits = leaves.hidden.linear(rounded(leaves.weight), bias: leaves.bias.map(rounded))
    let all = (logits / temperature).logSoftmax(along: -1)
    let chosen = all.gathered(along: -1, at: targets.unsqueezed(-1)).squeezed(-1)
    return (chosen, -(all.exp() * all).sum(along: -1))
  }

  private func check(
    _ kernel: KernelCase, rows: Int, width: Int, vocabulary: Int, biased: Bool, use: Use,
    stored: ElementType = .float32, temperature: Double = 0.7
  ) {
    let hidden = kernel.random([rows, width], seed: 1)
    let weight = (Tensor.normal([vocabulary, width], seed: 2) * 0.3).to(stored)
    let bias = biased ? kernel.random([vocabulary], seed: 3).to(stored) : nil
    let targets = Tensor((0..<rows).map { ($0 * 7919) % vocabulary })
    let (a, b) = (kernel.random([rows], seed: 4), kernel.random([rows], seed: 5))
    func loss(_ logProbs: Tensor, _ entropies: Tensor?) -> Tensor {
      let entropy = (entropies ?? logProbs) * b
      switch use {
      case .logProbs: return (logProbs * a).sum()
      case .entropies: return entropy.sum()
      case .both: return (logProbs * a + entropy).sum()
      }
    }
    let ours = Leaves(
      hidden: kernel.leaf(hidden), weight: kernel.leaf(weight, as: stored),
      bias: bias.map { kernel.leaf($0, as: stored) })
    let theirs = Leaves(
      hidden: kernel.leaf(hidden, as: .float32), weight: kernel.leaf(weight, as: .float32),
      bias: bias.map { kernel.leaf($0, as: .float32) })
    let result = kernel.with(.head) {
      let head = FusedLinear(weights: [ours.weight], biases: [ours.bias], compute: kernel.type)
      let silent = withoutGradient {
        tokenLogProbs(
          hidden: ours.hidden, head: head, targets: targets, temperature: temperature,
          entropy: false)
      }
      let result = tokenLogProbs(
        hidden: ours.hidden, head: head, targets: targets, temperature: temperature,
        entropy: use != .logProbs)
      #expect(silent.entropies == nil && !silent.logProbs.requiresGradient)
      #expect(silent.logProbs.floats == result.logProbs.floats)
      loss(result.logProbs, result.entropies).backward()
      return result
    }
    let reference = expected(theirs, targets, temperature: temperature, as: kernel.type)
    loss(reference.logProbs, reference.entropies).backward()

    // The kernel's logits are float32 whatever the type of the computation.
    let exact = KernelCase(
      isOn: true, type: kernel.isOn && Kernel.canRun ? .float32 : kernel.type)
    #expect(result.logProbs.type == .float32)
    #expect(exact.agree(result.logProbs, reference.logProbs))
    #expect((result.entropies == nil) == (use == .logProbs))
    if let entropies = result.entropies { #expect(exact.agree(entropies, reference.entropies)) }
    for (our, their) in zip(ours.all, theirs.all) {
      #expect(our.gradient?.type == our.type)
      let narrower = KernelCase(isOn: true, type: our.type == .bfloat16 ? .bfloat16 : kernel.type)
      #expect(narrower.agree(our.gradient, their.gradient), "\(rows) \(width) \(vocabulary) \(use)")
    }
  }

  @Test(arguments: KernelCase.all)
  func `values and gradients are those of a softmax over all logits`(kernel: KernelCase) {
    check(kernel, rows: 1, width: 1, vocabulary: 1, biased: false, use: .logProbs)
    check(kernel, rows: 3, width: 5, vocabulary: 7, biased: true, use: .both)
    check(kernel, rows: 33, width: 17, vocabulary: 130, biased: false, use: .entropies)
    check(kernel, rows: 16, width: 64, vocabulary: 64, biased: true, use: .logProbs)
    check(
      kernel, rows: 9, width: 31, vocabulary: 4099, biased: false, use: .both, stored: .bfloat16,
      temperature: 1)
  }

  @Test func `more rows than fit a block of logits`() {
    check(
      KernelCase(isOn: true, type: .bfloat16), rows: 18, width: 3, vocabulary: 800_000,
      biased: false, use: .logProbs)
  }

  @Test(arguments: KernelCase.all)
  func `three tokens worked by hand`(kernel: KernelCase) {
    // Logits 0, 0, 2 ln 2 at temperature 2: probabilities 1/4, 1/4, 1/2; entropy 3/2 ln 2.
    let hidden = kernel.leaf(Tensor([1] as [Float], shape: [1, 1]))
    let weight = Tensor([0, 0, 1.386_294_4] as [Float], shape: [3, 1])
    let (chosen, entropies) = kernel.with(.head) {
      let head = FusedLinear(weights: [weight], biases: [nil], compute: kernel.type)
      return tokenLogProbs(
        hidden: hidden, head: head, targets: Tensor([1]), temperature: 2, entropy: true)
    }
    let tolerance: Float = kernel.type == .float32 ? 1e-6 : 3e-3
    #expect(largestDifference(chosen.floats, [-1.386_294_4]) < tolerance)
    #expect(largestDifference(entropies?.floats ?? [], [1.039_720_8]) < tolerance)
  }

  @Test func `a token nearly certain keeps its gradient in bfloat16`() {
    guard Kernel.canRun else { return }
    // The head is the identity, so the gradient of the hidden state is that of the logits. One less
    // the probability is 3 e⁻¹² / (1 + 3 e⁻¹²); one less its bfloat16 would be zero.
    let kernel = KernelCase(isOn: true, type: .bfloat16)
    let hidden = kernel.leaf(Tensor([12, 0, 0, 0] as [Float], shape: [1, 4]))
    let identity = Tensor(
      [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as [Float], shape: [4, 4])
    let head = FusedLinear(weights: [identity], biases: [nil], compute: .bfloat16)
    let result = tokenLogProbs(
      hidden: hidden, head: head, targets: Tensor([0]), temperature: 1, entropy: false)
    result.logProbs.sum().backward()
    let gradient = hidden.gradient?.floats ?? [0]
    #expect(abs(gradient[0] / 1.843_26e-5 - 1) < 5e-3)
    #expect(abs(gradient[1] / -6.144_2e-6 - 1) < 5e-3)
  }

  @Test func `a logit of minus infinity has no probability and no part in the entropy`() {
    let hidden = Tensor([1] as [Float], shape: [1, 1])
    let weight = Tensor([-Float.infinity, 3, 3], shape: [3, 1])
    let head = FusedLinear(weights: [weight], biases: [nil], compute: .float32)
    guard Kernel.canRun else { return }
    let result = withoutGradient {
      tokenLogProbs(hidden: hidden, head: head, targets: Tensor([2]), temperature: 1, entropy: true)
    }
    #expect(largestDifference(result.logProbs.floats, [-0.693_147_2]) < 1e-6)
    #expect(largestDifference(result.entropies?.floats ?? [], [0.693_147_2]) < 1e-6)
  }

  @Test func `no rows, no numbers`() {
    let weight = KernelCase(isOn: true, type: .float32).leaf(.ones([3, 2]))
    let head = FusedLinear(weights: [weight], biases: [nil], compute: .float32)
    let result = tokenLogProbs(
      hidden: .zeros([0, 2]), head: head, targets: Tensor([Int]()), temperature: 1, entropy: true)
    #expect(result.logProbs.shape == [0] && result.entropies?.shape == [0])
  }
}
