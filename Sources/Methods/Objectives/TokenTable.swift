// TokenTable: what losses read of every response token beside what the model says of it, as columns
// that go to the device together.

public import Torch

/// A number that every response token has.
public enum TokenColumn: Hashable, Sendable {
  /// The token's weight in a mean; 0 where it does not count. See ``LossAggregation``.
  case weight
  /// π_old/μ, truncated: how much the token counts for the policy's gradient alone.
  case importance
  /// log π_old.
  case oldLogProb
  /// log π_ref.
  case referenceLogProb
  /// The advantage.
  case advantage
  /// The weight of imitating the token.
  case imitationWeight
  /// The critic's estimate before the update.
  case value
  /// What the critic is taught.
  case goal
}

/// Columns on the host, one list a sequence.
public struct TokenTable {
  /// The columns in the order they were added.
  public private(set) var columns: [TokenColumn] = []
  private var lists: [[[Float]]] = []

  /// A table of no columns.
  public init() {}

  /// Adds a column.
  ///
  /// - Parameters:
  ///   - column: what it holds.
  ///   - lists: `[T]` a sequence, all columns having the same sequences.
  public mutating func add(_ column: TokenColumn, _ lists: [[Float]]) {
    precondition(!columns.contains(column), "the column \(column) is there already")
    columns.append(column)
    self.lists.append(lists)
  }

  /// The columns of some sequences, their tokens end to end, on a device.
  ///
  /// - Parameters:
  ///   - rows: which sequences, in which order.
  ///   - device: where to.
  /// - Returns: columns of `[P]`, which went to the device in one piece.
  public func gathered(_ rows: [Int], on device: Device) -> TokenColumns {
    let numbers = lists.flatMap { list in rows.flatMap { list[$0] } }
    let tokens = lists.isEmpty ? 0 : numbers.count / lists.count
    return TokenColumns(
      names: columns, numbers: Tensor(numbers, shape: [lists.count, tokens], device: device))
  }
}

/// Columns of a part of a micro-batch, on its device.
public struct TokenColumns {
  let names: [TokenColumn]
  /// `[C, P]`.
  let numbers: Tensor

  /// Whether the column was given.
  public func has(_ column: TokenColumn) -> Bool { names.contains(column) }

  /// `[P]`, a column that was given.
  public subscript(column: TokenColumn) -> Tensor {
    guard let place = names.firstIndex(of: column) else {
      preconditionFailure("this loss reads the column \(column), which nobody gave it")
    }
    return numbers.narrowed(0, place..<place + 1).squeezed(0)
  }

  /// The columns of a part of the tokens.
  public func narrowed(_ range: Range<Int>) -> TokenColumns {
    TokenColumns(names: names, numbers: numbers.narrowed(1, range))
  }
}
