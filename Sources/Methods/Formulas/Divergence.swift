// Estimates of the divergence between the policy and the reference model from the sampled token
// alone, on tensors for the loss and on host arrays for the reward.
//
// Source of k1, k2, k3: J. Schulman, "Approximating KL divergence", 2020. Names and clamps as in
// verl (`kl_loss_type`, `kl_penalty`).

import Foundation
public import Torch

/// An estimator of the divergence KL(policy ‖ reference) at a sampled token.
///
/// With d = log π - log π_ref. Decoding also takes verl's second names: `kl` for k1, `mse` for k2,
/// `low_var_kl` for k3, and each of the first and last with `+`.
public enum DivergenceEstimator: String, NamedChoice {
  /// d. Unbiased and noisy; its gradient in a loss says nothing about the divergence.
  case k1
  /// |d|.
  case abs
  /// d²/2. Slightly biased; its gradient is that of the divergence.
  case k2
  /// exp(-d) + d - 1. Unbiased, never negative; d clamped at ±20 and the estimate at ±10.
  case k3
  /// The value of k1 with the gradient of k2.
  case k1StraightThrough = "k1+"
  /// The value of k3 with the gradient of k2.
  case k3StraightThrough = "k3+"

  /// verl's second names.
  public static let synonyms: [String: DivergenceEstimator] = [
    "kl": .k1, "mse": .k2, "low_var_kl": .k3, "kl+": .k1StraightThrough,
    "low_var_kl+": .k3StraightThrough,
  ]

  /// The bound on |d| before k3's exponential.
  static let exponentBound = 20.0
  /// The bound on k3 itself.
  static let estimateBound = 10.0

  /// The estimate at every token.
  ///
  /// - Parameters:
  ///   - logProbs: `[P]`, under the policy. Carries the gradient.
  ///   - reference: `[P]`, under the reference model.
  /// - Returns: `[P]`.
  public func estimates(logProbs: Tensor, reference: Tensor) -> Tensor {
    let difference = logProbs - reference.detached()
    switch self {
    case .k1: return difference
    case .abs: return difference.magnitude()
    case .k2: return difference * difference * 0.5
    case .k3:
      let held = (-difference).clamped(to: -Self.exponentBound...Self.exponentBound)
      return (held.expm1() - held).clamped(to: -Self.estimateBound...Self.estimateBound)
    case .k1StraightThrough, .k3StraightThrough:
      let value: DivergenceEstimator = self == .k1StraightThrough ? .k1 : .k3
      let gradient = DivergenceEstimator.k2.estimates(logProbs: logProbs, reference: reference)
      let forward = value.estimates(logProbs: logProbs.detached(), reference: reference)
      return gradient - gradient.detached() + forward
    }
  }

  /// The estimate at every token of one episode, on the host: the in-reward penalty.
  ///
  /// - Parameters:
  ///   - logProbs: `[T]`, under the policy.
  ///   - reference: `[T]`, under the reference model.
  /// - Returns: `[T]`.
  public func estimates(logProbs: [Float], reference: [Float]) -> [Float] {
    precondition(
      logProbs.count == reference.count,
      "\(logProbs.count) log-probabilities, \(reference.count) of the reference")
    return zip(logProbs, reference).map { Float(estimate(of: Double($0) - Double($1))) }
  }

  private func estimate(of difference: Double) -> Double {
    switch self {
    case .k1, .k1StraightThrough: return difference
    case .abs: return Swift.abs(difference)
    case .k2: return difference * difference / 2
    case .k3, .k3StraightThrough:
      let held = min(max(-difference, -Self.exponentBound), Self.exponentBound)
      return min(expm1(held) - held, Self.estimateBound)
    }
  }
}

/// The divergence from the reference model, as a loss.
///
///     Σ w·estimate
///
/// - Parameters:
///   - estimator: which estimate.
///   - logProbs: `[P]`, under the policy being trained. Carries the gradient.
///   - reference: `[P]`, under the reference model.
///   - weights: `[P]`, the tokens' weights; see ``LossAggregation``.
/// - Returns: `[]`, this micro-batch's share of the loss.
public func divergenceLoss(
  _ estimator: DivergenceEstimator, logProbs: Tensor, reference: Tensor, weights: Tensor
) -> Tensor {
  weightedSum(estimator.estimates(logProbs: logProbs, reference: reference), weights)
}
