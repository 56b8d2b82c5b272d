// The λ of the policy's advantages, and where it comes from. It is chosen a response at a time,
// from the number of its tokens, the stop token included. The critic's λ is a plain number.

import Foundation

/// Where the λ of the policy's advantages comes from.
public enum PolicyLambda: Equatable, Sendable {
  /// One λ for every response.
  case fixed(Double)

  /// λ = 1 - 1/(α·l) for a response of l tokens, and 0 where that is negative.
  ///
  /// The weights 1 + λ + λ² + … then sum to α·l: a long response looks proportionally further ahead.
  /// Source: VAPO, arXiv:2504.05118, eq. 5; the paper leaves α·l < 1 open.
  case lengthAdaptive(alpha: Double)

  /// λ = 1 - 1/h with the horizon h = max(α·l, min(l, 1/α)).
  ///
  /// As ``lengthAdaptive(alpha:)`` from l = 1/α² on; below it the horizon is 1/α tokens, or the
  /// whole response where that is shorter.
  case lengthAdaptiveFloor(alpha: Double)

  /// `short` up to and including `length` tokens, `long` beyond.
  case threshold(length: Int, short: Double, long: Double)

  /// As ``threshold(length:short:long:)``, the length being a quantile of the batch's lengths.
  case thresholdQuantile(Double, short: Double, long: Double)

  /// λ = q^(1/(l-1)), so that the last reward reaches the first token with weight q.
  ///
  /// A response of one token has λ = 1.
  case endpointWeight(Double)

  /// The λ of every response of a batch.
  ///
  /// - Parameter lengths: the responses' token counts.
  /// - Returns: one λ in [0, 1] a response.
  public func lambdas(forLengths lengths: [Int]) -> [Double] {
    if case .thresholdQuantile(let share, let short, let long) = self {
      let cut = quantile(share, of: lengths.map(Double.init))
      return lengths.map { Double($0) <= cut ? short : long }
    }
    return lengths.map(lambda(forLength:))
  }

  private func lambda(forLength length: Int) -> Double {
    let l = Double(length)
    switch self {
    case .fixed(let lambda): return lambda
    case .lengthAdaptive(let alpha): return max(0, 1 - 1 / (alpha * l))
    case .lengthAdaptiveFloor(let alpha): return max(0, 1 - 1 / max(alpha * l, min(l, 1 / alpha)))
    case .threshold(let cut, let short, let long): return length <= cut ? short : long
    case .endpointWeight(let weight): return length <= 1 ? 1 : pow(weight, 1 / (l - 1))
    case .thresholdQuantile: preconditionFailure("a quantile needs the whole batch")
    }
  }
}

/// The value below which a share of the numbers lies, between neighbors by straight lines.
///
///     position p·(n-1) of the sorted numbers
///
/// - Parameters:
///   - share: p, from 0 (the least) over 0.5 (the median) to 1 (the greatest).
///   - numbers: in any order; none gives 0.
/// - Returns: the quantile.
public func quantile(_ share: Double, of numbers: [Double]) -> Double {
  precondition((0...1).contains(share), "a quantile is a share, not \(share)")
  guard let last = numbers.indices.last else { return 0 }
  let sorted = numbers.sorted()
  let position = share * Double(last)
  let below = Int(position)
  let above = min(below + 1, last)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
}
