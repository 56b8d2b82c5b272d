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
  let handle: OpaquePointer

  /// Shares the weights and biases.
  ///
  /// - Parameters:
  ///   - weights: `[out, in]` each, all of the same `in`.
  ///   - biases: `[out]` each, nil where a layer has none; or an empty list.
  ///   - compute: the type of inputs and results; weights are rounded to it.
  public init(weights: [Tensor], biases: [Tensor?] = [], compute: ElementType) {
    precondition(biases.isEmpty || biases.count == weights.count, "one bias a weight, or none")
    let all = biases.isEmpty ? [Tensor?](repeating: nil, count: weights.count) : biases
    let made = withExtendedLifetime((weights, all)) {
      ct_linear_make(
        weights.map { $0.handle }, all.map { $0?.handle }, Int64(weights.count), compute.code)
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
