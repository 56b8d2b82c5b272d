// Decoding with a cache is the whole forward pass, one token at a time.

import Testing
import TestSupport
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
    let first = model.decoder.prefill(golden.ids.map { Array($0[..<4]) }, cache: cache)
    var steps = [model.logits(first).unsqueezed(1)]
    for place in 4..<12 {
      let ids = Tensor(golden.ids.map { $0[place] })
      steps.append(model.logits(model.decoder.decode(ids, cache: cache)).unsqueezed(1))
    }
    #expect(cache.lengths == [12, 12])
    let logits = Tensor.concatenated(steps, along: 1)
    let wanted = Tensor(golden.logits, shape: [2, 12, golden.logits.count / 24])
    #expect(largestDifference(logits.floats, wanted.narrowed(1, 3..<12).floats) < 1e-4)
  }

  @Test(arguments: ModelGolden.names)
  func `what prompts begin with alike can be read once`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    let ids = golden.ids
    let prompts = [
      Array(ids[0][..<8]), Array(ids[0][..<5] + ids[1][5..<11]), Array(ids[0][..<6]),
    ]
    func steps(opening: Int) -> [Float] {
      let cache = cache(model, rows: 3, capacity: 12)
      let first = model.decoder.prefill(prompts, opening: opening, cache: cache)
      #expect(cache.lengths == [8, 11, 6])
      let next = model.decoder.decode(Tensor(Array(ids[1][..<3])), cache: cache)
      return first.floats + next.floats
    }
    let apart = steps(opening: 0)
    #expect(largestDifference(steps(opening: 5), apart) < 1e-4)
    #expect(largestDifference(steps(opening: 1), apart) < 1e-4)
    // A row's own part alone is another text.
    let cut = model.decoder.prefill(
      prompts.map { Array($0[5...]) }, cache: cache(model, rows: 3, capacity: 12))
    #expect(largestDifference(cut.floats, Array(apart.prefix(cut.floats.count))) > 1e-2)
  }

  @Test func `rows of different lengths each go on at their own place`() {
    let model = tinyPolicy()
    let lengths = [2, 5, 3]
    let cache = cache(model, rows: 3, capacity: 8)
    let ends = model.decoder.prefill(
      zip(rows, lengths).map { Array($0[..<$1]) }, cache: cache)  // [3, D]
    for (number, row) in rows.enumerated() {
      let end = lengths[number] - 1
      #expect(
        largestDifference(
          ends.narrowed(0, number..<number + 1).floats,
          hidden(model, row).narrowed(1, end..<end + 1).floats) < 1e-5)
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
    _ = model.decoder.prefill([Array(rows[0][..<4]), Array(rows[1][..<2])], cache: cache)
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

  @Test func `rows that leave, join and outgrow their memory disturb no other`() {
    let model = tinyPolicy()
    let cache = cache(model, rows: 3, capacity: 5)
    _ = model.decoder.prefill(
      [Array(rows[0][..<2]), Array(rows[1][..<5]), Array(rows[2][..<3])], cache: cache)
    #expect(cache.isFull)
    // The first row goes and the last takes its place.
    #expect(cache.remove { $0 == 0 } == [2, 1])
    #expect(cache.lengths == [3, 5])
    cache.reserve(rows: 4, capacity: 8)
    #expect(!cache.isFull && cache.capacity == 8 && cache.rowCapacity == 4)
    let other = self.cache(model, rows: 1, capacity: 4)
    _ = model.decoder.prefill([Array(rows[0][..<4])], cache: other)
    cache.append([0, 0], of: other)
    #expect(cache.lengths == [3, 5, 4, 4])
    // Now rows 2, 1, 0 and 0 of the texts; then two of them leave, one of them the last.
    var next = model.decoder.decode(
      Tensor([rows[2][3], rows[1][5], rows[0][4], 3]), cache: cache)
    #expect(cache.remove { [1, 3].contains($0) } == [0, 2])
    next = model.decoder.decode(Tensor([rows[2][4], rows[0][5]]), cache: cache)
    for (place, (row, position)) in [(2, 4), (0, 5)].enumerated() {
      #expect(
        largestDifference(
          next.narrowed(0, place..<place + 1).floats,
          hidden(model, rows[row]).narrowed(1, position..<position + 1).floats) < 1e-5)
    }
    #expect(cache.remove { _ in true }.isEmpty)
    #expect(cache.lengths.isEmpty && !cache.isFull)
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
    let prompt = model.decoder.prefill([[4, 9]], cache: cache)
    #expect(!prompt.requiresGradient)
    #expect(!model.decoder.decode(Tensor([3]), cache: cache).requiresGradient)
    #expect(model.decoder.hidden(Tensor([4, 9], shape: [1, 2])).requiresGradient)
  }

  @Test func `a row longer than its cache stops the program`() async {
    await #expect(processExitsWith: .failure) {
      let model = LanguageModel.random(.tiny(), seed: 1)
      let cache = KeyValueCache(
        model.configuration, rows: 1, capacity: 2, type: .float32, device: .cpu)
      _ = model.decoder.prefill([[4, 9]], cache: cache)
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
