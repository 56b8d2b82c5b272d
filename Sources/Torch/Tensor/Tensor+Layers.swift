// Matrix products, attention, and the layers libtorch has as one call.

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

  /// The rows of this table `[V, D]` that `ids` name: `[…, D]`.
  public func embedding(_ ids: Tensor) -> Tensor {
    Tensor(owning: ct_embedding(handle, ids.handle))
  }

  /// x / √(mean x² + ε) · weight over the last axis.
  public func rmsNormalized(_ weight: Tensor, epsilon: Double) -> Tensor {
    Tensor(owning: ct_rms_norm(handle, weight.handle, epsilon))
  }
}

/// softmax(query · keyᵀ / √K) · value, by libtorch's fused kernels.
///
/// - Parameters:
///   - query: `[B, H, T, K]`.
///   - key: `[B, G, S, K]`, G the number of key-value heads, a divisor of H.
///   - value: `[B, G, S, K]`.
///   - mask: bool, broadcastable to `[B, H, T, S]`, true where a key may be seen; nil sees all.
///   - causal: query t sees keys up to t; not together with `mask`.
/// - Returns: `[B, H, T, K]`.
public func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, causal: Bool = false
) -> Tensor {
  let grouped = query.size(1) != key.size(1)
  return withExtendedLifetime(mask) {
    Tensor(
      owning: ct_attention(
        query.handle, key.handle, value.handle, mask?.handle, causal, grouped))
  }
}
