// Token ids to vectors.

import Torch

/// A table with a row for every token.
struct Embedding {
  let table: Tensor
  let type: ElementType

  init(_ path: String, _ source: WeightSource) {
    table = source.parameters["\(path).weight"]
    type = source.type
  }

  /// The rows of `ids`, `[N]` to `[N, D]`, in the type of the computation.
  func callAsFunction(_ ids: Tensor) -> Tensor { table.embedded(ids, as: type) }
}
