// Engine: prompts in, completions with log-probabilities out.
//
// A prompt is computed once and its cache is shared out to the group; what all prompts begin with, as a
// chat template's first message, is computed once for those that are read together; all rows decode
// together; rows that have finished leave, and waiting prompts take their places. Every random number is a function
// of the sample's place, so the batch's layout changes nothing about what is drawn.

public import Records
public import Torch
public import Transformers

/// How responses are generated: the YAML section `rollout`, less what belongs to a recipe.
public struct GenerationLimits: Equatable, Sendable {
  /// The most tokens of a response, its stop token included.
  public var maximumLength: Int
  /// The most rows decoded together.
  public var maximumRows: Int
  /// The bytes of keys and values up to which memory is taken at once for all that the rows may come
  /// to need; beyond, it grows with them.
  public var cacheBytes: Int
  /// The most bytes of keys and values that rows decoded together may come to need; of a row that alone
  /// needs more, one is decoded at a time.
  public var mostCacheBytes: Int
  /// The most bytes of logits that are there at once, beyond one row's.
  public var logitBytes: Int

  /// Puts limits together.
  public init(
    maximumLength: Int, maximumRows: Int = 512, cacheBytes: Int = 128 << 20,
    mostCacheBytes: Int = .max, logitBytes: Int = 128 << 20
  ) {
    self.maximumLength = maximumLength
    self.maximumRows = maximumRows
    self.cacheBytes = cacheBytes
    self.mostCacheBytes = mostCacheBytes
    self.logitBytes = logitBytes
  }
}

/// A prompt as somebody asks it, outside of training.
public struct Question: Sendable {
  /// Token ids, at least one.
  public var tokens: [Int]
  /// The most tokens of each response.
  public var limit: Int
  /// What its responses are drawn with; sample and position are its keys.
  public var random: RandomSource

  /// Puts a question together.
  public init(tokens: [Int], limit: Int, random: RandomSource) {
    self.tokens = tokens
    self.limit = limit
    self.random = random
  }
}

/// A token that a response has just got.
public struct DrawnToken: Equatable, Sendable {
  /// The index of the question.
  public var question: Int
  /// Which of the question's responses.
  public var sample: Int
  /// The token's id; the last of a response that has ended by itself is its stop token.
  public var token: Int
  /// Why the response ends here; nil when it may go on.
  public var finish: FinishReason?
}

/// Samples responses from a policy.
public final class Engine {
  private let policy: LanguageModel
  /// Where the policy has an adapter: a copy with the adapter merged into its weights, so that no step of
  /// decoding adds it.
  private let copy: LanguageModel?
  /// What decodes: the policy or the copy, its products in the form that was asked for.
  private let model: LanguageModel
  private let stopTokens: Set<Int>
  private let limits: GenerationLimits
  private let decode: ([Int]) -> String

  /// Takes the policy by reference: its weights may change between calls.
  ///
  /// - Parameters:
  ///   - model: the policy.
  ///   - stopTokens: the tokens that end a response, from generation_config.json; without any, every
  ///     response goes to its limit.
  ///   - limits: lengths and rows.
  ///   - form: how products have the weights while decoding.
  ///   - decode: token ids to text, for the completions' text.
  public convenience init(
    model: LanguageModel, stopTokens: [Int], limits: GenerationLimits,
    form: FusedLinear.Form = .exact, decode: @escaping ([Int]) -> String
  ) {
    let copy = model.adapter == nil ? nil : model.copy(as: model.decoder.computeType)
    self.init(model, copy, Set(stopTokens), limits, form, decode)
  }

  private init(
    _ policy: LanguageModel, _ copy: LanguageModel?, _ stopTokens: Set<Int>,
    _ limits: GenerationLimits, _ form: FusedLinear.Form, _ decode: @escaping ([Int]) -> String
  ) {
    self.policy = policy
    self.copy = copy
    let plain = copy ?? policy
    model = form == .exact ? plain : plain.inEightBits
    self.stopTokens = stopTokens
    self.limits = limits
    self.decode = decode
  }

  /// The same engine with the weights as they are; shares a merged copy with this one.
  public var exact: Engine { Engine(policy, copy, stopTokens, limits, .exact, decode) }

  /// Drops what was packed of the weights, by the exact engine beside it too; the next rollout packs it again.
  public func forgetPanels() {
    model.forgetPanels()
    (copy ?? policy).forgetPanels()
  }

