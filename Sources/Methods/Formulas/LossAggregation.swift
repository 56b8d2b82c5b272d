// How the tokens' losses become one number: a weight a token, its denominator counted over the
// whole optimizer step.

/// What a loss averages over, by verl's names (`loss_agg_mode`).
public enum LossAggregation: String, NamedChoice {
  /// Every token counts the same. Source: DAPO, arXiv:2503.14476, sec. 3.3; VAPO, eq. 7.
  case tokenMean = "token-mean"
  /// Every response counts by its length: the sum over tokens, the mean over responses.
  case sequenceMeanTokenSum = "seq-mean-token-sum"
  /// Every response counts the same, its tokens sharing. Source: GRPO, arXiv:2402.03300, eq. 3.
  case sequenceMeanTokenMean = "seq-mean-token-mean"
  /// The sum over tokens by a constant length. Source: Dr. GRPO, arXiv:2503.20783.
  case sequenceMeanTokenSumNorm = "seq-mean-token-sum-norm"

  /// The weight of each token of one response.
  ///
  /// - Parameters:
  ///   - length: the response's tokens.
  ///   - totals: what the whole optimizer step counts.
  /// - Returns: the weight; 0 where nothing counts.
  public func tokenWeight(length: Int, of totals: StepTotals) -> Double {
    let denominator: Int
    switch self {
    case .tokenMean: denominator = totals.tokens
    case .sequenceMeanTokenSum: denominator = totals.sequences
    case .sequenceMeanTokenMean: denominator = totals.sequences * length
    case .sequenceMeanTokenSumNorm: denominator = totals.sequences * totals.horizon
    }
    return denominator > 0 ? 1 / Double(denominator) : 0
  }
}

/// What an optimizer step counts, over all its micro-batches (and, later, all machines).
public struct StepTotals: Equatable, Sendable {
  /// Tokens with a weight.
  public var tokens: Int
  /// Responses with a weight.
  public var sequences: Int
  /// The constant length of ``LossAggregation/sequenceMeanTokenSumNorm``: the longest response
  /// the run allows.
  public var horizon: Int

  /// Totals stated outright.
  public init(tokens: Int, sequences: Int, horizon: Int) {
    self.tokens = tokens
    self.sequences = sequences
    self.horizon = horizon
  }

  /// Totals of responses of these lengths.
  public init(lengths: [Int], horizon: Int) {
    self.init(tokens: lengths.reduce(0, +), sequences: lengths.count, horizon: horizon)
  }
}
