// Sampler: logits to tokens, each with its log-probability under the distribution it was drawn
// from. The randomness comes in as one uniform number a row, so the sampler itself has none.

public import Torch

/// How a distribution over the vocabulary is bent before a token is drawn.
public struct SamplingSettings: Codable, Equatable, Sendable {
  /// What logits are divided by; 0 takes the most likely token, of equals the lowest id.
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

  /// Whether any token can be left out of the distribution.
  public var isFiltered: Bool { topK > 0 || topP < 1 || minP > 0 }

  /// Why these settings cannot be used; nil when they can.
  public var complaint: String? {
    if !(temperature >= 0 && temperature.isFinite) { return "temperature must be 0 or more" }
    if !(topP > 0 && topP <= 1) { return "top_p must be above 0 and at most 1" }
    if !(minP >= 0 && minP <= 1) { return "min_p must be between 0 and 1" }
    return nil
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
/// - Returns: a token id a draw, and its log-probability.
public func sample(
  logits: Tensor, rows: [Int]? = nil, settings: SamplingSettings, uniforms: [Double]
) -> (tokens: [Int], logProbs: [Float]) {
  if logits.canBeDrawnFrom {
    return logits.drawing(
      temperature: settings.temperature, topK: settings.topK, topP: settings.topP,
      minP: settings.minP, rows: rows, uniforms: uniforms)
  }
  guard let rows else { return sampleByOperators(logits, settings, uniforms) }
  let picked = logits.selecting(Tensor(rows, device: logits.device), along: 0)
  return sampleByOperators(picked, settings, uniforms)
}

/// The same in libtorch's operators, one draw a row.
private func sampleByOperators(
  _ logits: Tensor, _ settings: SamplingSettings, _ uniforms: [Double]
) -> (tokens: [Int], logProbs: [Float]) {
  guard settings.temperature > 0 else {
    let tokens = logits.argmax(along: -1, keeping: true)  // [B, 1]
    let logProbs = logits.logSoftmax(along: -1).gathered(along: -1, at: tokens)
    return (tokens.ints, logProbs.floats)
  }
  let logProbs = (logits / settings.temperature).logSoftmax(along: -1)  // [B, V]
  let draws = Tensor(uniforms, shape: [uniforms.count, 1], device: logits.device)
  guard settings.isFiltered else {
    let tokens = draw(logProbs.to(.float64).exp(), at: draws)  // [B, 1]
    return (tokens.ints, logProbs.gathered(along: -1, at: tokens).floats)
  }
  let (sorted, order) = logProbs.to(.float64).exp().sortedDescending(along: -1)  // [B, V] each
  let kept = filtered(sorted, settings)
  let places = draw(kept, at: draws)  // [B, 1]
  let total = kept.sum(along: -1, keeping: true)
  return (
    order.gathered(along: -1, at: places).ints,
    (kept.gathered(along: -1, at: places) / total).log().floats
  )
}

/// The first place where the running sum of unnormalised `weights` passes u · total: `[B, 1]`.
private func draw(_ weights: Tensor, at uniforms: Tensor) -> Tensor {
  let sums = weights.cumulativeSum(along: -1)  // [B, V]
  let last = sums.size(-1) - 1
  let total = sums.narrowed(-1, last..<last + 1)
  let passed = sums.lessOrEqual(to: uniforms * total)
  return passed.to(.int64).sum(along: -1, keeping: true)
}

/// Probabilities sorted from the largest, with those that a filter drops set to zero: `[B, V]`.
private func filtered(_ sorted: Tensor, _ settings: SamplingSettings) -> Tensor {
  var kept = sorted
  if settings.topK > 0 && settings.topK < sorted.size(-1) {
    let ranks = Tensor.arange(0..<sorted.size(-1), device: sorted.device)
    kept = kept.filled(0, where: ranks.less(than: Double(settings.topK)).not())
  }
  if settings.topP < 1 {
    let share = kept / kept.sum(along: -1, keeping: true)
    // A token stays when the likelier ones do not already reach the sum, give or take the rounding
    // of sums: the first always does.
    let before = share.cumulativeSum(along: -1) - share
    kept = kept.filled(0, where: before.less(than: settings.topP * (1 - 1e-12)).not())
  }
  if settings.minP > 0 {
    let best = kept.narrowed(-1, 0..<1)
    kept = kept.filled(0, where: kept.less(than: best * settings.minP))
  }
  return kept
}
