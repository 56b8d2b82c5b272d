// Frequencies that were searched for: each is divided by a factor of its own, from one list for texts
// within the length of the first training and from another for longer ones.

import Foundation

/// The numbers of "longrope".
///
/// A model with them is read here up to its original length, by its short factors: a longer text would
/// turn its first tokens otherwise than they were turned when it was short, so that a response's
/// log-probabilities would change with what follows.
///
/// Source: LongRoPE, arXiv:2402.13753, section 3.
public struct LongRopeScaling: Equatable, Sendable {
  /// One for each frequency, for texts up to the original length.
  public var shortFactors: [Double]
  /// One for each frequency, for longer texts; kept for those who read the model elsewhere.
  public var longFactors: [Double]
  /// The length the model was first trained to.
  public var originalPositions: Int
  /// How many times further the model reads.
  public var factor: Double
  /// What cosines and sines are multiplied by.
  public var attentionFactor: Double

  /// Puts the numbers together; without an attention factor it is √(1 + ln(factor) / ln(original)).
  public init(
    shortFactors: [Double], longFactors: [Double], originalPositions: Int, factor: Double,
    attentionFactor: Double? = nil
  ) {
    self.shortFactors = shortFactors
    self.longFactors = longFactors
    self.originalPositions = originalPositions
    self.factor = factor
    let usual = (1 + log(factor) / log(Double(originalPositions))).squareRoot()
    self.attentionFactor = attentionFactor ?? (factor > 1 && originalPositions > 1 ? usual : 1)
  }

  /// Whether a model with so many positions has these numbers without stating them.
  func isUsual(positions: Int) -> Bool {
    self
      == LongRopeScaling(
        shortFactors: shortFactors, longFactors: longFactors, originalPositions: originalPositions,
        factor: Double(positions) / Double(originalPositions))
  }

  /// The first number that makes no sense, by its key.
  var fault: (key: String, reason: String)? {
    for (key, factors) in [("short_factor", shortFactors), ("long_factor", longFactors)] {
      if let factor = factors.first(where: { !($0 > 0 && $0.isFinite) }) {
        return (key, "\(factor) is not above 0")
      }
    }
    if shortFactors.count != longFactors.count {
      return ("long_factor", "\(longFactors.count) factors and \(shortFactors.count) short ones")
    }
    if !(attentionFactor > 0 && attentionFactor.isFinite) {
      return ("attention_factor", "\(attentionFactor) is not above 0")
    }
    if originalPositions < 2 {
      return ("original_max_position_embeddings", "\(originalPositions) is not from 2")
    }
    return nil
  }
}
