// Linear layers, and what every layer is made of: weights stored in one type, used in another, and
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
  /// How products have their weights.
  var form = FusedLinear.Form.exact

  /// The same with products that have their weights as they are.
  var exact: WeightSource {
    var source = self
    source.form = .exact
    return source
  }

  /// The tensor of a name, where there is one.
  func optional(_ name: String) -> Tensor? {
    parameters.contains(name) ? parameters[name] : nil
  }
}

/// x · Wᵀ + b, and what adapters add: one layer, or several that read the same input.
struct Linear {
  /// All of the layers as one product.
  let product: FusedLinear
  private let adapters: [LowRank?]
  private let widths: [Int]
  private let type: ElementType

  init(_ paths: [String], _ source: WeightSource) {
    let weights = paths.map { source.parameters["\($0).weight"] }
    product = FusedLinear(
      weights: weights, biases: paths.map { source.optional("\($0).bias") }, compute: source.type,
      form: source.form)
    adapters = paths.map { source.adapter?.layer($0, as: source.type) }
    widths = weights.map { $0.size(0) }
    type = source.type
  }

  /// Whether anything is added to the product.
  var hasAdapter: Bool { adapters.contains { $0 != nil } }

  /// `[N, inputs]` to `[N, outputs]`, the outputs of several layers side by side.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let plain = product(x)
    guard hasAdapter else { return plain }
    let added = zip(adapters, widths).map { adapter, width in
      adapter?(x) ?? Tensor.zeros([x.size(0), width], type: type, device: x.device)
    }
    return plain + (added.count == 1 ? added[0] : Tensor.concatenated(added, along: 1))
  }
}
