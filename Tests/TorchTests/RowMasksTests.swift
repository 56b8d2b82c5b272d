// Log-probabilities and entropies over a part of the vocabulary, against a softmax of that part alone,
// against numbers worked by hand, and against what must hold of every distribution.

import Foundation
import Testing
import TestSupport
import Torch

@Suite struct RowMasksTests {
  /// Masks of all three forms, and the ids that each row counts.
  private func masks(
    _ rows: Int, vocabulary: Int, targets: [Int]
  ) -> (masks: RowMasks, ids: [[Int]]) {
    let words = (vocabulary + 31) / 32
    var (lengths, all): ([Int], [UInt32]) = ([], [])
    var ids: [[Int]] = []
    for row in 0..<rows {
      var kept: [Int]
      switch row % 3 {
      case 0: kept = Array(0..<vocabulary)
      case 1: kept = (0..<vocabulary).filter { ($0 * 7 + row) % 3 != 0 || $0 == targets[row] }
      default: kept = Array(Set([targets[row], row % vocabulary])).sorted()
      }
      if kept.count < vocabulary && kept.count < words {
        lengths.append(kept.count)
        all += kept.map { UInt32($0) }
      } else if kept.count < vocabulary {
        var bits = [UInt32](repeating: 0, count: words)
        for id in kept { bits[id / 32] |= 1 << (id % 32) }
        lengths.append(words)
        all += bits
      } else {
        lengths.append(0)
      }
      ids.append(kept)
    }
    return (RowMasks(lengths: lengths, words: all), ids)
  }

  private func check(_ kernel: KernelCase, rows: Int, width: Int, vocabulary: Int) {
    let temperature = 0.7
    let hidden = kernel.random([rows, width], seed: 1)
    let weight = kernel.random([vocabulary, width], seed: 2) * 0.25
    let targets = (0..<rows).map { ($0 * 7919) % vocabulary }
    let (masks, ids) = masks(rows, vocabulary: vocabulary, targets: targets)
    let (a, b) = (kernel.random([rows], seed: 4), kernel.random([rows], seed: 5))
    let ours = (kernel.leaf(hidden), kernel.leaf(weight))
    let theirs = (kernel.leaf(hidden, as: .float32), kernel.leaf(weight, as: .float32))
    let result = kernel.with(.head) {
      let head = FusedLinear(weights: [ours.1], biases: [nil], compute: kernel.type)
      let silent = withoutGradient {
        tokenLogProbs(
          hidden: ours.0, head: head, targets: Tensor(targets), temperature: temperature,
          entropy: true, masks: masks)
      }
      let result = tokenLogProbs(
        hidden: ours.0, head: head, targets: Tensor(targets), temperature: temperature,
        entropy: true, masks: masks)
      #expect(silent.logProbs.floats == result.logProbs.floats)
      (result.logProbs * a + (result.entropies ?? a) * b).sum().backward()
      return result
    }
    // Each row's own softmax, over nothing but what it counts.
    var (logProbs, entropies): ([Tensor], [Tensor]) = ([], [])
    for row in 0..<rows {
      let part = theirs.1.selecting(Tensor(ids[row]), along: 0)
      let all = (theirs.0.narrowed(0, row..<row + 1).linear(part) / temperature)
        .logSoftmax(along: -1)
      let place = ids[row].firstIndex(of: targets[row]) ?? -1
      logProbs.append(all.narrowed(1, place..<place + 1).reshaped([1]))
      entropies.append(-(all.exp() * all).sum(along: -1))
    }
    let expected = (
      Tensor.concatenated(logProbs, along: 0), Tensor.concatenated(entropies, along: 0)
    )
    (expected.0 * a + expected.1 * b).sum().backward()
    let exact = KernelCase(
      isOn: true, type: kernel.isOn && Kernel.canRun ? .float32 : kernel.type)
    #expect(exact.agree(result.logProbs, expected.0))
    #expect(exact.agree(result.entropies, expected.1))
    #expect(kernel.agree(ours.0.gradient, theirs.0.gradient))
    #expect(kernel.agree(ours.1.gradient, theirs.1.gradient))
  }

  @Test(arguments: KernelCase.all)
  func `a masked row is a softmax over what it counts`(kernel: KernelCase) {
    check(kernel, rows: 9, width: 5, vocabulary: 7)
    check(kernel, rows: 33, width: 17, vocabulary: 130)
    check(kernel, rows: 12, width: 31, vocabulary: 4099)
  }

