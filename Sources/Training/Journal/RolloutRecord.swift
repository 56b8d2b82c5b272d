// A rollout as it is dumped: verl's keys first, so that its viewer opens our files, then what is
// known of every token.

public import Records

/// One line of a dump.
public struct RolloutRecord: Sendable {
  /// The episode, its credit empty where there is none.
  public var credited: CreditedEpisode
  /// What happened to it in the policy's update; nil where it was not learned from.
  public var trace: UpdateTrace?

  /// A training episode.
  public init(_ credited: CreditedEpisode, _ trace: UpdateTrace? = nil) {
    (self.credited, self.trace) = (credited, trace)
  }

  /// An evaluation episode, which has no credit.
  public init(_ episode: GradedEpisode) {
    credited = CreditedEpisode(
      ScoredEpisode(episode), advantages: [], returns: [], policyLambda: .nan, isTrained: false)
  }

  /// The record as a line of a dump of a global step.
  package func line(step: Int) -> String {
    let episode = credited.episode
    let completion = episode.completion
    let prompt = completion.prompt
    var line = JSONLine()
    line.add("input", prompt.text)
    line.add("output", completion.text)
    line.add("gts", prompt.truth)
    line.add("score", episode.score)
    line.add("step", step)
    line.add("acc", episode.verdict.status == .correct ? 1 : 0)
    line.add("reward", episode.reward)
    line.add("id", prompt.id)
    line.add("source", prompt.source)
    line.add("difficulty", prompt.difficulty)
    line.add("sample", completion.sample)
    line.add("finish_reason", completion.finish.rawValue)
    line.add("length", episode.length)
    line.add("status", episode.verdict.status.rawValue)
    line.add("extracted", episode.verdict.extracted)
    line.add("direct", episode.verdict.isDirect)
    line.add("reason", episode.verdict.reason)
    for (name, points) in (episode.verdict.parts ?? [:]).sorted(by: { $0.key < $1.key }) {
      line.add("reward_\(name)", points)
    }
    line.add("trained", credited.isTrained)
    line.add("lambda_policy", credited.policyLambda)
    addRewards(to: &line)
    // Where a critic's word is held against what came: before the first token, in the middle, before the last.
    if let first = credited.values.first, let last = credited.values.last {
      line.add("values_at", [first, credited.values[credited.values.count / 2], last])
    }
    line.add("prompt_ids", prompt.tokens)
    line.add("token_ids", completion.tokens)
    line.add("log_probs", completion.logProbs)
    // What was not scored is not there.
    if !credited.scored.entropies.isEmpty {
      line.add("old_log_probs", credited.scored.oldLogProbs)
      line.add("entropies", credited.scored.entropies)
    }
    line.add("values", credited.values)
    line.add("advantages", credited.advantages)
    line.add("returns", credited.returns)
    if let trace {
      line.add("ratios", trace.ratios)
      line.add("clips", trace.clips.map { Int($0) })
    }
    return line.object
  }

  /// What generalized advantages are made of besides the values: nearly always a single reward, at the end.
  private func addRewards(to line: inout JSONLine) {
    guard let last = credited.rewards.last else { return }
    if credited.rewards.dropLast().allSatisfy({ $0 == 0 }) {
      line.add("end_reward", last)
    } else {
      line.add("token_rewards", credited.rewards)
    }
    line.add("bootstrap", credited.bootstrap)
  }
}
