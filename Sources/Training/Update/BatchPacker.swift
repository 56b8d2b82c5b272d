// BatchPacker: sequences of many lengths into micro-batches of rows without padding. Responses to
// one prompt share its rows, so that a group's prompt is computed once.

import Methods
import Ranks
public import Records
public import Torch
import Transformers

/// A prompt and the response to be scored or learned, as token ids.
public struct TokenSequence {
  /// What was asked.
  public var prompt: [Int]
  /// What was answered.
  public var response: [Int]
  /// What the response's tokens were drawn from; nil: the whole vocabulary.
  public var mask: SamplingMask?

  /// Puts a sequence together; neither part may be empty, and a mask is one of all the response.
  public init(prompt: [Int], response: [Int], mask: SamplingMask? = nil) {
    precondition(!prompt.isEmpty && !response.isEmpty, "a sequence needs a prompt and a response")
    precondition(mask?.lengths.count ?? response.count == response.count, "another response's mask")
    self.prompt = prompt
    self.response = response
    self.mask = mask
  }

  package init(_ completion: Completion) {
    self.init(
      prompt: completion.prompt.tokens, response: completion.tokens, mask: completion.mask)
  }

  /// The tokens of an episode.
  package init(_ episode: GradedEpisode) { self.init(episode.completion) }

  /// The rows a response takes beside its prompt's: its last token is predicted, never read.
  var ownLength: Int { response.count - 1 }

  /// The tokens of prompt and response.
  var length: Int { prompt.count + response.count }
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
  /// `[P]`, what they were drawn from; nil where all are from the whole vocabulary.
  let masks: RowMasks?

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
  /// How the sequences are shared out over processes.
  let division: Division

  /// Takes the most rows of a micro-batch, where its tensors go, and who has a share of them.
  public init(tokenBudget: Int, device: Device, division: Division = Division()) {
    self.tokenBudget = tokenBudget
    self.device = device
    self.division = division
  }

  /// Packs every sequence once, those of one prompt next to each other.
  ///
  /// - Parameter sequences: in any order.
  /// - Returns: micro-batches, whose `rows` say which sequences they hold.
  public func pack(_ sequences: [TokenSequence]) -> [MicroBatch] {
    pack(sequences, rows: Array(sequences.indices))
  }

  /// Packs some of the sequences; the micro-batches' `rows` count all of them.
  private func pack(_ sequences: [TokenSequence], rows: [Int]) -> [MicroBatch] {
    plan(sequences, rows).map { $0.finished(on: device) }
  }

  private func plan(_ sequences: [TokenSequence], _ rows: [Int]) -> [Filling] {
    var batches: [Filling] = []
    var batch = Filling()
    for group in groups(sequences, rows) {
      for (place, row) in group.enumerated() {
        let sequence = sequences[row]
        let isFirst = place == 0 || batch.rows.isEmpty
        let added = sequence.ownLength + (isFirst ? sequence.prompt.count : 0)
        if !batch.rows.isEmpty && batch.ids.count + added > tokenBudget {
          batches.append(batch)
          batch = Filling()
        }
        if isFirst || batch.rows.isEmpty { batch.begin(sequence.prompt) }
        batch.add(row, sequence)
      }
    }
    if !batch.rows.isEmpty { batches.append(batch) }
    return batches
  }

  /// The rows of all micro-batches of all processes.
  func rowCount(of sequences: [TokenSequence]) -> Int {
    dealt(sequences).reduce(0) { sum, grain in
      sum + plan(sequences, grain).reduce(0) { $0 + $1.ids.count }
    }
  }

  /// The micro-batches of this process's grains, made as they are asked for.
  func ownBatches(
    _ sequences: [TokenSequence], _ dealt: [[Int]]
  ) -> some Sequence<(grain: Int, batches: [MicroBatch])> {
    division.own.lazy.map { ($0, pack(sequences, rows: dealt[$0])) }
  }

  /// How many micro-batches every grain has.
  func batchCounts(_ sequences: [TokenSequence], _ dealt: [[Int]]) -> [Int] {
    dealt.map { plan(sequences, $0).count }
  }

  /// One of the micro-batches of a grain.
  func batch(_ number: Int, of grain: [Int], in sequences: [TokenSequence]) -> MicroBatch {
    plan(sequences, grain)[number].finished(on: device)
  }

  /// The sequences of each prompt, prompts in the order they first come.
  private func groups(_ sequences: [TokenSequence], _ rows: [Int]) -> [[Int]] {
    var groups: [[Int]] = []
    var places: [[Int]: Int] = [:]
    for row in rows {
      let prompt = sequences[row].prompt
      if let place = places[prompt] {
        groups[place].append(row)
      } else {
        places[prompt] = groups.count
        groups.append([row])
      }
    }
    return groups
  }

  /// The sequences of every grain: of one prompt together, unless they are more than a grain's part.
  package func dealt(_ sequences: [TokenSequence]) -> [[Int]] {
    let all = Array(sequences.indices)
    guard division.grains > 1 else { return [all] }
    let groups = groups(sequences, all)
    func cost(_ rows: [Int]) -> Double {
      rows.reduce(Double(sequences[rows[0]].prompt.count)) { sum, row in
        // A token costs its products, and attention to what stands before it.
        let (own, whole) = (sequences[row].response.count, sequences[row].length)
        return sum + Double(own) * (1 + Double(whole) / Self.attentionLength)
      }
    }
    let part = groups.reduce(0) { $0 + cost($1) } / Double(division.grains)
    let pieces = groups.flatMap { cost($0) <= part ? [$0] : $0.map { [$0] } }
    return division.dealt(pieces.map(cost)).map { $0.flatMap { pieces[$0] }.sorted() }
  }

  /// About where a token's attention costs as much as its products, in models of a usual width.
  private static let attentionLength = 16_384.0
}

/// A micro-batch in the making.
private struct Filling {
  var rows: [Int] = []
  var ids: [Int] = []
  private var segments: [RowSegment] = []
  private var places: [Int] = []
  private var targets: [Int] = []
  private var masks: SamplingMask?
  private var prompt = 0..<0

  /// Lays down a prompt, which the responses that follow share.
  mutating func begin(_ tokens: [Int]) {
    prompt = ids.count..<ids.count + tokens.count
    segments.append(RowSegment(start: prompt.lowerBound, length: prompt.count))
    ids += tokens
  }

  /// Lays down a response to the newest prompt.
  mutating func add(_ row: Int, _ sequence: TokenSequence) {
    let response = sequence.response
    if let mask = sequence.mask {
      // Responses that have none may stand before one that has.
      if masks == nil { masks = .whole(targets.count) }
      masks?.append(mask)
    } else {
      masks?.append(.whole(response.count))
    }
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
      places: Tensor(places, device: device), targets: Tensor(targets, device: device),
      masks: masks.map { RowMasks(lengths: $0.lengths, words: $0.words) })
  }
}
