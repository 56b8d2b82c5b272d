// What the policy minimizes: a surrogate, which a method's page may bring along, and terms that any
// method can add. Tensors and weights in, named terms out; cutting, summing and stepping are the
// updater's.

public import Records
public import Torch

/// What the policy says of some response tokens, with what losses read beside it.
public struct PolicyTokens {
  /// `[P]`, log π of the tokens, among what they could be drawn from; carries the gradient.
  public var logProbs: Tensor
  /// `[P]`, the same among the whole vocabulary, where the rollout was filtered and a loss asks for it.
  public var wholeLogProbs: Tensor?
  /// `[P]`, the entropies of the distributions of `logProbs`; only when the objective uses them.
  public var entropies: Tensor?
  /// `[P]`, the mean of log π - log π_old over the token's whole response, without gradient; only
  /// for losses that read sequences.
  public var sequenceLogRatios: Tensor?
  /// What the host knows of the tokens.
  public var columns: TokenColumns

  /// Puts tokens together.
  public init(
    logProbs: Tensor, wholeLogProbs: Tensor? = nil, entropies: Tensor? = nil,
    sequenceLogRatios: Tensor? = nil, columns: TokenColumns
  ) {
    self.logProbs = logProbs
    self.wholeLogProbs = wholeLogProbs
    self.entropies = entropies
    self.sequenceLogRatios = sequenceLogRatios
    self.columns = columns
  }

  /// `[P]`, the tokens' weights in a surrogate: their share of the mean, times π_old/μ where that is
  /// corrected for.
  var surrogateWeights: Tensor {
    columns.has(.importance) ? columns[.weight] * columns[.importance] : columns[.weight]
  }
}

/// A surrogate: the term that moves the policy by its advantages.
public struct PolicyLoss: Sendable {
  /// Whether it reads ``PolicyTokens/sequenceLogRatios``.
  public var readsSequences: Bool
  let loss: @Sendable (PolicyTokens, PolicyLossSettings) -> SurrogateLoss

  /// Puts a surrogate together.
  ///
  /// - Parameters:
  ///   - readsSequences: whether it needs the ratio of whole responses.
  ///   - loss: the share `[]` of some tokens, with what happened at them.
  public init(
    readsSequences: Bool = false,
    loss: @escaping @Sendable (PolicyTokens, PolicyLossSettings) -> SurrogateLoss
  ) {
    self.readsSequences = readsSequences
    self.loss = loss
  }

  /// PPO's; see ``clippedSurrogateLoss(logProbs:oldLogProbs:advantages:weights:clip:bound:)``.
  public static let clipped = PolicyLoss { tokens, settings in
    clippedSurrogateLoss(
      logProbs: tokens.logProbs, oldLogProbs: tokens.columns[.oldLogProb],
      advantages: tokens.columns[.advantage], weights: tokens.surrogateWeights,
      clip: settings.clip)
  }
}

/// The columns of one optimizer step, and what its means are taken over.
public struct LossBatch {
  /// What the losses read.
  public var table = TokenTable()
  /// The tokens that count.
  public var countedTokens = 0
  /// All tokens.
  public var allTokens = 0
}

/// What the policy minimizes.
///
///     surrogate - c_H·entropy + c_KL·divergence from the reference + μ·imitation
public struct PolicyObjective: Sendable {
  private let policy: PolicyLossSettings
  private let surrogate: PolicyLoss
  private let correction: RolloutCorrectionSettings
  private let positiveWeight: Double
  private let horizon: Int
  private let reportsEntropy: Bool

  /// The objective of a method.
  ///
  /// - Parameters:
  ///   - method: its settings.
  ///   - horizon: the longest response, the constant length of one aggregation mode.
  ///   - reportsEntropy: whether the entropy is measured although no loss needs it.
  public init(_ method: MethodSettings, horizon: Int, reportsEntropy: Bool) {
    policy = method.policy
    surrogate = method.policy.surrogate.mode.loss
    correction = method.algorithm.rolloutCorrection
    positiveWeight = method.algorithm.positiveLossCoefficient
    self.horizon = horizon
    self.reportsEntropy = reportsEntropy
  }

  /// Whether it reads entropies.
  public var usesEntropies: Bool { policy.entropyCoefficient != 0 || reportsEntropy }

  /// Whether it reads the ratios of whole responses.
  public var readsSequences: Bool { surrogate.readsSequences }