  /// Samples `samples` responses to every prompt.
  ///
  /// - Parameters:
  ///   - prompts: what to answer; their order is the order of the result.
  ///   - samples: responses a prompt.
  ///   - sampling: how tokens are drawn.
  ///   - random: the source of this rollout; prompt place, sample and position are its keys.
  ///   - lengths: the most tokens of single responses, by the prompt's index in `prompts` and the
  ///     sample; never more than the limits allow. Nil leaves all of them the limits' length.
  ///   - keepsMasks: whether completions keep what their tokens were drawn from.
  ///   - opening: how many tokens all prompts begin with, of the rollout of which these are a part, from
  ///     ``sharedOpening(of:)``; nil where these are all.
  ///   - watch: called after every step of the batch; what it throws ends the rollout.
  /// - Returns: the completions, prompt by prompt, sample by sample.
  public func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    lengths: ((_ prompt: Int, _ sample: Int) -> Int)? = nil, keepsMasks: Bool = false,
    opening: Int? = nil, watch: (GenerationProgress) throws -> Void
  ) rethrows -> [Completion] {
    let rollout = begin(
      prompts, samples: samples, sampling: sampling, random: random, lengths: lengths,
      keepsMasks: keepsMasks, opening: opening)
    while !rollout.isDone {
      rollout.advance()
      try watch(rollout.progress)
    }
    return rollout.completions
  }

  /// Begins a rollout that the caller drives, step by step.
  ///
  /// The policy's weights must stay as they are until it is done.
  ///
  /// - Parameters: as ``complete(_:samples:sampling:random:lengths:keepsMasks:opening:watch:)`` has them.
  /// - Returns: the rollout, nothing sampled yet.
  public func begin(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    lengths: ((_ prompt: Int, _ sample: Int) -> Int)? = nil, keepsMasks: Bool = false,
    opening: Int? = nil
  ) -> RunningRollout {
    copy?.refresh(from: policy)
    var waiting: [Response] = []
    waiting.reserveCapacity(prompts.count * samples)
    for (index, prompt) in prompts.enumerated() {
      let source = random[prompt.place]
      for sample in 0..<samples {
        let wanted = lengths?(index, sample) ?? limits.maximumLength
        waiting.append(
          Response(
            prompt: index, sample: sample, random: source[sample],
            limit: max(1, min(wanted, limits.maximumLength))))
      }
    }
    return RunningRollout(
      Rollout(
        model: model, prompts: prompts.map(\.tokens), waiting: waiting, samples: samples,
        opening: opening ?? Self.sharedOpening(of: prompts), sampling: sampling,
        stopTokens: stopTokens, limits: limits, keepsMasks: keepsMasks),
      of: prompts, decode: decode)
  }

  /// How many tokens all of some prompts begin with, if reading them once is worth it.
  ///
  /// Where a prompt is cut moves the last bits of what is computed from it. What divides a rollout, as
  /// over processes, gives every part the whole rollout's number, and the responses stay the same.
  ///
  /// - Parameter prompts: of a whole rollout.
  /// - Returns: 0 for a single prompt and below sixteen tokens; always fewer than any prompt has.
  public static func sharedOpening(of prompts: [Prompt]) -> Int {
    guard prompts.count > 1, let first = prompts.first?.tokens else { return 0 }
    let most = max(0, prompts.reduce(first.count) { min($0, $1.tokens.count) } - 1)
    let shared = prompts.reduce(most) { length, prompt in
      zip(first, prompt.tokens).prefix(length).prefix { $0 == $1 }.count
    }
    return shared < 16 ? 0 : shared
  }

  /// Answers questions token by token, for someone who reads along.
  ///
  /// - Parameters:
  ///   - questions: what to answer.
  ///   - samples: responses a question.
  ///   - sampling: how tokens are drawn.
  ///   - goesOn: called for every token of every response, in the order of drawing; a response for
  ///     which it says no ends there.
  public func answer(
    _ questions: [Question], samples: Int, sampling: SamplingSettings,
    goesOn: @escaping (DrawnToken) -> Bool
  ) {
    copy?.refresh(from: policy)
    let waiting = questions.indices.flatMap { index in
      (0..<samples).map { sample in
        Response(
          prompt: index, sample: sample, random: questions[index].random[sample],
          limit: max(1, min(questions[index].limit, limits.maximumLength)))
      }
    }
    // Who asks gets the same answer whoever else asks, bit for bit: nothing is read together.
    let rollout = Rollout(
      model: model, prompts: questions.map(\.tokens), waiting: waiting, samples: samples,
      opening: 0, sampling: sampling, stopTokens: stopTokens, limits: limits, goesOn: goesOn)
    while !rollout.isDone { rollout.advance() }
  }

  /// Samples without watching.
  public func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    lengths: ((_ prompt: Int, _ sample: Int) -> Int)? = nil, keepsMasks: Bool = false
  ) -> [Completion] {
    complete(
      prompts, samples: samples, sampling: sampling, random: random, lengths: lengths,
      keepsMasks: keepsMasks
    ) { _ in }
  }
}
