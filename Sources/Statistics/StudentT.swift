// Student's t distribution, by way of the incomplete beta function.

import Foundation

/// Student's t distribution.
package enum StudentT {
  /// The chance that T lies at least so far from 0, on either side.
  ///
  ///     P(|T| ≥ t) = I_x(ν/2, 1/2), x = ν/(ν + t²)
  ///
  /// Source: NIST Digital Library of Mathematical Functions, 8.17 and Abramowitz and Stegun, 26.5.27.
  ///
  /// - Parameters:
  ///   - t: the distance; its sign does not matter.
  ///   - degrees: ν, the degrees of freedom, above 0.
  /// - Returns: a chance from 0 to 1; 1 where `t` is not a number.
  package static func tail(_ t: Double, degrees: Double) -> Double {
    precondition(degrees > 0 && degrees.isFinite, "\(degrees) degrees of freedom")
    guard !t.isNaN else { return 1 }
    let square = t * t
    guard square.isFinite else { return 0 }
    // Both shares by themselves: 1 − x loses the digits of a small t.
    return incompleteBeta(
      degrees / (degrees + square), rest: square / (degrees + square), degrees / 2, 0.5)
  }

  /// The distance from 0 that T reaches with a given chance, on either side.
  ///
  /// - Parameters:
  ///   - tail: the chance, above 0 and at most 1.
  ///   - degrees: ν, the degrees of freedom, above 0.
  /// - Returns: the t with P(|T| ≥ t) = `tail`; 2.776 for a chance of 0.05 and four degrees.
  package static func critical(tail: Double, degrees: Double) -> Double {
    precondition(tail > 0 && tail <= 1, "a chance of \(tail)")
    var (low, high) = (0.0, 1.0)
    while Self.tail(high, degrees: degrees) > tail {
      (low, high) = (high, 2 * high)
    }
    while true {
      let middle = low + (high - low) / 2
      guard middle > low && middle < high else { return middle }
      if Self.tail(middle, degrees: degrees) > tail { low = middle } else { high = middle }
    }
  }

  /// I_x(a, b), the regularized incomplete beta function, with `rest` = 1 − x.
  private static func incompleteBeta(
    _ x: Double, rest: Double, _ a: Double, _ b: Double
  ) -> Double {
    guard x > 0 else { return 0 }
    guard rest > 0 else { return 1 }
    let logarithm =
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(rest)
    let front = exp(logarithm)
    // The fraction converges fast below the distribution's mean; above it, that of the other side does.
    return x < (a + 1) / (a + b + 2)
      ? front / a * fraction(x, a, b) : 1 - front / b * fraction(rest, b, a)
  }

  private static func logGamma(_ value: Double) -> Double {
    let (logarithm, _) = lgamma(value)
    return logarithm
  }

  /// 1/(1 + d₁/(1 + d₂/(1 + …))), by the method of Lentz.
  ///
  /// Source: DLMF 8.17.22: d₂ₘ = m(b − m)x/((a + 2m − 1)(a + 2m)), and
  /// d₂ₘ₊₁ = −(a + m)(a + b + m)x/((a + 2m)(a + 2m + 1)).
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    var (value, above, below) = (1.0, 1.0, 0.0)
    for place in 1...10_000 {
      let m = Double(place / 2)
      let part =
        place % 2 == 0
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      below = 1 + part * below
      below = 1 / (below == 0 ? tiny : below)
      above = 1 + part / above
      if above == 0 { above = tiny }
      value *= above * below
      if abs(above * below - 1) < 1e-15 { break }
    }
    return 1 / value
  }
}
