// Linear layers that read the same input, as one product with packed weights.

internal import CKernels
internal import CTorch

/// One linear layer, or several over the same input (queries, keys and values; gate and up): one
/// product whose weights are packed for the CPU once and used until they change.
///
/// The weights stay the tensors they are, in the type they are stored in. Where the kernel runs,
/// their gradients are added straight to where they gather, so that none of a weight's size is ever
/// in between.
///
/// A row of the result does not depend on how many rows there are.
public final class FusedLinear {
  /// How products have the weights.
  public enum Form: Sendable {
    /// In the compute type.
    case exact
    /// As whole numbers from -127 to 127 with a scale an output, and inputs as whole numbers too, of ten to sixteen
    /// bits with a scale a row: for drawing, without gradients.
    ///
    ///     y = s_x · s_w · Σ q_x q_w + b      s_w = max |w| / 127
    ///
    /// The sum is exact. Weights are rounded from how they are stored. Source: arXiv:2208.07339, section 2.1, where
    /// inputs have eight bits too.
    case eightBit
  }

  let handle: OpaquePointer

  /// Shares the weights and biases.
  ///
  /// - Parameters:
  ///   - weights: `[out, in]` each, all of the same `in`.
  ///   - biases: `[out]` each, nil where a layer has none; or an empty list.
  ///   - compute: the type of inputs and results; weights are rounded to it.
  ///   - form: how products have the weights.
  public init(
    weights: [Tensor], biases: [Tensor?] = [], compute: ElementType, form: Form = .exact
  ) {
    precondition(biases.isEmpty || biases.count == weights.count, "one bias a weight, or none")
    let all = biases.isEmpty ? [Tensor?](repeating: nil, count: weights.count) : biases
    let made = withExtendedLifetime((weights, all)) {
      ct_linear_make(
        weights.map { $0.handle }, all.map { $0?.handle }, Int64(weights.count), compute.code,
        form == .eightBit)
    }
    guard let made else { fatalError("FusedLinear: \(String(cString: ct_last_error()))") }
    handle = made
  }

  deinit { ct_linear_release(handle) }

  /// x · Wᵀ + b, the layers' results beside each other.
  ///
  /// - Parameter x: `[N, in]` of the compute type.
  /// - Returns: `[N, all outs]` of the compute type.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    withExtendedLifetime(x) { Tensor(owning: ct_linear_apply(handle, x.handle)) }
  }

  /// The same as float32, without gradients: logits.
  public func wide(_ x: Tensor) -> Tensor {
    withExtendedLifetime(x) { Tensor(owning: ct_linear_apply_wide(handle, x.handle)) }
  }

  /// Drops the packed weights and gives their memory back; the next use packs them again.
  public func forget() { ct_linear_forget(handle) }
}
