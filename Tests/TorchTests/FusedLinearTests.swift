// Products with packed weights, against libtorch's plain operators in float32 on the same numbers.

import Testing
import TestSupport
import Torch

/// A few layers over one input, and what comes back through them.
private struct Layers {
  var inputs: Int
  var outputs: [Int]
  /// Which layers have a bias.
  var biased: [Bool]
  var storage = ElementType.float32
  var compute = ElementType.float32
  var seed: UInt64 = 1

  var width: Int { outputs.reduce(0, +) }
  var weights: [Tensor] {
    outputs.enumerated().map { index, count in
      leaf(.normal([count, inputs], seed: seed * 100 + UInt64(index)), as: storage)
    }
  }
  var biases: [Tensor?] {
    zip(outputs, biased).enumerated().map { index, layer in
      layer.1 ? leaf(.normal([layer.0], seed: seed * 100 + 50 + UInt64(index)), as: storage) : nil
    }
  }
  func rows(_ count: Int, _ width: Int, seed: UInt64) -> Tensor {
    leaf(.normal([count, width], seed: seed), as: compute)
  }
}

private func leaf(_ tensor: Tensor, as type: ElementType) -> Tensor {
  let leaf = tensor.to(type).detached()
  leaf.requiresGradient = true
  return leaf
}

/// How far `tensor` is from `expected`, as a share of the largest number there.
private func distance(_ tensor: Tensor?, _ expected: Tensor?) -> Float {
  guard let tensor, let expected, tensor.shape == expected.shape else { return .infinity }
  let largest = expected.floats.map(abs).max() ?? 0
  let difference = largestDifference(tensor.floats, expected.floats)
  return largest == 0 ? difference : difference / largest
}

@Suite(.serialized) struct FusedLinearTests {
  /// What one product and its backward make: the result, then the gradients of x, of the
  /// weights and of the biases.
  private func passed(_ layers: Layers, rows: Int, times: Int = 1) -> [Tensor?] {
    let (weights, biases) = (layers.weights, layers.biases)
    let x = layers.rows(rows, layers.inputs, seed: 7)
    let coming = layers.rows(rows, layers.width, seed: 9).detached()
    let product = FusedLinear(weights: weights, biases: biases, compute: layers.compute)
    var result: Tensor?
    for _ in 0..<times {
      let output = product(x)
      (output * coming).sum().backward()
      result = output.detached()
    }
    return [result, x.gradient] + weights.map { $0.gradient }
      + biases.map { $0?.gradient }
  }

  /// The same by libtorch's operators in float32, on operands rounded to the compute type.
  private func expected(_ layers: Layers, rows: Int, times: Int = 1) -> [Tensor?] {
    func rounded(_ tensor: Tensor) -> Tensor {
      leaf(tensor.detached().to(layers.compute), as: .float32)
    }
    let weights = layers.weights.map(rounded)
    let biases = layers.biases.map { $0.map { leaf($0.detached(), as: .float32) } }
    let x = rounded(layers.rows(rows, layers.inputs, seed: 7))
    let coming = rounded(layers.rows(rows, layers.width, seed: 9)).detached()
    var result: Tensor?
    for _ in 0..<times {
      let output = Tensor.concatenated(
        zip(weights, biases).map { x.linear($0, bias: $1) }, along: 1)
      (output * coming).sum().backward()
      result = output.detached()
    }
    return [result, x.gradient] + weights.map { $0.gradient }
      + biases.map { $0?.gradient }
  }

