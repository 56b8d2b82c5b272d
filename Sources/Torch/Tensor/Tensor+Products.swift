// Matrix products.

internal import CTorch

extension Tensor {
  /// The matrix product over the last two axes.
  public func matmul(_ other: Tensor) -> Tensor {
    Tensor(owning: ct_matmul(handle, other.handle))
  }

  /// self · weightᵀ + bias.
  ///
  /// - Parameters:
  ///   - weight: `[out, in]`.
  ///   - bias: `[out]`, or none.
  /// - Returns: `[…, out]` of an input `[…, in]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    withExtendedLifetime(bias) {
      Tensor(owning: ct_linear(handle, weight.handle, bias?.handle))
    }
  }
}
