// Engine: prompts in, completions with log-probabilities out.
//
// A prompt is computed once and its cache is shared out to the group; all rows decode together;
// rows that have finished leave the batch. Every random number is a function of the sample's
// place, so the batch's layout changes nothing about what is drawn.

public import Records
import Torch
public import Transformers

/// How responses are generated: the YAML section `rollout`, less what belongs to a recipe.
public struct GenerationLimits: Equatable, Sendable {
  /// The most tokens of a response, its stop token included.
  public var maximumLength: Int
  /// The most rows decoded together.
  public var maximumRows: Int

  /// Puts limits together.
  public init(maximumLength: Int, maximumRows: Int = 512) {
    self.maximumLength = maximumLength
    self.maximumRows = maximumRows
  }
}

/// How far a rollout is.
public struct GenerationProgress: Sendable {
  /// Responses finished, of how many.
  public var finished: Int
  /// All responses asked for.
  public var total: Int
  /// Response tokens sampled so far.
  public var tokens: Int

  /// Puts counts together.
  public init(finished: Int, total: Int, tokens: Int) {
    self.finished = finished
    self.total = total
    self.tokens = tokens
  }
}

/// Samples responses from a policy.
public final class Engine {
  private let policy: LanguageModel
  /// What decodes: the policy, or a copy of it without an adapter and in the type it computes in,
  /// so that no step of decoding adds or casts a weight.
  private let model: LanguageModel
  private let stopTokens: Set<Int>
  private let limits: GenerationLimits
  private let decode: ([Int]) -> String

  /// Takes the policy by reference: its weights may change between calls.
  ///
  /// - Parameters:
  ///   - model: the policy.
  ///   - stopTokens: the tokens that end a response; from generation_config.json.
  ///   - limits: lengths and rows.
  ///   - decode: token ids to text, for the completions' text.
  public init(
    model: LanguageModel, stopTokens: [Int], limits: GenerationLimits,
    decode: @escaping ([Int]) -> String
  ) {
    policy = model
    let type = model.decoder.computeType
    let isPlain = model.adapter == nil && model.parameters.tensors.allSatisfy { $0.type == type }
    self.model = isPlain ? model : model.copy(as: type)
    self.stopTokens = Set(stopTokens)
    self.limits = limits
    self.decode = decode
  }

