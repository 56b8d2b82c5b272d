// How rotary frequencies are stretched so that a model reads further than it was first trained to:
// the kinds that config.json calls rope_type, their formulas and their keys.

import Foundation

/// A change to the rotary frequencies.
public enum RopeScaling: Equatable, Sendable {
  /// "default": frequencies as they are.
  case none
  /// "linear": every frequency divided by a factor.
  case linear(factor: Double)
  /// "dynamic": frequencies that change only beyond `max_position_embeddings`, which is as far as
  /// this program reads; hence as they are.
  case dynamic(factor: Double)
  /// "llama3": slow frequencies divided by a factor, fast ones kept, those between mixed.
  case llama3(Llama3Scaling)
  /// "yarn": the same idea by the number of turns, and attention made sharper.
  case yarn(YarnScaling)
  /// "longrope": every frequency divided by a factor of its own.
  case longRope(LongRopeScaling)

  /// The names in config.json.
  static let names = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]

  /// ω of each pair of places of a head, θ^(−2i/K), changed.
  package func frequencies(headSize size: Int, theta: Double) -> [Double] {
    let plain = (0..<size / 2).map { pow(theta, -2 * Double($0) / Double(size)) }
    switch self {
    case .none, .dynamic: return plain
    case .linear(let factor): return plain.map { $0 / factor }
    case .llama3(let scaling): return plain.map(scaling.frequency)
    case .yarn(let scaling): return scaling.frequencies(plain, headSize: size, theta: theta)
    case .longRope(let scaling): return zip(plain, scaling.shortFactors).map { $0 / $1 }
    }
  }

  /// What cosines and sines are multiplied by.
  var attentionFactor: Double {
    switch self {
    case .none, .linear, .dynamic, .llama3: 1
    case .yarn(let scaling): scaling.attentionFactor
    case .longRope(let scaling): scaling.attentionFactor
    }
  }

  /// How far this program reads with these frequencies; nil for as far as the model has positions.
  var positions: Int? {
    guard case .longRope(let scaling) = self else { return nil }
    return scaling.originalPositions
  }

  /// The first number that makes no sense, by its key.
  var fault: (key: String, reason: String)? {
    func checked(_ factor: Double) -> (key: String, reason: String)? {
      factor >= 1 && factor.isFinite ? nil : ("factor", "\(factor) is not from 1")
    }
    switch self {
    case .none: return nil
    case .linear(let factor), .dynamic(let factor): return checked(factor)
    case .llama3(let scaling):
      let (low, high) = (scaling.lowFrequencyFactor, scaling.highFrequencyFactor)
      if !(low > 0 && high > low && high.isFinite) {
        return ("high_freq_factor", "\(high) is not above low_freq_factor \(low), above 0")
      }
      return scaling.originalPositions > 0
        ? checked(scaling.factor) : ("original_max_position_embeddings", "is not above 0")
    case .yarn(let scaling):
      if !(scaling.slowTurns > 0 && scaling.fastTurns > scaling.slowTurns) {
        return ("beta_fast", "\(scaling.fastTurns) is not above beta_slow \(scaling.slowTurns)")
      }
      if !(scaling.attentionFactor > 0 && scaling.attentionFactor.isFinite) {
        return ("attention_factor", "\(scaling.attentionFactor) is not above 0")
      }
      return scaling.originalPositions > 0
        ? checked(scaling.factor) : ("original_max_position_embeddings", "is not above 0")
    case .longRope(let scaling): return scaling.fault ?? checked(scaling.factor)
    }
  }
}

/// The numbers of "llama3".
///
/// Source: the reference code of Llama 3.1, `apply_scaling`.
public struct Llama3Scaling: Equatable, Sendable {
  /// What slow frequencies are divided by.
  public var factor: Double
  /// Frequencies that turn fewer times than this within the original length are slow.
  public var lowFrequencyFactor: Double
  /// Frequencies that turn more often than this are fast.
  public var highFrequencyFactor: Double
  /// The length the model was first trained to.
  public var originalPositions: Int

  /// Puts the numbers together; the defaults are Llama 3.1's.
  public init(
    factor: Double = 8, lowFrequencyFactor: Double = 1, highFrequencyFactor: Double = 4,
    originalPositions: Int = 8192
  ) {
    self.factor = factor
    self.lowFrequencyFactor = lowFrequencyFactor
    self.highFrequencyFactor = highFrequencyFactor
    self.originalPositions = originalPositions
  }

  fileprivate func frequency(_ plain: Double) -> Double {
    let turns = Double(originalPositions) * plain / (2 * .pi)
    if turns < lowFrequencyFactor { return plain / factor }
    if turns > highFrequencyFactor { return plain }
    let share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - share) * plain / factor + share * plain
  }
}

/// The numbers of "yarn".
///
/// Source: YaRN, arXiv:2309.00071, section 3.
public struct YarnScaling: Equatable, Sendable {
  /// What slow frequencies are divided by.
  public var factor: Double
  /// The length the model was first trained to.
  public var originalPositions: Int
  /// Frequencies that turn more often within that length are kept, `beta_fast`.
  public var fastTurns: Double
  /// Frequencies that turn fewer times are divided, `beta_slow`.
  public var slowTurns: Double
  /// Whether the ramp between them begins and ends on whole places.
  public var truncates: Bool
  /// What cosines and sines are multiplied by.
  public var attentionFactor: Double

  /// Puts the numbers together; without an attention factor it is 0.1 ln(factor) + 1.
  public init(
    factor: Double, originalPositions: Int, fastTurns: Double = 32, slowTurns: Double = 1,
    truncates: Bool = true, attentionFactor: Double? = nil
  ) {
    self.factor = factor
    self.originalPositions = originalPositions
    self.fastTurns = fastTurns
    self.slowTurns = slowTurns
    self.truncates = truncates
    self.attentionFactor = attentionFactor ?? Self.sharpness(factor, 1)
  }

  /// 0.1 · m · ln(factor) + 1, equation 22 with m = 1.
  static func sharpness(_ factor: Double, _ multiple: Double) -> Double {
    factor <= 1 ? 1 : 0.1 * multiple * log(factor) + 1
  }

  fileprivate func frequencies(
    _ plain: [Double], headSize size: Int, theta: Double
  ) -> [Double] {
    /// The place of the frequency that turns so often within the original length.
    func place(_ turns: Double) -> Double {
      Double(size) * log(Double(originalPositions) / (turns * 2 * .pi)) / (2 * log(theta))
    }
    var (low, high) = (place(fastTurns), place(slowTurns))
    if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Double(size - 1)))
    // As the reference does, so that the ramp has a width.
    if low == high { high += 0.001 }
    return plain.enumerated().map { index, frequency in
      let share = min(max((Double(index) - low) / (high - low), 0), 1)
      return frequency / factor * share + frequency * (1 - share)
    }
  }
}
