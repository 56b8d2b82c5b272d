// Diagnostics: the numbers of a step, under verl's names where one exists and `vapo/` elsewhere.

package import Methods
package import Records

/// Ordered name-value pairs of one step.
package struct Metrics {
  private(set) var data: [(name: String, value: Double)] = []

  /// Notes a value, in the place of one of the same name.
  mutating func set(_ name: String, _ value: Double) {
    if let place = data.firstIndex(where: { $0.name == name }) {
      data[place].value = value
    } else {
      data.append((name, value))
    }
  }

  mutating func append(_ other: Metrics) {
    for (name, value) in other.data { set(name, value) }
  }

  /// The value of this name.
  package subscript(name: String) -> Double? { data.first { $0.name == name }?.value }

  /// Mean and standard deviation under `prefix/mean` and `prefix/std`, as TRL names them.
  mutating func moments(_ prefix: String, _ values: [Double]) {
    guard !values.isEmpty else { return }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    set("\(prefix)/mean", mean)
    set("\(prefix)/std", (squares / Double(values.count)).squareRoot())
  }

  /// Mean, largest and smallest under `prefix/mean`, `prefix/max`, `prefix/min`.
  mutating func spread(_ prefix: String, _ values: [Double]) {
    guard let largest = values.max(), let smallest = values.min() else { return }
    set("\(prefix)/mean", values.reduce(0, +) / Double(values.count))
    set("\(prefix)/max", largest)
    set("\(prefix)/min", smallest)
  }
}

/// What the in-reward divergence from the reference costs, and the rewards that are left, under
/// verl's names; nothing where the reward pays for none.
package func divergenceMetrics(_ scored: [ScoredEpisode], algorithm: AlgorithmSettings) -> Metrics {
  var metrics = Metrics()
  guard algorithm.usesKLInReward else { return metrics }
  let sums = scored.map { episode in
    rewardDivergences(episode, by: algorithm.klPenalty).reduce(0) { $0 + Double($1) }
  }
  // A mean over responses of their means over tokens, as verl's is and its controller takes it.
  let means = zip(scored, sums).map { $1 / Double(max(1, $0.episode.length)) }
  metrics.set("actor/reward_kl_penalty", means.reduce(0, +) / Double(max(1, means.count)))
  metrics.set("actor/reward_kl_penalty_coeff", algorithm.klCoefficient)
  metrics.spread(
    "critic/rewards",
    zip(scored, sums).map { Double($0.episode.reward) - algorithm.klCoefficient * $1 })
  return metrics
}

/// How far the rollout's log-probabilities were from the trainer's, and what the correction did.
package func mismatchMetrics(
  _ scored: [ScoredEpisode], _ correction: RolloutCorrectionSettings
) -> Metrics {
  let found = RolloutMismatch(scored, correction)
  var metrics = Metrics()
  metrics.set("rollout_corr/abs_log_ratio_mean", found.meanDistance)
  metrics.set("rollout_corr/abs_log_ratio_max", found.largestDistance)
  metrics.set("rollout_corr/k3_kl", found.divergenceK3)
  if correction.isOn {
    metrics.set("rollout_corr/truncated", found.truncated)
    metrics.set("rollout_corr/dropped", found.dropped)
  }
  return metrics
}

/// The most sources that have metrics of their own.
private let sourcesShown = 64

