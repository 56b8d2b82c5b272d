// Picking elements by their places, and writing in place.

internal import CTorch

extension Tensor {
  /// The slices of `axis` that an int64 list of places names, in its order.
  public func selecting(_ index: Tensor, along axis: Int) -> Tensor {
    Tensor(owning: ct_index_select(handle, Int64(axis), index.handle))
  }

  /// Picks one entry along `axis` for every entry of `index`.
  ///
  /// - Parameters:
  ///   - axis: the axis to pick along; negative counts from the end.
  ///   - index: int64, of this tensor's rank.
  /// - Returns: a tensor of `index`'s shape.
  public func gathered(along axis: Int, at index: Tensor) -> Tensor {
    Tensor(owning: ct_gather(handle, Int64(axis), index.handle))
  }

  /// Overwrites this tensor's memory with another's numbers.
  public func copy(from source: Tensor) { must(ct_copy_(handle, source.handle)) }

  /// Adds another tensor's numbers, in place.
  public func add(_ other: Tensor) { must(ct_add_(handle, other.handle)) }

  /// Multiplies every element by a number, in place.
  public func scale(by factor: Double) { must(ct_mul_scalar_(handle, factor)) }

  /// Sets every element to a number, in place.
  public func fill(_ value: Double) { must(ct_fill_(handle, value)) }
}
