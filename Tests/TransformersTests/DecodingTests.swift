// Decoding with a cache is the whole forward pass, one token at a time.

import TestSupport
import Testing
import Torch
import Transformers

@Suite struct DecodingTests {
  private let rows: [[Int]] = [
    [4, 9, 13, 7, 2, 18, 5, 11], [6, 1, 8, 16, 10, 3, 19, 12], [15, 14, 4, 4, 17, 9, 2, 7],
  ]

  private func hidden(_ model: LanguageModel, _ row: [Int]) -> Tensor {
    model.decoder.hidden(Tensor([row].flatMap(\.self), shape: [1, row.count]))
  }

  private func cache(_ model: LanguageModel, rows: Int, capacity: Int) -> KeyValueCache {
    KeyValueCache(
      model.configuration, rows: rows, capacity: capacity, type: model.decoder.computeType,
      device: .cpu)
  }

  @Test(arguments: ModelGolden.names)
  func `decoding token by token gives the logits of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    let cache = cache(model, rows: 2, capacity: 12)
    let first = model.decoder.prefill(
      golden.tokens.narrowed(1, 0..<4), lengths: [4, 4], cache: cache)
    var steps = [model.logits(first)]
    for place in 4..<12 {
      let ids = Tensor(golden.ids.map { $0[place] })
      steps.append(model.logits(model.decoder.decode(ids, cache: cache)).unsqueezed(1))
    }
    #expect(cache.lengths == [12, 12])
    let logits = Tensor.concatenated(steps, along: 1)
    #expect(largestDifference(logits.floats, golden.logits) < 1e-4)
  }

  @Test func `rows of different lengths each go on at their own place`() {
    let model = tinyPolicy()
    let lengths = [2, 5, 3]
    let padded = rows.enumerated().flatMap { number, row in
      row.prefix(lengths[number]) + Array(repeating: 0, count: 5 - lengths[number])
    }
    let cache = cache(model, rows: 3, capacity: 8)
    let prompts = model.decoder.prefill(
      Tensor(padded, shape: [3, 5]), lengths: lengths, cache: cache)
    for (number, row) in rows.enumerated() {
      let whole = hidden(model, row)
      let length = lengths[number]
      #expect(
        largestDifference(
          prompts.narrowed(0, number..<number + 1).narrowed(1, 0..<length).floats,
          whole.narrowed(1, 0..<length).floats) < 1e-5)
    }
    for step in 0..<3 {
      let ids = rows.enumerated().map { number, row in row[lengths[number] + step] }
      let next = model.decoder.decode(Tensor(ids), cache: cache)
      for (number, row) in rows.enumerated() {
        let place = lengths[number] + step
        #expect(
          largestDifference(
            next.narrowed(0, number..<number + 1).floats,
            hidden(model, row).narrowed(1, place..<place + 1).floats) < 1e-5)
      }
    }
    #expect(cache.lengths == [5, 8, 6])
  }

  @Test func `selected rows go on as if they had been alone`() {
    let model = tinyPolicy(tied: false)
    let cache = cache(model, rows: 2, capacity: 4)
    _ = model.decoder.prefill(
      Tensor(rows[0][0..<4] + rows[1][0..<2] + [0, 0], shape: [2, 4]), lengths: [4, 2],
      cache: cache)
    // Row 1 twice and row 0 once, with room to grow; then the middle row leaves.
    let group = cache.selecting(rows: [1, 0, 1], capacity: 7)
    #expect(group.lengths == [2, 4, 2])
    _ = model.decoder.decode(Tensor([8, rows[0][4], rows[1][2]]), cache: group)
    let rest = group.selecting(rows: [2, 0], capacity: 5)
    let next = model.decoder.decode(Tensor([rows[1][3], 5]), cache: rest)
    #expect(
      largestDifference(
        next.narrowed(0, 0..<1).floats,
        hidden(model, rows[1]).narrowed(1, 3..<4).floats) < 1e-5)
    #expect(
      largestDifference(
        next.narrowed(0, 1..<2).floats,
        hidden(model, [rows[1][0], rows[1][1], 8, 5]).narrowed(1, 3..<4).floats) < 1e-5)
    #expect(cache.lengths == [4, 2])
    #expect(group.lengths == [3, 5, 3])
  }

  @Test func `padding at the end changes nothing before it`() {
    let model = tinyPolicy()
    let padded = model.decoder.hidden(Tensor(rows[0][0..<5] + [0, 0, 0], shape: [1, 8]))
    let short = hidden(model, Array(rows[0][0..<5]))
    #expect(largestDifference(padded.narrowed(1, 0..<5).floats, short.floats) < 1e-5)
  }

  @Test func `decoding records no gradients`() {
    let model = tinyPolicy()
    model.parameters.requireGradients(true)
    let cache = cache(model, rows: 1, capacity: 8)
    let prompt = model.decoder.prefill(Tensor([4, 9], shape: [1, 2]), lengths: [2], cache: cache)
    #expect(!prompt.requiresGradient)
    #expect(!model.decoder.decode(Tensor([3]), cache: cache).requiresGradient)
    #expect(model.decoder.hidden(Tensor([4, 9], shape: [1, 2])).requiresGradient)
  }

  @Test func `a row longer than its cache stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let model = LanguageModel.random(.tiny(), seed: 1)
      let cache = KeyValueCache(
        model.configuration, rows: 1, capacity: 2, type: .float32, device: .cpu)
      _ = model.decoder.prefill(Tensor([4, 9], shape: [1, 2]), lengths: [2], cache: cache)
      _ = model.decoder.decode(Tensor([3]), cache: cache)
    }
  }

  @Test func `a position past the model's last stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let model = LanguageModel.random(.tiny(), seed: 1)
      _ = model.decoder.hidden(.zeros([1, 65], type: .int64))
    }
  }
}
