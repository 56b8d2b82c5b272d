// BatchPacker: sequences of many lengths into padded micro-batches under a budget of positions.
//
// Rows are sorted by length before they are cut, so that little is padding; padding stands at the
// end of a row, where causal attention keeps it from the tokens that count, so no mask is needed.

import Records
import Torch

/// A prompt and the response to be scored or learned, as token ids.
struct TokenSequence {
  var prompt: [Int]
  var response: [Int]

  init(prompt: [Int], response: [Int]) {
    precondition(!prompt.isEmpty && !response.isEmpty, "a sequence needs a prompt and a response")
    self.prompt = prompt
    self.response = response
  }

  init(_ completion: Completion) {
    self.init(prompt: completion.prompt.tokens, response: completion.tokens)
  }

  /// Positions the model reads: the last token is predicted, never read.
  var inputLength: Int { prompt.count + response.count - 1 }
}

/// Rows that go through the model together.
struct MicroBatch {
  /// Which of the packed sequences the rows are.
  let rows: [Int]
  /// `[B, T]`, right-padded with zeros.
  let ids: Tensor
  /// `[P]`, places in the flattened `[B · T]` whose output predicts a response token, row by row.
  let places: Tensor
  /// `[P]`, the response tokens.
  let targets: Tensor

  /// The outputs that predict response tokens: `[P, D]` of hidden states `[B, T, D]`.
  func picking(_ hidden: Tensor) -> Tensor {
    hidden.reshaped([-1, hidden.size(-1)]).selecting(places, along: 0)
  }

  /// Gathers one host value a response token, in the order of the `[P]` axis.
  func flat(_ perSequence: [[Float]]) -> Tensor {
    Tensor(rows.flatMap { perSequence[$0] }, device: ids.device)
  }

  /// Cuts a flat list along the `[P]` axis back into one list a row.
  func split(_ values: [Float], of sequences: [TokenSequence]) -> [(row: Int, values: [Float])] {
    var start = 0
    return rows.map { row in
      let end = start + sequences[row].response.count
      defer { start = end }
      return (row, Array(values[start..<end]))
    }
  }
}

/// Cuts sequences into micro-batches.
struct BatchPacker {
  /// The most positions of a micro-batch, padding included; a longer single row stands alone.
  let tokenBudget: Int
  let device: Device

  func pack(_ sequences: [TokenSequence]) -> [MicroBatch] {
    let order = sequences.indices.sorted {
      (sequences[$0].inputLength, $0) < (sequences[$1].inputLength, $1)
    }
    var batches: [MicroBatch] = []
    var rows: [Int] = []
    for row in order {
      // Sorted by length: the newest row is the longest.
      if !rows.isEmpty && (rows.count + 1) * sequences[row].inputLength > tokenBudget {
        batches.append(batch(rows, of: sequences))
        rows = []
      }
      rows.append(row)
    }
    if !rows.isEmpty { batches.append(batch(rows, of: sequences)) }
    return batches
  }

  private func batch(_ rows: [Int], of sequences: [TokenSequence]) -> MicroBatch {
    let longest = rows.reduce(0) { max($0, sequences[$1].inputLength) }
    var ids: [Int] = []
    var places: [Int] = []
    ids.reserveCapacity(rows.count * longest)
    for (place, row) in rows.enumerated() {
      let sequence = sequences[row]
      ids += sequence.prompt
      ids += sequence.response.dropLast()
      ids += Array(repeating: 0, count: longest - sequence.inputLength)
      let first = place * longest + sequence.prompt.count - 1
      places += first..<first + sequence.response.count
    }
    return MicroBatch(
      rows: rows, ids: Tensor(ids, shape: [rows.count, longest], device: device),
      places: Tensor(places, device: device),
      targets: Tensor(rows.flatMap { sequences[$0].response }, device: device))
  }
}
