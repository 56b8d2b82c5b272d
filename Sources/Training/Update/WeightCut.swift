// WeightCut: slices of weights that are cut while a model is read or made, so that no process ever holds the
// whole of one that is divided.

import Torch
import Transformers

/// What this process keeps of tensors that have given their memory back before their model is divided.
final class WeightCut {
  private let slices: Slices
  private var kept: [ObjectIdentifier: (tensor: Tensor, slice: Tensor)] = [:]

  /// - Parameter slices: the cut.
  init(_ slices: Slices) { self.slices = slices }

  /// Takes this process's slice of a layer's weight and gives the weight's memory back.
  ///
  /// What belongs to no layer is left alone: output layers and heads are looked at before a model is divided.
  func take(_ name: String, _ tensor: Tensor) {
    guard name.contains(".layers.") else { return }
    kept[ObjectIdentifier(tensor)] = (tensor, withoutGradient { slices.own(tensor) + 0 })
    tensor.vacate()
  }

  /// Makes a tensor without memory, of which this process has a slice already.
  func tensor(like other: Tensor, as type: ElementType, keeping slice: Tensor) -> Tensor {
    let tensor = Tensor.empty(other.shape, type: type, device: other.device)
    tensor.vacate()
    kept[ObjectIdentifier(tensor)] = (tensor, slice)
    return tensor
  }

  /// Hands out the slice of a tensor, once; nil for one that was not cut.
  func slice(of tensor: Tensor) -> Tensor? {
    kept.removeValue(forKey: ObjectIdentifier(tensor))?.slice
  }
}
