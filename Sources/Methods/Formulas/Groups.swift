// The answers to one prompt, as a group: how many are right, and which groups teach anything.

public import Records

/// How one prompt's answers were judged.
public struct GroupTally: Equatable, Sendable {
  /// Right answers.
  public var correct = 0
  /// Answers that were judged at all.
  public var judged = 0

  /// No tally yet.
  public init() {}

  /// Some right, some not: 0 < correct < judged.
  public var isMixed: Bool { correct > 0 && correct < judged }
  /// All that were judged are right.
  public var isAllCorrect: Bool { judged > 0 && correct == judged }
  /// All that were judged are not.
  public var isAllWrong: Bool { judged > 0 && correct == 0 }
}

/// Counts right answers by prompt.
///
/// Answers whose verifier failed are not counted at all.
///
/// - Parameter episodes: a batch, in any order.
/// - Returns: a tally for every `prompt.place` in it.
public func groupTallies(of episodes: [GradedEpisode]) -> [Int: GroupTally] {
  episodes.reduce(into: [:]) { tallies, episode in
    let judged = episode.verdict.isJudgement ? 1 : 0
    let correct = episode.verdict.status == .correct ? 1 : 0
    tallies[episode.completion.prompt.place, default: GroupTally()].judged += judged
    tallies[episode.completion.prompt.place, default: GroupTally()].correct += correct
  }
}

/// Dynamic sampling: the places of the prompts whose answers are neither all right nor all wrong.
///
/// Source: DAPO, arXiv:2503.14476, sec. 3.2.
public func mixedGroups(of episodes: [GradedEpisode]) -> Set<Int> {
  Set(groupTallies(of: episodes).filter { $0.value.isMixed }.keys)
}

/// Overlong filtering: whether a response was cut off by the length limit.
///
/// Source: DAPO, arXiv:2503.14476, sec. 3.4.
public func isTruncated(_ episode: GradedEpisode) -> Bool {
  episode.completion.finish == .length
}
