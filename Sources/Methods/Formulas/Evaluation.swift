// Scores of a model from several samples a problem.

/// The chance that at least one of k samples is right, estimated without bias from n.
///
///     1 - C(n-c, k)/C(n, k) = 1 - Π_{i=n-c+1…n} (1 - k/i)
///
/// Source: Codex, arXiv:2107.03374, eq. 1 and its numerically stable product.
///
/// - Parameters:
///   - k: how many samples one would draw; at most `samples`.
///   - correct: c, the right ones.
///   - samples: n, the samples there are.
/// - Returns: a number in [0, 1].
public func passAtK(_ k: Int, correct: Int, of samples: Int) -> Double {
  precondition((1...max(1, samples)).contains(k), "pass@\(k) of \(samples) samples")
  precondition((0...samples).contains(correct), "\(correct) right of \(samples)")
  if samples - correct < k { return 1 }
  var allWrong = 1.0
  for i in (samples - correct + 1)..<(samples + 1) { allWrong *= 1 - Double(k) / Double(i) }
  return 1 - allWrong
}

/// The mean over the first k samples of being right.
///
/// - Parameters:
///   - k: how many samples count; at most as many as there are.
///   - correct: one a sample.
/// - Returns: a number in [0, 1].
public func averageAtK(_ k: Int, correct: [Bool]) -> Double {
  precondition((1...max(1, correct.count)).contains(k), "avg@\(k) of \(correct.count) samples")
  return Double(correct.prefix(k).count { $0 }) / Double(k)
}

/// Whether the most frequent answer of the first k samples is right.
///
/// Samples without an answer do not vote; no vote at all is wrong. Answers that tie share the
/// outcome, so that it does not depend on their order. Answers are compared byte by byte; an
/// answer is right if any sample that gave it was graded right.
///
/// - Parameters:
///   - k: how many samples vote; at most as many as there are.
///   - answers: one a sample, empty where none was found.
///   - correct: one a sample.
/// - Returns: 1, 0, or the share of right ones among tied answers.
public func majorityAtK(_ k: Int, answers: [String], correct: [Bool]) -> Double {
  precondition(
    answers.count == correct.count, "\(answers.count) answers, \(correct.count) verdicts")
  precondition((1...max(1, answers.count)).contains(k), "maj@\(k) of \(answers.count) samples")
  var votes: [[UInt8]: (count: Int, isCorrect: Bool)] = [:]
  for (answer, isCorrect) in zip(answers, correct).prefix(k) where !answer.isEmpty {
    votes[Array(answer.utf8), default: (0, false)].count += 1
    if isCorrect { votes[Array(answer.utf8)]?.isCorrect = true }
  }
  let most = votes.values.map(\.count).max() ?? 0
  let winners = votes.values.filter { $0.count == most }
  return winners.isEmpty ? 0 : Double(winners.count { $0.isCorrect }) / Double(winners.count)
}
