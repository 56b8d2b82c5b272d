// A linear layer, and the weight that every layer holds: stored in one type, used in another.

import Torch

/// A weight in its storage type that is handed out in the type of the computation.
///
/// The cast is part of the graph, so gradients arrive in the storage type.
struct Weight {
  let stored: Tensor
  private let cast: ElementType?

  init(_ stored: Tensor, as type: ElementType) {
    self.stored = stored
    cast = stored.type == type ? nil : type
  }

  var value: Tensor {
    guard let cast else { return stored }
    return stored.to(cast)
  }
}

/// x · Wᵀ + b.
struct Linear {
  let weight: Weight
  let bias: Weight?

  init(_ key: String, _ parameters: Parameters, _ type: ElementType) {
    weight = Weight(parameters["\(key).weight"], as: type)
    bias =
      parameters.contains("\(key).bias") ? Weight(parameters["\(key).bias"], as: type) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight.value, bias: bias?.value) }
}
