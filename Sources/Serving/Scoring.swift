// What the model says of every token of a text, and which tokens it would rather have seen.

import Torch
import Transformers

/// The log-probability of one token, and the likeliest tokens in its place.
struct TokenScore: Equatable, Sendable {
  var token: Int
  /// In nats, of the model's own distribution, before any temperature; nil for the first token,
  /// which nothing predicts.
  var logProb: Float?
  /// The likeliest tokens there, the likeliest first.
  var top: [TopToken] = []
}

/// A token that might have stood somewhere.
struct TopToken: Equatable, Sendable {
  var token: Int
  var logProb: Float
}

extension LanguageModel {
  /// How many bytes of logits are there at once.
  private static let logitBytes = 128 << 20
  /// Scores texts.
  ///
  /// - Parameters:
  ///   - texts: token ids, none empty, none longer than the model has positions.
  ///   - top: how many of the likeliest tokens to name at each place.
  /// - Returns: a score a token.
  func scores(of texts: [[Int]], top: Int) -> [[TokenScore]] {
    batches(of: texts.map(\.count)).flatMap { packed(Array(texts[$0]), top) }
  }

  /// Scores texts that lie end to end.
  private func packed(_ texts: [[Int]], _ top: Int) -> [[TokenScore]] {
    let ids = texts.flatMap(\.self)
    let (hidden, segments) = decoder.hidden(of: texts)
    // Each row predicts the token after it; what the last row of a text predicts is dropped below.
    let next = Array(ids.dropFirst()) + [0]
    let most = max(1, Self.logitBytes / (4 * configuration.vocabularySize))
    var chosen: [Float] = []
    var likeliest: [(tokens: [Int], logProbs: [Float])] = []
    for first in stride(from: 0, to: ids.count, by: most) {
      let part = first..<min(first + most, ids.count)
      let logProbs = logits(hidden.narrowed(0, part)).logSoftmax(along: -1)  // [P, V]
      let targets = Tensor(Array(next[part]), device: decoder.device).unsqueezed(-1)
      chosen += logProbs.gathered(along: -1, at: targets).floats
      guard top > 0 else { continue }
      let (values, places) = logProbs.largest(top, along: -1)  // [P, top] each
      likeliest.append((places.ints, values.floats))
    }
    let tokens = likeliest.flatMap(\.tokens)
    let values = likeliest.flatMap(\.logProbs)
    return segments.map { segment in
      (segment.start..<segment.start + segment.length).map { place in
        guard place > segment.start else { return TokenScore(token: ids[place], logProb: nil) }
        let names = top * (place - 1)..<top * place
        return TokenScore(
          token: ids[place], logProb: chosen[place - 1],
          top: names.map { TopToken(token: tokens[$0], logProb: values[$0]) })
      }
    }
  }
}
