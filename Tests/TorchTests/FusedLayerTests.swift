// Norm, gate and embedding in one pass, against the same made of separate operators in float32.

import Testing
import TestSupport
import Torch

/// A kernel on or off, and the type of the computation.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let isOn: Bool
  let type: ElementType

  static let all: [KernelCase] = [true, false].flatMap { isOn in
    [ElementType.float32, .bfloat16].map { KernelCase(isOn: isOn, type: $0) }
  }

  var testDescription: String { "\(type), kernel \(isOn ? "on" : "off")" }

  /// How far results may be from the reference, as a part of its largest element.
  var tolerance: Float { type == .float32 ? 2e-5 : 2e-2 }

  /// Runs `body` with a kernel on or off.
  func with<Result>(_ kernel: Kernel, _ body: () throws -> Result) rethrows -> Result {
    try Kernel.with([kernel], on: isOn, body)
  }

  /// Random numbers that the type holds exactly, in float32.
  func random(_ shape: [Int], seed: UInt64) -> Tensor {
    Tensor.normal(shape, seed: seed).to(type).to(.float32)
  }

  /// The same numbers as a leaf that gathers a gradient.
  func leaf(_ values: Tensor, as stored: ElementType? = nil) -> Tensor {
    let leaf = Tensor(values.floats, shape: values.shape).to(stored ?? type).detached()
    leaf.requiresGradient = true
    return leaf
  }

  /// Whether the elements are those of a reference, but for rounding.
  func agree(_ values: Tensor?, _ reference: Tensor?) -> Bool {
    guard let values = values?.floats, let reference = reference?.floats else { return false }
    let size = reference.reduce(Float(1e-6)) { max($0, abs($1)) }
    return largestDifference(values, reference) <= tolerance * size
  }
}

@Suite struct FusedLayerTests {
  /// The norm by its formula, with the sum rounded to a type.
  private func norm(
    _ x: Tensor, _ delta: Tensor?, _ weight: Tensor, epsilon: Double, as type: ElementType
  ) -> (sum: Tensor, normed: Tensor) {
    let sum = delta.map { (x + $0).to(type).to(.float32) } ?? x
    let square = (sum * sum).mean(along: -1, keeping: true)
    let weight = weight.to(type).to(.float32)
    return (sum, sum / (square + epsilon).squareRoot() * weight)
  }

  @Test(arguments: KernelCase.all)
  func `sum and norm and their gradients are those of separate operators`(kernel: KernelCase) {
    for (index, shape) in [
      [1, 1], [3, 7], [1, 16], [5, 17], [37, 100], [4, 3, 64], [300, 131],
    ]
    .enumerated() {
      let width = shape[shape.count - 1]
      let seed = UInt64(index) * 10
      let (x, delta) = (kernel.random(shape, seed: seed), kernel.random(shape, seed: seed + 1))
      // Not a number of the compute type: the norm has to round it.
      let weight = Tensor.normal([width], seed: seed + 2)
      let (a, b) = (kernel.random(shape, seed: seed + 3), kernel.random(shape, seed: seed + 4))
      let ours = [kernel.leaf(x), kernel.leaf(delta), kernel.leaf(weight, as: .float32)]
      let theirs = [x, delta, weight].map { kernel.leaf($0, as: .float32) }

      let (sum, normed) = kernel.with(.elementwise) {
        let result = Tensor.addNorm(ours[0], ours[1], weight: ours[2], epsilon: 1e-3)
        ((result.sum.to(.float32) * a).sum() + (result.normed.to(.float32) * b).sum()).backward()
        return result
      }
      let expected = norm(theirs[0], theirs[1], theirs[2], epsilon: 1e-3, as: kernel.type)
      ((expected.sum * a).sum() + (expected.normed * b).sum()).backward()

      #expect(sum.type == kernel.type && normed.type == kernel.type)
      #expect(normed.shape == shape)
      #expect(kernel.agree(sum, expected.sum))
      #expect(kernel.agree(normed, expected.normed))
      for (our, their) in zip(ours, theirs) {
        #expect(our.gradient?.type == our.type)
        #expect(kernel.agree(our.gradient, their.gradient), "\(shape)")
      }
    }
  }

  @Test(arguments: KernelCase.all)
  func `a norm without a sum takes rows of any layout`(kernel: KernelCase) {
    // [N, K, H] seen as [N, H, K]: not contiguous.
    let x = kernel.random([5, 48, 3], seed: 1)
    let (weight, b) = (Tensor.normal([48], seed: 2), kernel.random([5, 3, 48], seed: 3))
    let ours = [kernel.leaf(x), kernel.leaf(weight)]
    let theirs = [kernel.leaf(x, as: .float32), kernel.leaf(weight.to(kernel.type), as: .float32)]
    let normed = kernel.with(.elementwise) {
      let view = ours[0].transposed(1, 2)
      let normed = Tensor.addNorm(view, nil, weight: ours[1], epsilon: 1e-6).normed
      (normed.to(.float32) * b).sum().backward()
      return normed
    }
    let expected = norm(
      theirs[0].transposed(1, 2), nil, theirs[1], epsilon: 1e-6, as: kernel.type
    ).normed
    (expected * b).sum().backward()
    #expect(kernel.agree(normed, expected))
    #expect(kernel.agree(ours[0].gradient, theirs[0].gradient))
    #expect(kernel.agree(ours[1].gradient, theirs[1].gradient))
  }