  /// The numbers it reports at every optimizer step.
  public static let alwaysReported = [
    "actor/pg_loss", "actor/pg_clipfrac", "actor/pg_clipfrac_lower", "actor/ppo_kl",
    "vapo/clipfrac_low", "vapo/clipfrac_high", "vapo/positive_loss",
  ]

  /// The columns of one optimizer step; nil when nothing in it is trained.
  ///
  /// Tokens that the correction drops leave the denominator too.
  public func batch(_ episodes: [CreditedEpisode]) -> LossBatch? {
    let importance = episodes.map { episode in
      episode.isTrained
        ? correction.importance(of: episode.scored)
        : [Float](repeating: 0, count: episode.episode.length)
    }
    let counted = importance.map { factors in factors.count { $0 > 0 } }
    let totals = StepTotals(lengths: counted.filter { $0 > 0 }, horizon: horizon)
    let positive = positiveWeight > 0 ? episodes.filter(\.episode.isPositive) : []
    let positiveTokens = positive.reduce(0) { $0 + $1.episode.length }
    guard totals.tokens + positiveTokens > 0 else { return nil }

    var batch = LossBatch()
    batch.countedTokens = totals.tokens
    batch.allTokens = episodes.reduce(0) { $0 + $1.episode.length }
    batch.table.add(
      .weight,
      zip(importance, counted).map { factors, count in
        let weight = Float(policy.aggregation.tokenWeight(length: count, of: totals))
        return factors.map { $0 > 0 ? weight : 0 }
      })
    if correction.isOn { batch.table.add(.importance, importance) }
    batch.table.add(.oldLogProb, episodes.map(\.scored.oldLogProbs))
    batch.table.add(.advantage, episodes.map(\.advantages))
    if policy.usesKLLoss {
      batch.table.add(.referenceLogProb, episodes.map(\.scored.referenceLogProbs))
    }
    if positiveTokens > 0 {
      let weight = Float(1 / Double(positiveTokens))
      batch.table.add(
        .imitationWeight,
        episodes.map { episode in
          [Float](
            repeating: episode.episode.isPositive ? weight : 0, count: episode.episode.length)
        })
    }
    return batch
  }

  /// The loss of some tokens.
  public func terms(on tokens: PolicyTokens) -> [LossTerm] {
    let result = surrogate.loss(tokens, policy)
    var terms = [
      LossTerm(result.loss, measures: measures(of: result), trace: result.statistics.trace)
    ]
    let weights = tokens.columns[.weight]
    if let entropies = tokens.entropies {
      if reportsEntropy {
        let sum = withoutGradient { entropies.sum() }
        terms[0].measures.append(Measure("actor/entropy", sum, per: .allTokens))
      }
      if policy.entropyCoefficient != 0 {
        let bonus = entropyLoss(entropies: entropies, weights: weights)
        terms.append(LossTerm(bonus, coefficient: policy.entropyCoefficient))
      }
    }
    if policy.usesKLLoss {
      let divergence = divergenceLoss(
        policy.klLossType, logProbs: tokens.logProbs,
        reference: tokens.columns[.referenceLogProb], weights: weights)
      terms.append(
        LossTerm(divergence, coefficient: policy.klLossCoefficient, named: "actor/kl_loss"))
    }
    if tokens.columns.has(.imitationWeight) {
      // Likelihood needs no ratio, and among what was kept alone nothing would hold the rest down.
      let imitation = imitationLoss(
        logProbs: tokens.wholeLogProbs ?? tokens.logProbs, weights: tokens.columns[.imitationWeight]
      )
      terms.append(LossTerm(imitation, coefficient: positiveWeight, named: "vapo/positive_loss"))
    }
    return terms
  }

  private func measures(of result: SurrogateLoss) -> [Measure] {
    let (low, high) = (result.statistics.clippedLow, result.statistics.clippedHigh)
    return withoutGradient {
      [
        Measure("actor/pg_loss", result.loss.detached(), per: .step),
        Measure("vapo/clipfrac_low", low, per: .countedTokens),
        Measure("vapo/clipfrac_high", high, per: .countedTokens),
        Measure("actor/pg_clipfrac", low + high, per: .countedTokens),
        Measure("actor/pg_clipfrac_lower", result.statistics.clippedDual, per: .countedTokens),
        Measure("actor/ppo_kl", result.statistics.divergenceK1, per: .countedTokens),
      ]
    }
  }
}
