// What stands between the products of a transformer, each in one pass over memory and with a
// gradient of one pass. Weights are leaves: their gradients are added to where they gather.

internal import CKernels
internal import CTorch

extension Tensor {
  /// The residual stream with something added, and its RMS norm.
  ///
  ///     sum = x + delta      normed = sum / √(mean sum² + ε) · weight
  ///
  /// The norm is taken of the sum as rounded to the stream's type, and the weight is rounded to that
  /// type too, as separate operators would have it.
  ///
  /// Source: Root Mean Square Layer Normalization, arXiv:1910.07467, equation 4.
  ///
  /// - Parameters:
  ///   - x: `[…, D]`.
  ///   - delta: what is added, `[…, D]`; nil adds nothing, and then the sum is `x` itself.
  ///   - weight: `[D]`, in whatever type it is stored.
  ///   - epsilon: added to the mean square.
  /// - Returns: both, `[…, D]` of the type of `x`.
  public static func addNorm(
    _ x: Tensor, _ delta: Tensor?, weight: Tensor, epsilon: Double
  ) -> (sum: Tensor, normed: Tensor) {
    var (sum, normed): (OpaquePointer?, OpaquePointer?)
    withExtendedLifetime((x, delta, weight)) {
      must(ct_add_norm(x.handle, delta?.handle, weight.handle, epsilon, &sum, &normed))
    }
    return (Tensor(owning: sum), Tensor(owning: normed))
  }

  /// silu(first half) · second half of the last axis: `[…, 2I]` to `[…, I]`.
  ///
  /// Source: GLU Variants Improve Transformer, arXiv:2002.05202, equation 6.
  public func gated() -> Tensor { Tensor(owning: ct_gate(handle)) }

  /// The rows of this table `[V, D]` that `ids` name, as another type: `[…, D]` of `[…]`.
  ///
  /// The gradient adds to the table's rows where they are; no second table is made.
  public func embedded(_ ids: Tensor, as type: ElementType) -> Tensor {
    Tensor(owning: ct_embed(handle, ids.handle, type.code))
  }
}
