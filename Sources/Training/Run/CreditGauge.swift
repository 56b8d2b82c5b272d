// The gauge of credit and critic, where a task knows which decisions were good and what every state is
// worth. Explained variance asks whether a critic tells good responses from bad ones; what a policy
// learns from is whether it shows what a single step changed.

import Methods
package import Prompts
package import Records
import Settings

/// What the credit of a rollout is worth, and what its critic knows.
///
///     signal      mean advantage of good decisions less that of bad ones
///     rms         of the advantages of all decisions and of choices that mean nothing
///     needed      (rms / signal)², in proportion to the responses that tell good from bad
///
/// Source: the signal-to-noise ratio of a policy gradient whose decisions are independent; docs/study.md
/// works it out.
struct CreditGauge {
  private let task: any ValuedTask
  /// A graded and worked response, with the task's account of it.
  private struct Worked {
    var credited: CreditedEpisode
    var account: Account
    /// What its reward is more than its group's mean; nil where it is alone.
    var lead: Double?
  }
  private let worked: [Worked]
  private let goodShare: Double
  /// The rewards of right and of wrong responses; nil where there are not both.
  private let stakes: (right: Double, wrong: Double)?

  /// Takes a rollout's credit; nil where nothing was worked.
  ///
  /// - Parameters:
  ///   - task: what made the problems.
  ///   - episodes: groups complete, credited.
  init?(_ task: any ValuedTask, _ episodes: [CreditedEpisode]) {
    self.task = task
    let graded = episodes.filter { $0.episode.verdict.isGraded }
    func mean(_ rewards: [Double]) -> Double? {
      rewards.isEmpty ? nil : rewards.reduce(0, +) / Double(rewards.count)
    }
    let groups = Dictionary(grouping: graded, by: \.episode.completion.prompt.place)
      .compactMapValues { group in
        group.count > 1 ? mean(group.map { Double($0.episode.reward) }) : nil
      }
    worked = graded.compactMap { credited in
      let completion = credited.episode.completion
      // A model with a vocabulary of its own may cut words into several tokens.
      let words = completion.text.split(separator: " ").count
      guard completion.tokens.count == words + (completion.finish == .stop ? 1 : 0),
        let account = task.account(of: completion.text, to: completion.prompt.truth),
        let last = account.decisions.last?.token, last + 2 < credited.advantages.count
      else { return nil }
      let group = groups[completion.prompt.place]
      return Worked(
        credited: credited, account: account,
        lead: group.map { Double(credited.episode.reward) - $0 })
    }
    let decisions = worked.flatMap(\.account.decisions)
    guard !decisions.isEmpty else { return nil }
    goodShare = Double(decisions.count(where: \.isGood)) / Double(decisions.count)
    let right = graded.filter { $0.episode.verdict.status == .correct }
    let wrong = graded.filter { $0.episode.verdict.status != .correct }
    let rewards = (
      mean(right.map { Double($0.episode.reward) }), mean(wrong.map { Double($0.episode.reward) })
    )
    stakes = rewards.0.flatMap { one in rewards.1.map { (one, $0) } }
  }

  /// All of it, by name.
  var metrics: Metrics {
    var metrics = Metrics()
    metrics.set("vapo/task/good_decisions", goodShare)
    let misprinted = worked.count { $0.account.misprints > 0 }
    metrics.set("vapo/task/misprinted", Double(misprinted) / Double(worked.count))
    let credit = separation { place, token in
      Double(worked[place].credited.advantages[token])
    }
    metrics.set("vapo/credit/good", credit.good)
    metrics.set("vapo/credit/bad", credit.bad)
    metrics.set("vapo/credit/rms", credit.rms)
    metrics.set("vapo/credit/signal_to_noise", credit.ratio)
    let group = separation { place, _ in worked[place].lead ?? 0 }
    if group.ratio > 0 {
      metrics.set("vapo/credit/group_signal_to_noise", group.ratio)
      if credit.ratio > 0 {
        let ratio = credit.ratio / group.ratio
        metrics.set("vapo/credit/times_group", ratio * ratio)
      }
    }
    if let critic = criticMetrics { metrics.append(critic) }
    return metrics
  }

  /// How far an estimate sets good decisions apart from bad ones.
  private struct Separation {
    var good: Double
    var bad: Double
    var rms: Double

