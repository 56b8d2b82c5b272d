// What policy and critic minimize on replayed episodes.

import Records
public import Torch

/// The two losses of self-imitation.
///
///     policy    -Σ w·log π·min((R - V)₊, cap)
///     critic     Σ w·½·((R - V)₊)²
///
/// Source: Self-Imitation Learning, arXiv:1806.05635, eq. 2 and 3.
public struct SelfImitationObjective: Sendable {
  private let settings: SelfImitationSettings

  /// The losses by these settings.
  public init(_ settings: SelfImitationSettings) { self.settings = settings }

  /// The columns of one update.
  ///
  /// - Parameters:
  ///   - draws: the replayed episodes.
  ///   - values: `[T]` a draw, the critic's present estimates.
  /// - Returns: the columns, in the draws' order.
  public func batch(_ draws: [ReplayBuffer.Draw], values: [[Float]]) -> LossBatch {
    let returns = draws.map(\.entry.episode.returns)
    let weights = selfImitationWeights(
      importance: draws.map(\.importance), returns: returns, values: values,
      minimum: settings.minimumNormalizer)
    let tokens = returns.reduce(0) { $0 + $1.count }
    var batch = LossBatch(countedTokens: tokens, allTokens: tokens)
    batch.table.add(
      .weight, zip(weights, returns).map { Array(repeating: Float($0), count: $1.count) })
    batch.table.add(.value, values)
    batch.table.add(.goal, returns)
    return batch
  }

  /// The policy's loss.
  public func terms(on tokens: PolicyTokens) -> [LossTerm] {
    let loss = selfImitationLoss(
      logProbs: tokens.logProbs, returns: tokens.columns[.goal], values: tokens.columns[.value],
      weights: tokens.columns[.weight], cap: settings.maximumAdvantage)
    return [LossTerm(loss, named: "vapo/self_imitation/policy_loss")]
  }

  /// The critic's loss.
  public func terms(on values: Tensor, _ columns: TokenColumns) -> [LossTerm] {
    let loss = selfImitationValueLoss(
      values: values, returns: columns[.goal], weights: columns[.weight])
    return [LossTerm(loss, named: "vapo/self_imitation/value_loss")]
  }
}