  @Test func `the norm of three and four`() {
    // sum (3, 4), mean square 12.5; with ε = 12.5 the root is 5.
    let x = Tensor([1, 1] as [Float], shape: [1, 2])
    let delta = Tensor([2, 3] as [Float], shape: [1, 2])
    let weight = Tensor([10, 100] as [Float])
    let (sum, normed) = Tensor.addNorm(x, delta, weight: weight, epsilon: 12.5)
    #expect(sum.floats == [3, 4])
    #expect(largestDifference(normed.floats, [6, 80]) < 1e-5)
  }

  @Test func `an unused half of the result brings no gradient, and two uses add up`() {
    let weight = KernelCase(isOn: true, type: .float32).leaf(.ones([4]))
    let x = KernelCase(isOn: true, type: .float32).leaf(.ones([2, 4]))
    let delta = Tensor.zeros([2, 4])
    Tensor.addNorm(x, delta, weight: weight, epsilon: 0).sum.sum().backward()
    #expect(x.gradient?.floats == Array(repeating: 1, count: 8))
    #expect(weight.gradient == nil)
    // Of two equal rows of ones the norm's weight gets one a row.
    Tensor.addNorm(x, delta, weight: weight, epsilon: 0).normed.sum().backward()
    #expect(largestDifference(weight.gradient?.floats ?? [], [2, 2, 2, 2]) < 1e-5)
    Tensor.addNorm(x, delta, weight: weight, epsilon: 0).normed.sum().backward()
    #expect(largestDifference(weight.gradient?.floats ?? [], [4, 4, 4, 4]) < 1e-5)
    let silent = withoutGradient { Tensor.addNorm(x, nil, weight: weight, epsilon: 0).normed }
    #expect(!silent.requiresGradient)
  }

  @Test(arguments: KernelCase.all)
  func `the gate and its gradient are those of separate operators`(kernel: KernelCase) {
    for (index, shape) in [[1, 2], [3, 14], [2, 32], [7, 34], [2, 5, 200], [90, 402]].enumerated() {
      let x = kernel.random(shape, seed: UInt64(index))
      let width = shape[shape.count - 1] / 2
      let half = shape.dropLast() + [width]
      let a = kernel.random(Array(half), seed: 99)
      let (ours, theirs) = (kernel.leaf(x), kernel.leaf(x, as: .float32))
      let gated = kernel.with(.elementwise) {
        let gated = ours.gated()
        (gated.to(.float32) * a).sum().backward()
        return gated
      }
      let gate = theirs.narrowed(-1, 0..<width)
      // silu by its definition, x / (1 + e⁻ˣ).
      let expected = gate / ((-gate).exp() + 1) * theirs.narrowed(-1, width..<2 * width)
      (expected * a).sum().backward()
      #expect(gated.shape == Array(half) && gated.type == kernel.type)
      #expect(kernel.agree(gated, expected))
      #expect(kernel.agree(ours.gradient, theirs.gradient))
    }
  }

  @Test func `the gate is silent far below and open far above`() {
    let gated = Tensor([-200, 200, 0, 3, 5, 7] as [Float], shape: [1, 6]).gated()
    #expect(gated.floats == [0, 1000, 0])
  }

  @Test(arguments: KernelCase.all)
  func `embedding picks rows and adds their gradients`(kernel: KernelCase) {
    for (index, width) in [1, 17, 64, 100].enumerated() {
      let table = kernel.random([11, width], seed: UInt64(index))
      let ids = Tensor([3, 0, 10, 3, 3, 0], shape: [2, 3])
      let a = kernel.random([2, 3, width], seed: 77)
      for stored in [ElementType.float32, .bfloat16] {
        let table = table.to(stored).to(.float32)
        let (ours, theirs) = (kernel.leaf(table, as: stored), kernel.leaf(table, as: .float32))
        let rows = kernel.with(.elementwise) {
          let rows = ours.embedded(ids, as: kernel.type)
          (rows.to(.float32) * a).sum().backward()
          return rows
        }
        let expected = theirs.selecting(ids.reshaped([-1]), along: 0).reshaped([2, 3, width])
        (expected * a).sum().backward()
        let looser = KernelCase(isOn: true, type: stored == .bfloat16 ? .bfloat16 : kernel.type)
        #expect(rows.shape == [2, 3, width] && rows.type == kernel.type)
        #expect(looser.agree(rows, expected))
        #expect(ours.gradient?.type == stored)
        #expect(looser.agree(ours.gradient, theirs.gradient))
      }
    }
  }

  @Test func `an embedding adds to the gradient that is there`() {
    let table = KernelCase(isOn: true, type: .float32).leaf(.zeros([3, 2]))
    (table * 5).sum().backward()
    (table.embedded(Tensor([2, 2]), as: .float32) * 2).sum().backward()
    #expect(table.gradient?.floats == [5, 5, 5, 5, 9, 9])
    #expect(table.embedded(Tensor([Int]()), as: .bfloat16).shape == [0, 2])
  }
}
