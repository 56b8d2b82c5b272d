// Many numbers in, fewer out.

internal import CTorch

extension Tensor {
  /// The sum of all elements, as a tensor of no axes.
  public func sum() -> Tensor { Tensor(owning: ct_sum(handle)) }

  /// The sum along an axis.
  public func sum(along axis: Int, keeping keep: Bool = false) -> Tensor {
    Tensor(owning: ct_sum_along(handle, Int64(axis), keep))
  }

  /// The mean along an axis.
  public func mean(along axis: Int, keeping keep: Bool = false) -> Tensor {
    Tensor(owning: ct_mean_along(handle, Int64(axis), keep))
  }

  /// The largest along an axis.
  public func maximum(along axis: Int, keeping keep: Bool = false) -> Tensor {
    Tensor(owning: ct_amax_along(handle, Int64(axis), keep))
  }

  /// The place of the largest along an axis; of equals, the first.
  public func argmax(along axis: Int, keeping keep: Bool = false) -> Tensor {
    Tensor(owning: ct_argmax_along(handle, Int64(axis), keep))
  }

  /// True when every element is.
  public func all() -> Bool { Tensor(owning: ct_all(handle)).item != 0 }

  /// exp over its sum along an axis.
  public func softmax(along axis: Int) -> Tensor { Tensor(owning: ct_softmax(handle, Int64(axis))) }

  /// The logarithm of the softmax along an axis.
  public func logSoftmax(along axis: Int) -> Tensor {
    Tensor(owning: ct_log_softmax(handle, Int64(axis)))
  }

  /// The largest along an axis, from the largest down; the order of equals is not said.
  public func largest(_ count: Int, along axis: Int) -> (values: Tensor, indices: Tensor) {
    var values: OpaquePointer?
    var indices: OpaquePointer?
    must(ct_top(handle, Int64(count), Int64(axis), &values, &indices))
    return (Tensor(owning: values), Tensor(owning: indices))
  }
}
