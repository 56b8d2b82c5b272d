// BatchPacker: sequences of many lengths into micro-batches of rows without padding. Responses to
// one prompt share its rows, so that a group's prompt is computed once.

import Methods
package import Records
public import Torch

/// A prompt and the response to be scored or learned, as token ids.
public struct TokenSequence {
  /// What was asked.
  public var prompt: [Int]
  /// What was answered.
  public var response: [Int]

  /// Puts a sequence together; neither part may be empty.
  public init(prompt: [Int], response: [Int]) {
    precondition(!prompt.isEmpty && !response.isEmpty, "a sequence needs a prompt and a response")
    self.prompt = prompt
    self.response = response
  }

  package init(_ completion: Completion) {
    self.init(prompt: completion.prompt.tokens, response: completion.tokens)
  }

  /// The tokens of an episode.
  package init(_ episode: GradedEpisode) { self.init(episode.completion) }

  /// The rows a response takes beside its prompt's: its last token is predicted, never read.
  var ownLength: Int { response.count - 1 }
}

/// Texts that go through the model together.
public struct MicroBatch {
  /// Which of the packed sequences they are.
  package let rows: [Int]
  /// `[N]`, prompts and responses end to end.
  package let ids: Tensor
  /// Which of the N rows belong together.
  package let segments: [RowSegment]
  /// `[P]`, the rows whose output predicts a response token, sequence by sequence.
  let places: Tensor
  /// `[P]`, the response tokens.
  let targets: Tensor

  /// The outputs that predict response tokens: `[P, D]` of hidden states `[N, D]`.
  func picking(_ hidden: Tensor) -> Tensor { hidden.selecting(places, along: 0) }

  /// A table's columns for the batch's tokens, in the order of the `[P]` axis.
  func columns(of table: TokenTable) -> TokenColumns { table.gathered(rows, on: ids.device) }

  /// The mean of a quantity `[P]` over each sequence's tokens, repeated for each of them, `[P]`.
  func sequenceMeans(_ terms: Tensor, of sequences: [TokenSequence]) -> Tensor {
    var start = 0
    let means = rows.map { row in
      let range = start..<start + sequences[row].response.count
      start = range.upperBound
      return terms.narrowed(0, range).mean(along: 0, keeping: true).expanded(to: [range.count])
    }
    return Tensor.concatenated(means, along: 0)
  }

  /// Cuts a flat list along the `[P]` axis back into one list a sequence.
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
public struct BatchPacker {
  /// The most rows of a micro-batch; a longer single text stands alone.
  let tokenBudget: Int
  let device: Device

  /// Takes the most rows of a micro-batch, and where its tensors go.
  public init(tokenBudget: Int, device: Device) {
    self.tokenBudget = tokenBudget
    self.device = device
  }

  /// Packs every sequence once, those of one prompt next to each other.
  ///
  /// - Parameter sequences: in any order.
  /// - Returns: micro-batches, whose `rows` say which sequences they hold.
  public func pack(_ sequences: [TokenSequence]) -> [MicroBatch] {
    var batches: [MicroBatch] = []
    var batch = Filling()
    for group in groups(sequences) {
      for (place, row) in group.enumerated() {
        let sequence = sequences[row]
        let isFirst = place == 0 || batch.rows.isEmpty
        let added = sequence.ownLength + (isFirst ? sequence.prompt.count : 0)
        if !batch.rows.isEmpty && batch.ids.count + added > tokenBudget {
          batches.append(batch.finished(on: device))
          batch = Filling()
        }
        if isFirst || batch.rows.isEmpty { batch.begin(sequence.prompt) }
        batch.add(row, sequence.response)
      }
    }
    if !batch.rows.isEmpty { batches.append(batch.finished(on: device)) }
    return batches
  }

  /// The sequences of each prompt, prompts in the order they first come.
  private func groups(_ sequences: [TokenSequence]) -> [[Int]] {
    var groups: [[Int]] = []
    var places: [[Int]: Int] = [:]
    for (row, sequence) in sequences.enumerated() {
      if let place = places[sequence.prompt] {
        groups[place].append(row)
      } else {
        places[sequence.prompt] = groups.count
        groups.append([row])
      }
    }
    return groups
  }
}

/// A micro-batch in the making.
private struct Filling {
  var rows: [Int] = []
  var ids: [Int] = []
  private var segments: [RowSegment] = []
  private var places: [Int] = []
  private var targets: [Int] = []
  private var prompt = 0..<0

  /// Lays down a prompt, which the responses that follow share.
  mutating func begin(_ tokens: [Int]) {
    prompt = ids.count..<ids.count + tokens.count
    segments.append(RowSegment(start: prompt.lowerBound, length: prompt.count))
    ids += tokens
  }

  /// Lays down a response to the newest prompt.
  mutating func add(_ row: Int, _ response: [Int]) {
    rows.append(row)
    places.append(prompt.upperBound - 1)
    places += ids.count..<ids.count + response.count - 1
    targets += response
    guard response.count > 1 else { return }
    segments.append(
      RowSegment(
        start: ids.count, length: response.count - 1, prefixStart: prompt.lowerBound,
        prefixLength: prompt.count))
    ids += response.dropLast()
  }

  func finished(on device: Device) -> MicroBatch {
    MicroBatch(
      rows: rows, ids: Tensor(ids, device: device), segments: segments,
      places: Tensor(places, device: device), targets: Tensor(targets, device: device))
  }
}