  /// Samples `samples` responses to every prompt.
  ///
  /// - Parameters:
  ///   - prompts: what to answer; their order is the order of the result.
  ///   - samples: responses a prompt.
  ///   - sampling: how tokens are drawn.
  ///   - random: the source of this rollout; prompt place, sample and position are its keys.
  ///   - watch: called after every token of the batch; what it throws ends the rollout.
  /// - Returns: the completions, prompt by prompt, sample by sample.
  public func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    watch: (GenerationProgress) throws -> Void
  ) rethrows -> [Completion] {
    if model !== policy { model.refresh(from: policy) }
    var completions: [Completion] = []
    completions.reserveCapacity(prompts.count * samples)
    let promptsAWave = max(1, limits.maximumRows / samples)
    var start = 0
    while start < prompts.count {
      let wave = Array(prompts[start..<min(start + promptsAWave, prompts.count)])
      let before = GenerationProgress(
        finished: completions.count, total: prompts.count * samples,
        tokens: completions.reduce(0) { $0 + $1.tokens.count })
      completions += try withoutGradient {
        try self.wave(wave, samples, sampling, random, before, watch)
      }
      start += wave.count
    }
    return completions
  }

  /// Samples `samples` responses to every prompt, unwatched.
  public func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource
  ) -> [Completion] {
    complete(prompts, samples: samples, sampling: sampling, random: random) { _ in }
  }

  /// Decodes one batch of groups to its end.
  private func wave(
    _ prompts: [Prompt], _ samples: Int, _ sampling: SamplingSettings, _ random: RandomSource,
    _ before: GenerationProgress, _ watch: (GenerationProgress) throws -> Void
  ) rethrows -> [Completion] {
    var rows = prompts.indices.flatMap { prompt in
      (0..<samples).map { sample in
        Row(
          prompt: prompt, sample: sample, random: random[prompts[prompt].place][sample],
          limit: limits.maximumLength)
      }
    }
    var active = Array(rows.indices)
    var (logits, cache) = prefill(prompts, repeating: samples)
    var progress = before
    let device = model.decoder.device
    while true {
      let uniforms = active.map { rows[$0].random.uniform(at: rows[$0].tokens.count) }
      let (tokens, logProbs) = sample(logits: logits, settings: sampling, uniforms: uniforms)
      for (place, row) in active.enumerated() where !rows[row].isFinished {
        rows[row].append(tokens[place], logProbs[place], stopping: stopTokens)
        progress.tokens += 1
        if rows[row].isFinished { progress.finished += 1 }
      }
      try watch(progress)
      if progress.finished - before.finished == rows.count { break }
      var next = tokens
      compact(&active, &next, &cache, rows)
      let hidden = model.decoder.decode(Tensor(next, device: device), cache: cache)  // [B, D]
      logits = model.logits(hidden)
    }
    return rows.map { completion($0, of: prompts[$0.prompt]) }
  }

  /// The logits after every prompt, and a cache of `samples` rows a prompt.
  private func prefill(
    _ prompts: [Prompt], repeating samples: Int
  ) -> (logits: Tensor, cache: KeyValueCache) {
    let device = model.decoder.device
    let lengths = prompts.map(\.tokens.count)
    let longest = lengths.max() ?? 0
    precondition((lengths.min() ?? 0) > 0, "an empty prompt cannot be answered")
    let ids = prompts.flatMap {
      $0.tokens + Array(repeating: 0, count: longest - $0.tokens.count)
    }
    let groups = KeyValueCache(
      model.configuration, rows: prompts.count, capacity: longest,
      type: model.decoder.computeType, device: device)
    let hidden = model.decoder.prefill(
      Tensor(ids, shape: [prompts.count, longest], device: device), lengths: lengths,
      cache: groups)  // [B, T, D]
    let last = Tensor(
      lengths.enumerated().map { $0.offset * longest + $0.element - 1 }, device: device)
    let ends = hidden.reshaped([-1, hidden.size(-1)]).selecting(last, along: 0)  // [B, D]
    let owners = prompts.indices.flatMap { Array(repeating: $0, count: samples) }
    let logits = model.logits(ends).selecting(Tensor(owners, device: device), along: 0)
    let capacity = capacity(from: longest, limit: longest + limits.maximumLength)
    return (logits, groups.selecting(rows: owners, capacity: capacity))
  }

  /// How many positions a cache grows by when it is full, within what the model can read.
  private static let growth = 64

  private func capacity(from length: Int, limit: Int = .max) -> Int {
    min(length + Self.growth, limit, model.configuration.maximumPositions)
  }

  /// Drops finished rows once they are a quarter of the batch, and grows a cache that is full.
  private func compact(
    _ active: inout [Int], _ next: inout [Int], _ cache: inout KeyValueCache, _ rows: [Row]
  ) {
    let running = active.indices.filter { !rows[active[$0]].isFinished }
    let longest = running.reduce(0) { max($0, cache.lengths[$1]) }
    let isFull = (cache.lengths.max() ?? 0) >= cache.capacity
    guard running.count * 4 <= active.count * 3 || isFull else { return }
    let capacity = isFull ? capacity(from: longest) : cache.capacity
    cache = cache.selecting(rows: running, capacity: capacity)
    next = running.map { next[$0] }
    active = running.map { active[$0] }
  }

  private func completion(_ row: Row, of prompt: Prompt) -> Completion {
    let spoken = row.finish == .stop ? Array(row.tokens.dropLast()) : row.tokens
    return Completion(
      prompt: prompt, sample: row.sample, tokens: row.tokens, logProbs: row.logProbs,
      text: decode(spoken), finish: row.finish ?? .length)
  }
}

/// One response in the making.
private struct Row {
  let prompt: Int
  let sample: Int
  let random: RandomSource
  let limit: Int
  var tokens: [Int] = []
  var logProbs: [Float] = []
  var finish: FinishReason?

  var isFinished: Bool { finish != nil }

  mutating func append(_ token: Int, _ logProb: Float, stopping: Set<Int>) {
    tokens.append(token)
    logProbs.append(logProb)
    if stopping.contains(token) {
      finish = .stop
    } else if tokens.count == limit {
      finish = .length
    }
  }
}
