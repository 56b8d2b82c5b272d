// The responses to one prompt, as a group: how many are right, and which groups teach anything.

public import Records

/// How one prompt's responses were graded.
public struct GroupTally: Equatable, Sendable {
  /// Correct responses.
  public var correct = 0
  /// Responses that were graded at all.
  public var graded = 0

  /// No tally yet.
  public init() {}

  /// Some right, some not: 0 < correct < graded.
  public var isMixed: Bool { correct > 0 && correct < graded }
  /// All that were graded are right.
  public var isAllCorrect: Bool { graded > 0 && correct == graded }
  /// All that were graded are not.
  public var isAllWrong: Bool { graded > 0 && correct == 0 }
}

/// Counts correct responses by prompt.
///
/// Responses whose verifier failed are not counted at all.
///
/// - Parameter episodes: a batch, in any order.
/// - Returns: a tally for every `prompt.place` in it.
public func groupTallies(of episodes: [GradedEpisode]) -> [Int: GroupTally] {
  episodes.reduce(into: [:]) { tallies, episode in
    let graded = episode.verdict.isGraded ? 1 : 0
    let correct = episode.verdict.status == .correct ? 1 : 0
    tallies[episode.completion.prompt.place, default: GroupTally()].graded += graded
    tallies[episode.completion.prompt.place, default: GroupTally()].correct += correct
  }
}

/// By what the responses of a group must differ to be worth training (`filter_groups.metric`); the
/// names are verl's.
public enum GroupMetric: String, NamedChoice {
  /// By being right: the group is neither all right nor all wrong.
  case accuracy = "acc"
  /// By the verifier's score.
  case score
  /// By the reward, penalties on the whole response taken off.
  case sequenceReward = "seq_reward"

  /// verl's name of the reward with a divergence taken off, which here is the same.
  public static let synonyms: [String: GroupMetric] = ["seq_final_reward": .sequenceReward]
}

/// Dynamic sampling: the places of the prompts whose graded responses differ.
///
/// Source: DAPO, arXiv:2503.14476, sec. 3.2; other metrics than being right: verl's recipe of it.
public func mixedGroups(
  of episodes: [GradedEpisode], by metric: GroupMetric = .accuracy
) -> Set<Int> {
  func differ(by value: KeyPath<GradedEpisode, Float>) -> Set<Int> {
    let graded = episodes.filter(\.verdict.isGraded)
    let groups = Dictionary(grouping: graded, by: \.completion.prompt.place)
    return Set(groups.filter { Set($0.value.map { $0[keyPath: value] }).count > 1 }.keys)
  }
  switch metric {
  case .accuracy: return Set(groupTallies(of: episodes).filter { $0.value.isMixed }.keys)
  case .score: return differ(by: \.score)
  case .sequenceReward: return differ(by: \.reward)
  }
}

/// Overlong filtering: whether a response was cut off by the length limit.
///
/// Source: DAPO, arXiv:2503.14476, sec. 3.4.
public func isTruncated(_ episode: GradedEpisode) -> Bool {
  episode.completion.finish == .length
}
