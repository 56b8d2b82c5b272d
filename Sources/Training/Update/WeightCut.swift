// WeightCut: slices of weights that are cut while a model is read or made, so that no process ever holds the
// whole of one that is divided.

import Torch
import Transformers

/// What this process keeps of tensors that have given their memory back before their model is divided.
package final class WeightCut {
  private let slices: Slices
  private let isOnHost: Bool
  private var kept: [ObjectIdentifier: (tensor: Tensor, slice: Tensor)] = [:]

  /// - Parameters:
  ///   - slices: the cut.
  ///   - onHost: whether slices lie in the host's memory, wherever their tensors are.
  init(_ slices: Slices, onHost: Bool) { (self.slices, isOnHost) = (slices, onHost) }

  /// This process's slice of a tensor, in memory of its own.
  func ownSlice(of tensor: Tensor) -> Tensor {
    // A sum with zero, which has no negative one, for the same bits in both places.
    home(slices.own(tensor) + 0, of: tensor)
  }

  /// A slice where it is kept.
  private func home(_ slice: Tensor, of tensor: Tensor) -> Tensor {
    isOnHost ? slice.pinned(for: tensor.device) : slice
  }

  /// Takes this process's slice of a layer's weight and gives the weight's memory back.
  ///
  /// What belongs to no layer is left alone: output layers and heads are looked at before a model is divided.
  func take(_ name: String, _ tensor: Tensor) {
    guard name.contains(".layers.") else { return }
    kept[ObjectIdentifier(tensor)] = (tensor, withoutGradient { ownSlice(of: tensor) })
    tensor.vacate()
  }

  /// Makes a tensor without memory, of which this process has a slice.
  func tensor(like other: Tensor, as type: ElementType, keeping slice: Tensor) -> Tensor {
    let tensor = Tensor.empty(other.shape, type: type, device: other.device)
    tensor.vacate()
    kept[ObjectIdentifier(tensor)] = (tensor, home(slice, of: tensor))
    return tensor
  }

  /// Hands out the slice of a tensor, once; nil for one that was not cut.
  func slice(of tensor: Tensor) -> Tensor? {
    kept.removeValue(forKey: ObjectIdentifier(tensor))?.slice
  }
}
