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

  /// The rows of `ids`, `[…]` to `[…, D]`; rows are cast after they are picked, not the table.
  func callAsFunction(_ ids: Tensor) -> Tensor {
    let rows = table.embedding(ids)
    return rows.type == type ? rows : rows.to(type)
  }
}
