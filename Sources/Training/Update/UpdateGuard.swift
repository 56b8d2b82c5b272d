// UpdateGuard: counts optimizer steps that were skipped for numbers that were not finite, and
// stops the run when they come in a row.

import Settings

/// Why training cannot go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// Five optimizer steps in a row met numbers that were not finite.
  case notFinite(what: String, step: Int, dump: String)
  /// The engine's log-probabilities and the trainer's disagree as only a wrong engine can; with the
  /// figures in words.
  case logProbMismatch(String)
  /// A server that draws responses does not draw them with the policy's weights; whose mistake it may be.
  case engineMismatch(String)
  /// Steps were asked for and none was done.
  case nothingTrained

  /// The error in words.
  public var description: String {
    switch self {
    case .notFinite(let what, let step, let dump):
      """
      step \(step): \(what) was not finite for the \(UpdateGuard.limit)th optimizer step in a row; \
      the weights are those before. The batch is in \(dump). Lower the learning rate, or look at \
      the batch for what started it
      """
    case .logProbMismatch(let figures):
      """
      the engine's log-probabilities are not the trainer's (\(figures)): the two paths disagree and \
      no ratio can be trusted. The bounds are trainer.log_prob_bounds.mean and .tail; 0 lifts one
      """
    case .engineMismatch(let words):
      """
      \(words). Nothing was learned from it. The bounds are trainer.log_prob_bounds.mean and .tail, and \
      rollout.remote.dtype says what the servers compute in
      """
    case .nothingTrained: "no step was trained although steps were asked for"
    }
  }
}

/// Counts a model's skipped optimizer steps.
package struct UpdateGuard: Codable, Equatable {
  /// How many in a row end the run.
  static let limit = 5

  /// Skipped in all.
  private(set) var total = 0
  /// Skipped since the last good one.
  private(set) var inARow = 0
  /// What was not finite last.
  private(set) var culprit = ""

  mutating func note(_ outcome: UpdateOutcome, of model: String) {
    if let skipped = outcome.skipped {
      total += 1
      inARow += 1
      culprit = "\(model) \(skipped)"
    } else {
      inARow = 0
    }
  }

  var mustStop: Bool { inARow >= Self.limit }
}

/// One guard a model: neither model's good steps excuse the other's.
package struct UpdateGuards: Codable, Equatable {
  /// None skipped yet.
  package init() {}

  /// The policy's.
  package var actor = UpdateGuard()
  /// The critic's.
  package var critic = UpdateGuard()

  /// Steps skipped in all.
  package var total: Int { actor.total + critic.total }

  /// What was not finite, where a run of such steps ends training.
  var culprit: String? { [actor, critic].first(where: \.mustStop)?.culprit }
}

/// Sums numbers over micro-batches and optimizer steps, and gives their means by name.
struct Averages {
  private var sums: [String: (sum: Double, weight: Double)] = [:]

  mutating func add(_ name: String, _ value: Double, weight: Double = 1) {
    let before = sums[name] ?? (0, 0)
    sums[name] = (before.sum + value * weight, before.weight + weight)
  }

  subscript(name: String) -> Double {
    guard let entry = sums[name], entry.weight > 0 else { return 0 }
    return entry.sum / entry.weight
  }

  /// All means, and 0 under those of `names` that were never added.
  func metrics(_ names: [String]) -> Metrics {
    var metrics = Metrics()
    for name in names { metrics.set(name, self[name]) }
    for name in sums.keys.sorted() { metrics.set(name, self[name]) }
    return metrics
  }
}