  private func check(_ layers: Layers, rows: Int, times: Int = 1) {
    let found = passed(layers, rows: rows, times: times)
    let wanted = expected(layers, rows: rows, times: times)
    #expect(found.count == wanted.count)
    // Sums of n products err by about √n places of float32; what is stored as bfloat16 is rounded
    // to eight bits, once for every time it is added to.
    let terms = Float(max(layers.inputs, layers.width, rows))
    for (index, (one, other)) in zip(found, wanted).enumerated() where other != nil {
      let bits = one?.type == .bfloat16 || layers.compute == .bfloat16
      let tolerance = bits ? 0.006 * Float(times) : 1e-6 * (4 + terms.squareRoot())
      #expect(
        distance(one, other) < tolerance,
        "\(index) of \(layers.outputs) over \(layers.inputs), \(rows) rows, \(layers.compute)")
    }
    #expect(zip(found, wanted).allSatisfy { ($0 == nil) == ($1 == nil) })
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `awkward shapes give what plain operators give`(_ compute: ElementType) {
    for (rows, inputs, output) in [
      (1, 1, 1), (1, 65, 63), (2, 63, 129), (7, 64, 64), (13, 130, 1), (63, 1, 65), (65, 129, 65),
      (129, 31, 3),
    ] {
      check(
        Layers(inputs: inputs, outputs: [output], biased: [true], compute: compute), rows: rows)
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `several layers stand beside each other, with a bias or without`(_ compute: ElementType) {
    for biased in [[true, false, true], [false, false, false]] {
      check(
        Layers(inputs: 66, outputs: [64, 1, 67], biased: biased, compute: compute), rows: 20)
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16], [ElementType.float32, .bfloat16])
  func `weights are stored in one type and multiplied in another`(
    _ storage: ElementType, _ compute: ElementType
  ) {
    check(
      Layers(
        inputs: 40, outputs: [70, 9], biased: [true, true], storage: storage, compute: compute),
      rows: 33)
  }

  @Test(arguments: [ElementType.float32, .bfloat16], [ElementType.float32, .bfloat16])
  func `sums too long for one block go on in the next`(
    _ storage: ElementType, _ compute: ElementType
  ) {
    // Over the inputs, over the outputs, and over the rows.
    for (rows, inputs, output) in [(24, 1400, 70), (24, 70, 1400), (1400, 70, 24)] {
      check(
        Layers(
          inputs: inputs, outputs: [output], biased: [true], storage: storage, compute: compute),
        rows: rows)
    }
  }

  @Test(arguments: [(ElementType.float32, 270_001), (.bfloat16, 530_001)])
  func `a layer of very many outputs is packed in blocks for its input's gradient`(
    _ compute: ElementType, _ outputs: Int
  ) {
    let layers = Layers(inputs: 2, outputs: [outputs], biased: [false], compute: compute)
    let weight = layers.weights[0]
    let x = layers.rows(3, 2, seed: 1)
    let coming = layers.rows(3, outputs, seed: 2).detached()
    let output = FusedLinear(weights: [weight], compute: compute)(x)
    (output * coming).sum().backward()
    let rounded = weight.detached().to(compute).to(.float32)
    let expected = coming.to(.float32).matmul(rounded)
    #expect(distance(x.gradient, expected) < (compute == .float32 ? 1e-4 : 0.006))
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `gradients gather over several backwards`(_ compute: ElementType) {
    check(
      Layers(inputs: 33, outputs: [65, 2], biased: [true, true], compute: compute), rows: 9,
      times: 2)
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `no rows are no result and a gradient of zero`(_ compute: ElementType) {
    let layers = Layers(inputs: 5, outputs: [3], biased: [true], compute: compute)
    let found = passed(layers, rows: 0)
    #expect(found[0]?.shape == [0, 3])
    #expect(found[2]?.floats == [Float](repeating: 0, count: 15))
    #expect(found[3]?.floats == [0, 0, 0])
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `a weight changed in place is packed anew, and so is a bias`(_ compute: ElementType) {
    let layers = Layers(inputs: 4, outputs: [2], biased: [true], compute: compute)
    let (weights, biases) = (layers.weights, layers.biases)
    let product = FusedLinear(weights: weights, biases: biases, compute: compute)
    let x = leaf(Tensor([1, 2, 3, 4] as [Float], shape: [1, 4]), as: compute)
    _ = product(x)
    withoutGradient {
      weights[0].copy(from: Tensor([1, 0, 0, 0, 0, 0, 0, 2] as [Float], shape: [2, 4]))
      biases[0]?.copy(from: Tensor([10, 20] as [Float]))
    }
    let output = product(x)
    #expect(output.floats == [11, 28])
    output.sum().backward()
    #expect(x.gradient?.floats == [1, 0, 0, 2])
    x.dropGradient()
    withoutGradient { weights[0].fill(1) }
    product(x).sum().backward()
    #expect(x.gradient?.floats == [2, 2, 2, 2])
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `what was packed may be forgotten, and the layers be gone before the backward`(
    _ compute: ElementType
  ) {
    let layers = Layers(inputs: 3, outputs: [2], biased: [false], compute: compute)
    let weights = layers.weights
    let x = layers.rows(5, 3, seed: 1)
    var product: FusedLinear? = FusedLinear(weights: weights, compute: compute)
    let first = product?(x).floats
    product?.forget()
    let output = product?(x)
    product = nil
    #expect(output?.floats == first)
    output?.sum().backward()
    let sums = x.detached().to(.float32).sum(along: 0).floats
    #expect(largestDifference(weights[0].gradient?.floats ?? [], sums + sums) < 1e-5)
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `a row's result does not depend on the rows beside it`(_ compute: ElementType) {
    // Of so many rows the panels are made for the one product and not kept.
    for inputs in [96, 1500] {
      let layers = Layers(inputs: inputs, outputs: [200], biased: [true], compute: compute)
      let product = FusedLinear(
        weights: layers.weights, biases: layers.biases, compute: compute)
      let x = layers.rows(1100, inputs, seed: 3).detached()
      let (all, wide) = withoutGradient { (product(x), product.wide(x)) }
      #expect(wide.type == .float32)
      for count in [1, 2, 5, 8, 64] {
        let few = x.narrowed(0, 0..<count)
        #expect(
          withoutGradient { product(few) }.floats == all.narrowed(0, 0..<count).floats)
        #expect(product.wide(few).floats == wide.narrowed(0, 0..<count).floats)
      }
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `logits are float32 sums of rounded operands`(_ compute: ElementType) {
    let layers = Layers(inputs: 100, outputs: [77], biased: [false], compute: compute)
    let x = layers.rows(11, 100, seed: 3).detached()
    let product = FusedLinear(weights: layers.weights, compute: compute)
    let expected = x.to(.float32).linear(layers.weights[0].detached().to(compute).to(.float32))
    #expect(distance(product.wide(x), expected) < 1e-5)
    #expect(!product.wide(x).requiresGradient)
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `with the kernel off the same comes of libtorch's operators`(_ compute: ElementType) {
    let layers = Layers(
      inputs: 50, outputs: [30, 40], biased: [true, false], compute: compute)
    let on = passed(layers, rows: 12)
    let off = Kernel.with([.linear], on: false) { passed(layers, rows: 12) }
    for (one, other) in zip(on, off) where other != nil {
      #expect(distance(one, other) < (compute == .float32 ? 1e-5 : 0.02))
      #expect(one?.type == other?.type)
    }
  }

  @Test func `float64 is left to libtorch`() {
    let weight = leaf(.normal([3, 4], seed: 1), as: .float64)
    let x = leaf(.normal([2, 4], seed: 2), as: .float64)
    let product = FusedLinear(weights: [weight], compute: .float64)
    #expect(product(x).doubles == x.linear(weight).doubles)
    #expect(product(x).type == .float64)
  }

  @Test func `frozen weights get no gradient, their input does`() {
    let weight = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let x = leaf(Tensor([1, 1] as [Float], shape: [1, 2]), as: .float32)
    FusedLinear(weights: [weight], compute: .float32)(x).sum().backward()
    #expect(weight.gradient == nil)
    #expect(x.gradient?.floats == [4, 6])
  }

  @Test func `an input that asks for nothing still lets the weights learn`() {
    let weight = leaf(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), as: .float32)
    let x = Tensor([5, 6] as [Float], shape: [1, 2])
    let product = FusedLinear(weights: [weight], compute: .float32)
    product(x).sum().backward()
    #expect(x.gradient == nil)
    #expect(weight.gradient?.floats == [5, 6, 5, 6])
    #expect(!withoutGradient { product(x) }.requiresGradient)
  }

  @Test func `a weight that was computed gets its gradient from autograd`() {
    let half = leaf(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), as: .float32)
    let x = Tensor([5, 6] as [Float], shape: [1, 2])
    FusedLinear(weights: [half * 2], compute: .float32)(x).sum().backward()
    #expect(half.gradient?.floats == [10, 12, 10, 12])
  }
}
