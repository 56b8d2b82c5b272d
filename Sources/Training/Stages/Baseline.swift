// Baseline: the policy and the critic on held-out problems, before reinforcement learning.

import Records
import Transformers

/// One step that trains nothing.
struct Baseline {
  /// The critic, where the method has one.
  let critic: ValueModel?

  /// Evaluates the policy; and what the critic knows of those responses.
  @MainActor
  func step(_ next: inout TrainingState, _ run: RunContext) async throws -> Metrics {
    var metrics = Metrics()
    let episodes = try await run.evaluate(&next, &metrics)
    guard let critic else { return metrics }
    let credited = run.credited(episodes, by: critic)
    metrics.append(criticMetrics(credited.filter { $0.episode.verdict.isGraded }))
    try run.dump(credited, next.step)
    return metrics
  }
}
