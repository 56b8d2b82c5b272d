// The soft punishment of long answers.

/// What a response's length costs.
///
///     0                               length ≤ maximum - buffer
///     factor·(maximum - buffer - length)/buffer   up to maximum
///     -factor                         beyond
///
/// A response that stops within the last `buffer` tokens pays in proportion, so that the limit is
/// felt before it cuts. Source: DAPO (arXiv 2503.14476) equation 13, where the factor is 1.
///
/// - Parameters:
///   - length: Response tokens, the stop token included.
///   - maximum: The length limit of responses.
///   - buffer: How many tokens before the limit the punishment begins; 1 to `maximum`.
///   - factor: What a response of the full length pays.
/// - Returns: A number from -factor to 0, to be added to the score.
public func overlongPenalty(length: Int, maximum: Int, buffer: Int, factor: Double) -> Double {
  precondition((1...maximum).contains(buffer), "a buffer of \(buffer) in a limit of \(maximum)")
  let excess = min(max(length - (maximum - buffer), 0), buffer)
  return excess == 0 ? 0 : -factor * Double(excess) / Double(buffer)
}
