// What the critic minimizes, in value pretraining and in reinforcement learning.

public import Records
public import Torch

/// The regression of a critic.
public struct ValueObjective: Sendable {
  private let settings: ValueLossSettings
  private let horizon: Int
  private let ofLastTokens: Bool

  /// - Parameters:
  ///   - settings: the loss.
  ///   - horizon: the longest response, the constant length of one aggregation mode.
  ///   - ofLastTokens: whether only a response's last token counts, as for a reward model.
  public init(_ settings: ValueLossSettings, horizon: Int, ofLastTokens: Bool = false) {
    self.settings = settings
    self.horizon = horizon
    self.ofLastTokens = ofLastTokens
  }

  /// The numbers it reports at every optimizer step.
  public static let alwaysReported = ["critic/vf_loss", "critic/vf_clipfrac"]

  /// The columns of one optimizer step over graded episodes.
  public func batch(_ episodes: [CreditedEpisode]) -> LossBatch {
    let totals = StepTotals(lengths: episodes.map(\.episode.length), horizon: horizon)
    var batch = LossBatch(countedTokens: totals.tokens, allTokens: totals.tokens)
    batch.table.add(
      .weight,
      episodes.map { episode in
        let length = episode.episode.length
        if ofLastTokens {
          return (0..<length).map { $0 == length - 1 ? 1 / Float(episodes.count) : 0 }
        }
        let weight = settings.aggregation.tokenWeight(length: length, of: totals)
        return [Float](repeating: Float(weight), count: length)
      })
    batch.table.add(.value, episodes.map(\.values))
    batch.table.add(.goal, episodes.map(\.returns))
    return batch
  }

  /// The loss of some tokens.
  ///
  /// - Parameters:
  ///   - values: `[P]`, the critic's; carries the gradient.
  ///   - columns: what the host knows of the tokens.
  /// - Returns: the one term.
  public func terms(on values: Tensor, _ columns: TokenColumns) -> [LossTerm] {
    let result = valueLoss(
      values: values, returns: columns[.goal], oldValues: columns[.value],
      weights: columns[.weight], range: settings.range)
    let measures = [
      Measure("critic/vf_loss", result.loss.detached(), per: .step),
      Measure("critic/vf_clipfrac", result.clipped, per: .countedTokensOfStep),
    ]
    return [LossTerm(result.loss, measures: measures)]
  }
}
