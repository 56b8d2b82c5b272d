// The update rule, and the norm that clips it: each one pass over all parameters.

internal import CKernels
internal import CTorch

/// Moments of zero, in eight bits a number and a float32 for every 256: a quarter of float32's size.
///
/// A number is off by a sixteenth at most, at random, so that its mean is exact.
///
/// - Parameters:
///   - count: the elements of the parameter.
///   - device: where the parameter lives.
/// - Returns: for ``adamWStep(parameters:gradients:first:second:offsets:step:scale:rate:betas:weightDecay:epsilon:)``,
///   either of its moments, when the other is such a tensor too.
public func compactMoment(count: Int, device: Device = .cpu) -> Tensor {
  Tensor.zeros([(count + 255) / 256, 256 + 4], type: .uint8, device: device)
}

/// One AdamW step, in place.
///
/// Parameters, gradients and moments may each be float32 or bfloat16, and moments such as
/// ``compactMoment(count:device:)`` makes; the arithmetic is float32. On a CPU with the optimizer's
/// kernel, what is kept in fewer bits is rounded up or down at random, so that
/// its mean is exact: steps too small for its last place are not lost. The random bits are a function
/// of `step` and the place in the lists, so a run repeats bit for bit. Elsewhere it is rounded to the
/// nearest.
///
/// Source: Decoupled Weight Decay Regularization, arXiv:1711.05101, algorithm 2.
///
/// - Parameters:
///   - parameters: what moves.
///   - gradients: one for each parameter.
///   - first: the running means of the gradients.
///   - second: the running means of their squares.
///   - offsets: where a parameter is a stretch of a longer one, how many elements come before it, a multiple
///     of 256: the random bits are then those of the longer one. Nil where all are whole.
///   - step: the number of this step, from 1.
///   - scale: what every gradient is multiplied by first; clipping makes it less than one.
///   - rate: the learning rate of this step.
///   - betas: β₁ and β₂, how slowly the two moments forget.
///   - weightDecay: the decoupled weight decay, times the learning rate.
///   - epsilon: added to the root of the second moment.
public func adamWStep(
  parameters: [Tensor], gradients: [Tensor], first: [Tensor], second: [Tensor],
  offsets: [Int]? = nil, step: Int,
  scale: Double = 1, rate: Double, betas: [Double], weightDecay: Double, epsilon: Double
) {
  precondition(betas.count == 2, "two betas")
  precondition(
    parameters.count == gradients.count && gradients.count == first.count
      && first.count == second.count, "one gradient and two moments a parameter")
  let offsets = offsets ?? Array(repeating: 0, count: parameters.count)
  precondition(offsets.count == parameters.count, "one offset a parameter")
  withExtendedLifetime((parameters, gradients, first, second)) {
    must(
      ct_adamw_step(
        parameters.map { $0.handle }, gradients.map { $0.handle }, first.map { $0.handle },
        second.map { $0.handle }, offsets.map { Int64($0) }, Int64(parameters.count), Int64(step),
        scale, rate, betas[0],
        betas[1], weightDecay, epsilon))
  }
}

/// The sums of squares of tensors, in float64.
///
/// - Parameter tensors: of any shapes and types.
/// - Returns: of every 256 elements of a tensor one sum, from its first element on; on a GPU one of each
///   tensor.
public func squareSums(_ tensors: [Tensor]) -> [Double] {
  withExtendedLifetime(tensors) {
    Tensor(owning: ct_square_sums(tensors.map { $0.handle }, Int64(tensors.count))).doubles
  }
}

/// The Euclidean norm over all elements of all tensors.
///
/// Sums of squares are added so that their order does not count: whoever has the same blocks of 256 elements
/// has the same bits, however they are shared out.
///
/// - Parameters:
///   - tensors: what this process has.
///   - largest: the largest number that any process has; called once, with this one's.
///   - sum: the sum of what all processes have; called at most once, with this one's.
/// - Returns: the norm; infinite or NaN where a number is.
public func totalNorm(
  _ tensors: [Tensor], largest: (Double) -> Double = { $0 }, sum: (Int128) -> Int128 = { $0 }
) -> Double {
  let sums = squareSums(tensors)
  // A NaN is larger than everything.
  let top = largest(sums.reduce(0) { $0.isNaN || $0 > $1 ? $0 : $1 })
  guard top > 0, top.isFinite else { return top.squareRoot() }
  // Whole numbers of a unit so small that the largest has ninety bits: 2³⁶ of them can be added.
  let scale = min(90 - Int(top.exponent), 1000)
  let unit = Double(sign: .plus, exponent: scale, significand: 1)
  let units = sum(sums.reduce(into: Int128(0)) { $0 += Int128(($1 * unit).rounded()) })
  return (Double(units) / unit).squareRoot()
}
