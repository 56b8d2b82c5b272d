// What travels between the stations: completion, graded, scored and credited episode. Each station
// returns a new type; no later station fills an earlier one's field.

/// Why a response ended.
public enum FinishReason: String, Codable, Sendable {
  /// The model produced a stop token, which is the response's last token.
  case stop
  /// The response reached the length limit.
  case length
}

/// One sampled response to a prompt.
///
/// Example: `tokens: [9, 18, 13, 0], logProbs: [-0.1, -0.02, -1.2, -0.001], finish: .stop`, where
/// 0 is the end-of-sequence token, counted as part of the response.
public struct Completion: Codable, Equatable, Sendable {
  /// What was asked.
  public var prompt: Prompt
  /// Which of the prompt's samples this is, from 0.
  public var sample: Int
  /// The response, its stop token included.
  public var tokens: [Int]
  /// The log-probability of every token under the distribution it was sampled from.
  public var logProbs: [Float]
  /// The response as text, without its stop token.
  public var text: String
  /// Why it ended.
  public var finish: FinishReason
  /// What its tokens were drawn from; nil where that was the whole vocabulary, or nobody asked.
  public var mask: SamplingMask?

  /// Puts a completion together.
  public init(
    prompt: Prompt, sample: Int, tokens: [Int], logProbs: [Float], text: String,
    finish: FinishReason, mask: SamplingMask? = nil
  ) {
    self.prompt = prompt
    self.sample = sample
    self.tokens = tokens
    self.logProbs = logProbs
    self.text = text
    self.finish = finish
    self.mask = mask
  }
}

/// What a verifier found.
public struct Verdict: Codable, Equatable, Sendable {
  /// The kinds of outcome.
  ///
  /// Only the first three are verdicts on the response.
  public enum Status: String, Codable, Sendable, CaseIterable {
    /// Right.
    case correct = "ok"
    /// An answer was found, and it is not right.
    case wrong
    /// No answer was found in the response.
    case noAnswer = "no_answer"
    /// The verifier ran out of time.
    case timeout
    /// The verifier failed.
    case error
  }

  /// The outcome.
  public var status: Status
  /// The answer that was graded, as extracted; empty when there was none.
  public var extracted: String
  /// Whether the answer was given without working, where the task can tell.
  public var isDirect: Bool
  /// Why, in words, where there is something to say.
  public var reason: String
  /// What the verifier itself says the answer is worth, where it gives a number of its own.
  public var score: Double?
  /// What the further verifiers of a sum say it is worth, by their names.
  public var parts: [String: Double]?

  /// Whether the answer was graded at all: a verifier that fails never scores a sample wrong.
  public var isGraded: Bool { status != .timeout && status != .error }

  /// Puts a verdict together.
  public init(
    _ status: Status, extracted: String = "", isDirect: Bool = false, reason: String = "",
    score: Double? = nil
  ) {
    self.status = status
    self.extracted = extracted
    self.isDirect = isDirect
    self.reason = reason
    self.score = score
  }
}

/// A completion with its verdict and reward.
public struct GradedEpisode: Codable, Equatable, Sendable {
  /// What was sampled.
  public var completion: Completion
  /// What the verifier found.
  public var verdict: Verdict
  /// The reward for the answer alone, before penalties.
  public var score: Float
  /// What training maximizes: the score, normalized and clipped where the settings say so, and every
  /// penalty on the whole response, given on the last token.
  public var reward: Float
  /// The penalties in it, at most 0.
  public var penalty: Float

  /// Puts a graded episode together.
  public init(
    completion: Completion, verdict: Verdict, score: Float, reward: Float, penalty: Float = 0
  ) {
    self.completion = completion
    self.verdict = verdict
    self.score = score
    self.reward = reward
    self.penalty = penalty
  }

  /// Whether the answer is right and whole: only such answers are positive examples.
  public var isPositive: Bool { verdict.status == .correct && completion.finish == .stop }

  /// The number of response tokens.
  public var length: Int { completion.tokens.count }
}

/// A graded episode with what the models say of every response token: all that credit and the
/// update need besides the verdict.
public struct ScoredEpisode: Codable, Equatable, Sendable {
  /// What was graded.
  public var episode: GradedEpisode
  /// `[T]`, log π_old, the policy's before the update; empty where no policy is updated.
  public var oldLogProbs: [Float]
  /// `[T]`, the entropy of the policy's distribution at every token, in nats; empty where it was not scored.
  public var entropies: [Float]
  /// `[T]`, log π_ref; empty without a reference model.
  public var referenceLogProbs: [Float]
  /// `[T]`, the critic's estimate before every token; empty without a critic.
  public var values: [Float]
  /// The critic's estimate after the last token; nil where cut-off responses are not bootstrapped.
  public var finalValue: Float?

  /// Puts a scored episode together; what is not given was not scored.
  public init(
    _ episode: GradedEpisode, oldLogProbs: [Float] = [], entropies: [Float] = [],
    referenceLogProbs: [Float] = [],
    values: [Float] = [], finalValue: Float? = nil
  ) {
    self.episode = episode
    self.oldLogProbs = oldLogProbs
    self.entropies = entropies
    self.referenceLogProbs = referenceLogProbs
    self.values = values
    self.finalValue = finalValue
  }
}

/// A scored episode with what training needs of every response token.
///
/// Example of a correct response of three tokens under γ = λ = 1:
/// `values: [0.2, 0.5, 0.9], advantages: [0.8, 0.5, 0.1], returns: [1, 1, 1]`.
public struct CreditedEpisode: Codable, Equatable, Sendable {
  /// What was scored.
  public var scored: ScoredEpisode
  /// How much better every token was than expected.
  public var advantages: [Float]
  /// What the critic is taught for every token; empty without a critic.
  public var returns: [Float]
  /// `[T]`, the rewards of the tokens as credit had them, with the price of a divergence and less a baseline; empty
  /// without a critic.
  public var rewards: [Float]
  /// What was taken to be the worth of what follows the last token; 0 for a response with an outcome.
  public var bootstrap: Double
  /// The λ of the policy's advantages for this response.
  public var policyLambda: Double
  /// Whether the policy learns from it; the critic and the statistics see it all the same.
  public var isTrained: Bool

  /// Puts a credited episode together.
  public init(
    _ scored: ScoredEpisode, advantages: [Float], returns: [Float], rewards: [Float] = [],
    bootstrap: Double = 0, policyLambda: Double, isTrained: Bool = true
  ) {
    self.scored = scored
    self.advantages = advantages
    self.returns = returns
    self.rewards = rewards
    self.bootstrap = bootstrap
    self.policyLambda = policyLambda
    self.isTrained = isTrained
  }

  /// What was graded.
  public var episode: GradedEpisode { scored.episode }

  /// The critic's estimate before every token; empty without a critic.
  public var values: [Float] { scored.values }
}
