// The same numbers in another arrangement.

internal import CTorch

extension Tensor {
  /// The same elements under another shape; one axis may be -1.
  public func reshaped(_ shape: [Int]) -> Tensor {
    Tensor(owning: ct_reshape(handle, shape.map(Int64.init), Int64(shape.count)))
  }

  /// Repeats axes of length one, without copying; -1 keeps an axis.
  public func expanded(to shape: [Int]) -> Tensor {
    Tensor(owning: ct_expand(handle, shape.map(Int64.init), Int64(shape.count)))
  }

  /// Two axes exchanged, without copying.
  public func transposed(_ first: Int, _ second: Int) -> Tensor {
    Tensor(owning: ct_transpose(handle, Int64(first), Int64(second)))
  }

  /// Laid out in row-major order, copied if it is not.
  public func contiguous() -> Tensor { Tensor(owning: ct_contiguous(handle)) }

  /// A new axis of length one.
  public func unsqueezed(_ axis: Int) -> Tensor {
    Tensor(owning: ct_unsqueeze(handle, Int64(axis)))
  }

  /// An axis of length one taken away.
  public func squeezed(_ axis: Int) -> Tensor { Tensor(owning: ct_squeeze(handle, Int64(axis))) }

  /// A range of an axis, sharing memory.
  public func narrowed(_ axis: Int, _ range: Range<Int>) -> Tensor {
    Tensor(owning: ct_narrow(handle, Int64(axis), Int64(range.lowerBound), Int64(range.count)))
  }

  /// Tensors joined along an axis.
  public static func concatenated(_ tensors: [Tensor], along axis: Int) -> Tensor {
    withExtendedLifetime(tensors) {
      let handles = tensors.map { Optional($0.handle) }
      return Tensor(owning: ct_cat(handles, Int64(handles.count), Int64(axis)))
    }
  }
}
