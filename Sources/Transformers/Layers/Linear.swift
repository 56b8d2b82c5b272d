// A linear layer, and what every layer is made of: weights stored in one type, used in another, and
// perhaps an adapter beside them.

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

/// Where layers find their weights.
struct WeightSource {
  let parameters: Parameters
  let adapter: Adapter?
  /// The type of the computation.
  let type: ElementType

  /// The weight of a name, which must be there.
  func weight(_ name: String) -> Weight { Weight(parameters[name], as: type) }

  /// The weight of a name, where there is one.
  func optional(_ name: String) -> Weight? { parameters.contains(name) ? weight(name) : nil }
}

/// x · Wᵀ + b, and what an adapter adds.
struct Linear {
  let weight: Weight
  let bias: Weight?
  let adapter: LowRank?

  init(_ path: String, _ source: WeightSource) {
    weight = source.weight("\(path).weight")
    bias = source.optional("\(path).bias")
    adapter = source.adapter?.layer(path, as: source.type)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let plain = x.linear(weight.value, bias: bias?.value)
    guard let adapter else { return plain }
    return plain + adapter(x)
  }
}
