// The goldens of transformers on a GPU, in float32 through libtorch's operators and in bfloat16
// through flash attention. Skipped where there is no GPU; dev/gpu-check runs them where there is one.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite(.serialized, .enabled(if: Machine.cudaDeviceCount > 0)) struct GPUGoldenTests {
  private let gpu = Device.cuda(0)

  private func policy(_ name: String, _ compute: ElementType = .float32) throws -> LanguageModel {
    try ModelFolder.languageModel(
      at: ModelGolden.folder(name, "policy"), computeType: compute, device: gpu)
  }

  @Test(arguments: ModelGolden.names)
  func `logits and values on a GPU are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let tokens = golden.tokens.to(device: gpu)
    let model = try policy(name)
    let logits = model.logits(model.decoder.hidden(tokens))
    #expect(largestDifference(logits.floats, golden.logits) < 1e-4)
    let critic = try ModelFolder.valueModel(at: ModelGolden.folder(name, "critic"), device: gpu)
    let values = critic.values(critic.decoder.hidden(tokens))
    #expect(largestDifference(values.floats, golden.values) < 1e-4)
  }

  @Test(arguments: ModelGolden.names)
  func `gradients on a GPU are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try policy(name)
    model.parameters.requireGradients(true)
    let logits = model.logits(model.decoder.hidden(golden.tokens.to(device: gpu)))
    ((logits * logits).sum() / Double(logits.count)).backward()
    try compare(model.parameters, golden.logitGradients)
  }

  /// A model whose heads flash attention takes, with shared prompts and, if asked, a window.
  private func wide(window: Int?, on device: Device, _ compute: ElementType) -> LanguageModel {
    var configuration = ModelConfiguration(
      family: window == nil ? .qwen2 : .mistral, vocabularySize: 700, hiddenSize: 64,
      intermediateSize: 96, layerCount: 2, headCount: 4, keyValueHeadCount: 2, headSize: 16,
      maximumPositions: 256, tiesEmbeddings: true, bosToken: 1, eosTokens: [2], padToken: 0)
    configuration.initializerRange = 0.2
    if let window { configuration.slidingWindow = SlidingWindow(length: window, layers: [0, 1]) }
    return LanguageModel.random(
      configuration, seed: 5, type: .float32, computeType: compute, device: device)
  }

  private let segments = [
    RowSegment(start: 0, length: 9),
    RowSegment(start: 9, length: 30, prefixStart: 0, prefixLength: 9),
    RowSegment(start: 39, length: 1, prefixStart: 0, prefixLength: 9),
    RowSegment(start: 40, length: 24),
  ]
  private var ids: [Int] { (0..<64).map { ($0 * 37 + 11) % 700 } }

  /// What a pass over shared prompts makes: log-probabilities, and every weight's gradient.
  private func passed(window: Int?, on device: Device, _ compute: ElementType) throws -> [String:
    [Float]]
  {
    let model = wide(window: window, on: device, compute)
    model.parameters.requireGradients(true)
    let hidden = model.decoder.hidden(Tensor(ids, device: device), segments: segments)
    let targets = Tensor(ids.map { ($0 + 5) % 700 }, device: device)
    let (logProbs, entropy) = model.logProbs(
      of: targets, after: hidden, temperature: 0.7, entropy: true)
    (logProbs.sum() + (try #require(entropy)).sum() * 0.1).backward()
    var result = ["log-probabilities": logProbs.floats]
    for (name, tensor) in model.parameters.entries {
      result[name] = try #require(tensor.gradient).floats
    }
    return result
  }

  /// ‖a - b‖ / ‖b‖.
  private func distance(_ a: [Float], from b: [Float]) -> Double {
    let error = zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    return (error / b.reduce(0) { $0 + Double($1 * $1) }).squareRoot()
  }

  /// What bfloat16 costs is known from the CPU: the GPU may be as far from float32, and half as much
  /// again, as other roundings fall otherwise.
  @Test(arguments: [nil, 7] as [Int?])
  func `attention over shared prompts in bfloat16 errs as much as on the CPU`(window: Int?) throws {
    let exact = try passed(window: window, on: .cpu, .float32)
    let here = try passed(window: window, on: .cpu, .bfloat16)
    for kernels in [true, false] {
      let there = try Kernel.with(on: kernels) { try passed(window: window, on: gpu, .bfloat16) }
      for (name, numbers) in exact {
        let (ours, theirs) = (
          distance(try #require(here[name]), from: numbers),
          distance(try #require(there[name]), from: numbers)
        )
        #expect(theirs < 1.5 * ours, "\(name), kernels \(kernels): \(theirs), on the CPU \(ours)")
      }
      let wide = try Kernel.with(on: kernels) { try passed(window: window, on: gpu, .float32) }
      for (name, numbers) in exact {
        let error = distance(try #require(wide[name]), from: numbers)
        #expect(error < 2e-5, "\(name), kernels \(kernels): \(error)")
      }
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16], [nil, 7] as [Int?])
  func `decoding with a cache on a GPU is the whole sequence`(compute: ElementType, window: Int?) {
    let model = wide(window: window, on: gpu, compute)
    let prompts = [Array(ids[..<5]), Array(ids[20..<31])]
    let cache = KeyValueCache(
      model.configuration, rows: 2, capacity: 12, type: compute, device: gpu)
    var last = model.decoder.prefill(prompts, cache: cache)
    // A group of three: rows are copied, moved and let go as a rollout does.
    let group = KeyValueCache(
      model.configuration, rows: 0, capacity: 24, type: compute, device: gpu)
    group.append([0, 0, 1, 1], of: cache)
    var texts = [prompts[0], prompts[0], prompts[1], prompts[1]]
    for step in 0..<9 {
      if step == 4 {
        let order = group.remove { $0 == 1 }
        texts = order.map { texts[$0] }
        group.reserve(rows: 3, capacity: 40)
      }
      let next = texts.indices.map { ids[40 + step + $0] }
      last = model.decoder.decode(Tensor(next, device: gpu), cache: group)
      for row in texts.indices { texts[row].append(next[row]) }
    }
    let allowed: Float = compute == .float32 ? 1e-4 : 0.1
    for (row, text) in texts.enumerated() {
      let whole = model.decoder.hidden(of: [text]).hidden
      let end = whole.narrowed(0, text.count - 1..<text.count)
      #expect(largestDifference(last.narrowed(0, row..<row + 1).floats, end.floats) < allowed)
    }
  }
}
