// Drawing tokens from logits: by the house's own kernel on the CPU, one pass over each row and no
// sort; by libtorch's operators elsewhere.

internal import CKernels
internal import CTorch

extension Tensor {
  /// Draws tokens from these logits `[R, V]`, by the inverse of the cumulative distribution.
  ///
  /// The filters act in the order top-k, top-p, min-p, each on the distribution the former left; of
  /// equally likely tokens the lower id comes first. Without filters the distribution is summed in
  /// the order of ids, with them from the likeliest token on. Logits that are not numbers give
  /// token 0 with a log-probability that is none.
  ///
  /// - Parameters:
  ///   - temperature: what logits are divided by; 0 takes the likeliest token.
  ///   - topK: keeps the k likeliest tokens; 0 or less keeps all.
  ///   - topP: keeps the likeliest tokens up to this sum of probabilities; 1 keeps all.
  ///   - minP: keeps tokens at least this likely relative to the likeliest one; 0 keeps all.
  ///   - rows: the row each draw is from; nil takes one from every row.
  ///   - uniforms: one number in [0, 1) a draw.
  ///   - masks: whether the filters' masks are wanted.
  /// - Returns: a token a draw, its log-probability under the bent distribution, and what the filters
  ///   left of every draw's row, in the order of the draws.
  public func drawing(
    temperature: Double, topK: Int, topP: Double, minP: Double, rows: [Int]? = nil,
    uniforms: [Double], masks: Bool = false
  ) -> (tokens: [Int], logProbs: [Float], masks: RowMasks?) {
    let count = uniforms.count
    precondition(rows?.count ?? size(0) == count, "\(count) numbers for other than as many draws")
    let bend = CTBend(
      temperature: temperature, top_k: Int64(topK), top_p: topP, min_p: minP)
    let places = rows?.map(Int64.init)
    var tokens = [Int64](repeating: 0, count: count)
    var logProbs = [Float](repeating: 0, count: count)
    guard masks else {
      must(ct_draw(handle, bend, places, uniforms, Int64(count), &tokens, &logProbs, nil, nil))
      return (tokens.map(Int.init), logProbs, nil)
    }
    var lengths = [Int64](repeating: 0, count: count)
    var words: OpaquePointer?
    must(
      ct_draw(handle, bend, places, uniforms, Int64(count), &tokens, &logProbs, &lengths, &words))
    let found = RowMasks(
      lengths: lengths.map(Int.init),
      words: Tensor(owning: words).ints.map { UInt32(truncatingIfNeeded: $0) })
    return (tokens.map(Int.init), logProbs, found)
  }
}
