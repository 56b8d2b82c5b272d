// Sampler: logits to tokens, each with its log-probability under the distribution it was drawn
// from. The randomness comes in as one uniform number a row, so the sampler itself has none.

public import Records
public import Torch

/// How a distribution over the vocabulary is bent before a token is drawn.
public struct SamplingSettings: Codable, Equatable, Sendable {
  /// What logits are divided by; 0, and whatever is below ``leastTemperature``, takes the most likely
  /// token, of equals the lowest id.
  public var temperature = 1.0
  /// Keeps the k most likely tokens; 0 or less keeps all.
  public var topK = -1
  /// Keeps the most likely tokens up to this sum of probabilities; 1 keeps all.
  public var topP = 1.0
  /// Keeps tokens at least this likely relative to the most likely one; 0 keeps all.
  public var minP = 0.0

  /// Samples from the model's own distribution.
  public init(temperature: Double = 1, topK: Int = -1, topP: Double = 1, minP: Double = 0) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
  }

  enum CodingKeys: String, CodingKey {
    case temperature
    case topK = "top_k"
    case topP = "top_p"
    case minP = "min_p"
  }

  /// Below this temperature a difference in the last digit of a logit makes a token certain, and quotients
  /// are no numbers any more: the draw is greedy.
  public static let leastTemperature = 1e-10

  /// Whether the most likely token is taken.
  public var isGreedy: Bool { temperature < Self.leastTemperature }

  /// Whether any token can be left out of the distribution.
  public var isFiltered: Bool { topK > 0 || topP < 1 || minP > 0 }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      temperature >= 0 && temperature.isFinite, "temperature", "must be 0 or more")
    rules.require(topP > 0 && topP <= 1, "top_p", "must be above 0 and at most 1")
    rules.require(minP >= 0 && minP <= 1, "min_p", "must be between 0 and 1")
    return rules.problems
  }
}

/// Draws tokens.
///
/// The filters act in the order top-k, top-p, min-p, each on the distribution the former left, as
/// in the transformers library. A draw is the inverse of the cumulative distribution, summed in
/// float64 so that no token of probability zero can be hit by rounding.
///
/// - Parameters:
///   - logits: `[R, V]` float32.
///   - rows: the row of `logits` that each draw is from; nil draws once from every row.
///   - settings: how the distribution is bent.
///   - uniforms: numbers in [0, 1), one a draw.
///   - masks: whether the filters' masks are wanted, where there are filters.
/// - Returns: a token id a draw, its log-probability, and what could have been drawn.
public func sample(
  logits: Tensor, rows: [Int]? = nil, settings: SamplingSettings, uniforms: [Double],
  masks: Bool = false
) -> (tokens: [Int], logProbs: [Float], masks: RowMasks?) {
  logits.drawing(
    temperature: settings.isGreedy ? 0 : settings.temperature, topK: settings.topK,
    topP: settings.topP, minP: settings.minP, rows: rows, uniforms: uniforms,
    masks: masks && settings.isFiltered && !settings.isGreedy)
}