  @Test(arguments: KernelCase.all)
  func `two of three tokens worked by hand`(kernel: KernelCase) {
    // Logits 0, 0, 2 ln 2 at temperature 2, without the first: probabilities 1/3 and 2/3.
    let hidden = kernel.leaf(Tensor([1] as [Float], shape: [1, 1]))
    let weight = kernel.leaf(Tensor([0, 0, 1.386_294_4] as [Float], shape: [3, 1]))
    let (chosen, entropies) = kernel.with(.head) {
      let head = FusedLinear(weights: [weight], biases: [nil], compute: kernel.type)
      return tokenLogProbs(
        hidden: hidden, head: head, targets: Tensor([1]), temperature: 2, entropy: true,
        masks: RowMasks(lengths: [1], words: [0b110]))
    }
    chosen.sum().backward()
    let tolerance: Float = kernel.type == .float32 ? 1e-6 : 4e-3
    #expect(largestDifference(chosen.floats, [-1.098_612_3]) < tolerance)
    #expect(largestDifference(entropies?.floats ?? [], [0.636_514_2]) < tolerance)
    // (1[target] - p) / temperature, and nothing at all for the first.
    let gradient = weight.gradient?.floats ?? []
    #expect(largestDifference(gradient, [0, 1.0 / 3, -1.0 / 3]) < tolerance)
    #expect(gradient.first == 0)
  }

  /// E[∇ log π] = 0 under π itself, the filtered distribution.
  ///
  /// Of the same draws counted over the whole vocabulary, ∇ log of the mass that a filter keeps is left.
  @Test(arguments: KernelCase.all)
  func `under what is drawn the gradient of log-probabilities is zero in the mean`(
    kernel: KernelCase
  ) throws {
    let kept = [2, 3, 5, 11]
    let weight = kernel.random([40, 6], seed: 7)
    let state = kernel.random([1, 6], seed: 8)
    func meanGradient(_ masks: RowMasks?) throws -> Float {
      let hidden = kernel.leaf(Tensor.concatenated(kept.map { _ in state }, along: 0))
      kernel.with(.head) {
        let head = FusedLinear(weights: [weight], biases: [nil], compute: kernel.type)
        let drawn = withoutGradient {
          tokenLogProbs(
            hidden: hidden, head: head, targets: Tensor(kept), temperature: 1, entropy: false,
            masks: RowMasks(lengths: [2, 2, 2, 2], words: kept.flatMap { _ in [2092, 0] }))
        }
        let shares = drawn.logProbs.exp()
        #expect(abs(shares.sum().item - 1) < 1e-5)
        let found = tokenLogProbs(
          hidden: hidden, head: head, targets: Tensor(kept), temperature: 1, entropy: false,
          masks: masks)
        (found.logProbs * shares).sum().backward()
      }
      let gradient = try #require(hidden.gradient)
      return gradient.to(.float32).sum(along: 0).floats.reduce(0) { max($0, abs($1)) }
    }
    let masks = RowMasks(
      lengths: [2, 2, 2, 2], words: kept.flatMap { _ in [2092, 0] as [UInt32] })
    #expect(try meanGradient(masks) < (kernel.type == .float32 ? 1e-5 : 2e-2))
    #expect(try meanGradient(nil) > 0.1)
  }

  @Test func `a part of the masks is that of its rows`() {
    let masks = RowMasks(lengths: [1, 0, 2, 1], words: [7, 8, 9, 10])
    let part = masks.narrowed(1..<3)
    #expect(masks.count == 4 && part.count == 2)
    #expect(part[0].isEmpty && Array(part[1]) == [8, 9])
    let logits = part.applied(to: .ones([2, 70]))
    let counted = logits.floats.enumerated().filter { $0.element == 1 }.map(\.offset)
    #expect(counted == Array(0..<70) + [78, 79])
  }

  @Test func `a mask that names what is not there stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = RowMasks(lengths: [1], words: [70]).applied(to: .ones([1, 70]))
    }
    await #expect(processExitsWith: .failure) {
      _ = RowMasks(lengths: [4], words: [1, 1, 1, 1]).applied(to: .ones([1, 70]))
    }
  }
}