    var ratio: Double { rms > 0 ? (good - bad) / rms : 0 }
  }

  private func separation(_ estimate: (_ place: Int, _ token: Int) -> Double) -> Separation {
    var sums = (good: 0.0, bad: 0.0, squares: 0.0)
    var counts = (good: 0, bad: 0, all: 0)
    for (place, response) in worked.enumerated() {
      for decision in response.account.decisions {
        let value = estimate(place, decision.token)
        if decision.isGood {
          (sums.good, counts.good) = (sums.good + value, counts.good + 1)
        } else {
          (sums.bad, counts.bad) = (sums.bad + value, counts.bad + 1)
        }
        (sums.squares, counts.all) = (sums.squares + value * value, counts.all + 1)
      }
      for token in response.account.idle {
        let value = estimate(place, token)
        (sums.squares, counts.all) = (sums.squares + value * value, counts.all + 1)
      }
    }
    return Separation(
      good: sums.good / Double(max(1, counts.good)), bad: sums.bad / Double(max(1, counts.bad)),
      rms: (sums.squares / Double(max(1, counts.all))).squareRoot())
  }

  /// The critic against the truth: its squared error over the variance of the reward, and the share of a
  /// step's true change that it shows, which is the slope of its change over the true one.
  private var criticMetrics: Metrics? {
    guard let stakes, stakes.right > stakes.wrong else { return nil }
    var (errors, tokens) = (0.0, 0)
    var rewards = (sum: 0.0, squares: 0.0)
    var (crossed, squared) = (0.0, 0.0)
    var exact: [[Double]] = []
    for response in worked {
      let completion = response.credited.episode.completion
      let values = response.credited.values.map(Double.init)
      guard
        let chances = task.chances(
          of: completion.text, to: completion.prompt.truth, goodShare: goodShare,
          tokens: completion.tokens.count)
      else { return nil }
      let truth = chances.map { stakes.wrong + $0 * (stakes.right - stakes.wrong) }
      exact.append(truth)
      let reward = Double(response.credited.episode.reward)
      rewards = (rewards.sum + reward, rewards.squares + reward * reward)
      guard values.count == truth.count else { continue }
      for (value, exact) in zip(values, truth) { errors += (value - exact) * (value - exact) }
      tokens += values.count
      // A door's worth shows at the latest before the word that follows its score.
      for decision in response.account.decisions {
        let (before, after) = (decision.token, decision.token + 2)
        let change = truth[after] - truth[before]
        crossed += change * (values[after] - values[before])
        squared += change * change
      }
    }
    let count = Double(worked.count)
    let variance = rewards.squares / count - rewards.sum / count * (rewards.sum / count)
    guard variance > 0 else { return nil }
    var metrics = Metrics()
    if tokens > 0 {
      metrics.set("vapo/critic/error", errors / Double(tokens) / variance)
      if squared > 0 { metrics.set("vapo/critic/step_shown", crossed / squared) }
    }
    if tokens > 0, let ratio = exactRatio(exact) {
      metrics.set("vapo/credit/exact_signal_to_noise", ratio)
    }
    return metrics
  }

  /// What credit would be with the exact values in the critic's place, at the same λ.
  private func exactRatio(_ exact: [[Double]]) -> Double? {
    let advantages = zip(worked, exact).map { response, values in
      let episode = response.credited.episode
      return generalizedAdvantages(
        rewards: terminalRewards(episode.reward, length: episode.length),
        values: values.map(Float.init), discount: 1, lambda: response.credited.policyLambda)
    }
    let result = separation { place, token in Double(advantages[place][token]) }
    return result.rms > 0 ? result.ratio : nil
  }
}

/// What the gauge says of a rollout's credit, by name; nothing where nothing was worked.
package func creditGauge(_ task: any ValuedTask, _ credited: [CreditedEpisode]) -> Metrics {
  CreditGauge(task, credited)?.metrics ?? Metrics()
}

extension RunContext {
  /// What the gauge says of a rollout's credit; nothing where the task knows no values, or problems come
  /// from files.
  func gauge(_ credited: [CreditedEpisode]) -> Metrics {
    guard configuration.data.trainFiles.isEmpty, let task = stations.task as? any ValuedTask else {
      return Metrics()
    }
    return creditGauge(task, credited)
  }
}
