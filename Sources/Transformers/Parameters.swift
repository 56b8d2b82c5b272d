// A model's weights: a table of tensors under their checkpoint names, in a fixed order, written
// out by hand rather than found by reflection.

public import Torch

/// An ordered table of named tensors.
public final class Parameters {
  /// The names, in the model's order; the same order on every run.
  public private(set) var names: [String]
  /// The tensors, in the order of `names`.
  public private(set) var tensors: [Tensor]
  private let places: [String: Int]

  /// A table of these tensors, in this order.
  public init(_ entries: [(name: String, tensor: Tensor)]) {
    names = entries.map(\.name)
    tensors = entries.map(\.tensor)
    places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
  }

  /// The tensor of a name; traps when there is none, for whoever loads a model has checked.
  public subscript(name: String) -> Tensor {
    guard let place = places[name] else { fatalError("no parameter \(name)") }
    return tensors[place]
  }

  /// Whether there is a tensor of that name.
  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// The names with their tensors, in order.
  public var entries: [(name: String, tensor: Tensor)] {
    zip(names, tensors).map { (name: $0, tensor: $1) }
  }

  /// The number of weights.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// The same numbers in memory of their own, without gradients.
  public func copy() -> Parameters { copy(as: nil) }

  /// The same numbers in memory of their own, rounded to an element type.
  public func copy(as type: ElementType?) -> Parameters {
    let copy = copyOfNothing(as: type)
    copy.copy(from: self)
    return copy
  }

  /// Memory of the same names and shapes, not yet written.
  func copyOfNothing(as type: ElementType?) -> Parameters {
    Parameters(
      entries.map { name, tensor in
        (name, Tensor.empty(tensor.shape, type: type ?? tensor.type, device: tensor.device))
      })
  }

  /// Overwrites these numbers with another table's of the same names and shapes.
  public func copy(from source: Parameters) {
    precondition(names == source.names, "tables of different names")
    withoutGradient {
      for (tensor, other) in zip(tensors, source.tensors) { tensor.copy(from: other) }
    }
  }

  /// Asks for gradients of every tensor, or no longer.
  public func requireGradients(_ on: Bool) {
    for tensor in tensors { tensor.requiresGradient = on }
  }
}