/// What the episodes of a rollout say, before any update.
func rolloutMetrics(_ episodes: [GradedEpisode]) -> Metrics {
  var metrics = Metrics()
  let count = Double(max(1, episodes.count))
  func share(_ isIn: (GradedEpisode) -> Bool) -> Double {
    Double(episodes.count(where: isIn)) / count
  }
  metrics.spread("critic/score", episodes.map { Double($0.score) })
  metrics.spread("critic/rewards", episodes.map { Double($0.reward) })
  metrics.set("vapo/accuracy", share { $0.verdict.status == .correct })
  metrics.spread("response_length", episodes.map { Double($0.length) })
  metrics.set("response_length/clip_ratio", share { $0.completion.finish == .length })
  metrics.spread("prompt_length", episodes.map { Double($0.completion.prompt.tokens.count) })
  metrics.set("vapo/direct_answers", share { $0.verdict.isDirect })
  for status in Verdict.Status.allCases {
    metrics.set("vapo/verifier/\(status.rawValue)", share { $0.verdict.status == status })
  }
  let parts = episodes.compactMap(\.verdict.parts)
  for name in Set(parts.flatMap(\.keys)).sorted() {
    metrics.moments("reward/\(name)", parts.compactMap { $0[name] })
  }
  let sources = Dictionary(
    grouping: episodes.filter(\.verdict.isGraded), by: \.completion.prompt.source)
  if (2...sourcesShown).contains(sources.count) {
    for (name, some) in sources.sorted(by: { $0.key < $1.key }) {
      metrics.moments("vapo/source/\(name)/score", some.map { Double($0.score) })
      let right = some.count { $0.verdict.status == .correct }
      metrics.set("vapo/source/\(name)/acc", Double(right) / Double(some.count))
    }
  }
  metrics.set("vapo/positive_samples", Double(episodes.count(where: \.isPositive)))

  let groups = Dictionary(grouping: episodes, by: \.completion.prompt.place).values
  let groupCount = Double(max(1, groups.count))
  func groupShare(_ isIn: ([GradedEpisode]) -> Bool) -> Double {
    Double(groups.count(where: isIn)) / groupCount
  }
  let allRight = groupShare { $0.allSatisfy { $0.verdict.status == .correct } }
  let noneRight = groupShare { $0.allSatisfy { $0.verdict.status != .correct } }
  metrics.set("vapo/group/all_correct", allRight)
  metrics.set("vapo/group/all_wrong", noneRight)
  metrics.set("vapo/group/mixed", 1 - allRight - noneRight)
  return metrics
}

/// What credit assignment and the critic say of the rollout, before any update.
func creditMetrics(_ episodes: [CreditedEpisode]) -> Metrics {
  var metrics = Metrics()
  metrics.spread("critic/advantages", episodes.flatMap { $0.advantages.map(Double.init) })
  metrics.spread("vapo/lambda_policy", episodes.map(\.policyLambda))
  let graded = episodes.filter { $0.episode.verdict.isGraded && !$0.values.isEmpty }
  guard !graded.isEmpty else { return metrics }
  metrics.spread("critic/values", graded.flatMap { $0.values.map(Double.init) })
  metrics.spread("critic/returns", graded.flatMap { $0.returns.map(Double.init) })
  metrics.append(criticMetrics(graded))

  // The critic's first word on a prompt against what the group then got.
  let groups = Dictionary(grouping: graded, by: \.episode.completion.prompt.place).values
  let errors = groups.map { group in
    let value = group.reduce(0) { $0 + Double($1.values[0]) } / Double(group.count)
    let reward = group.reduce(0) { $0 + Double($1.episode.reward) } / Double(group.count)
    return abs(value - reward)
  }
  metrics.set("vapo/first_value_error", errors.reduce(0, +) / Double(max(1, errors.count)))
  return metrics
}

/// Explained variance of the outcome by the values of the last tokens.
func lastExplainedVariance(_ episodes: [CreditedEpisode]) -> Double {
  let graded = episodes.filter { $0.episode.verdict.isGraded && !$0.values.isEmpty }
  return explainedVariance(
    values: graded.compactMap(\.values.last), returns: graded.compactMap(\.returns.last)
  ).value
}

/// What the critic knows: of its targets, whole; and of the reward in the end, which does not come
/// from itself as targets with λ < 1 do, by tenths of the response and by response length.
///
/// The bias is the mean of value less reward: zero for a calibrated critic.
package func criticMetrics(_ episodes: [CreditedEpisode]) -> Metrics {
  var metrics = Metrics()
  let values = episodes.map(\.values)
  let returns = episodes.map(\.returns)
  metrics.set(
    "critic/vf_explained_var",
    explainedVariance(values: values.flatMap { $0 }, returns: returns.flatMap { $0 }).value)
  let rewards = episodes.map { episode in
    [Float](repeating: episode.episode.reward, count: episode.values.count)
  }
  for (tenth, result) in explainedVarianceByPosition(values: values, returns: rewards).enumerated()
  where result.count > 0 {
    if result.isDefined { metrics.set("vapo/explained_var/decile_\(tenth + 1)", result.value) }
    metrics.set("vapo/value_bias/decile_\(tenth + 1)", result.meanValue - result.meanReturn)
  }
  for bucket in explainedVarianceByLength(
    values: values, returns: rewards, bounds: [16, 32, 64, 128, 256, 1024, 4096])
  where bucket.responses > 0 {
    let end = bucket.through == Int.max ? "up" : "\(bucket.through)"
    metrics.set("vapo/explained_var/length_\(bucket.from)_\(end)", bucket.explained.value)
  }
  return metrics
}
