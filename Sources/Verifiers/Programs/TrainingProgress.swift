// Where training stands, for reward functions that change as it goes on. It travels with the task and
// not with the responses, because it is a fact about the moment of grading and of no interest to any
// other verifier.

/// How far training has come.
public struct TrainingProgress: Equatable, Sendable {
  /// Steps of reinforcement done; 0 while the first rollout is graded.
  public var step: Int
  /// How many there will be.
  public var total: Int

  /// Puts it together.
  public init(step: Int, of total: Int) {
    (self.step, self.total) = (step, total)
  }

  /// What holds while responses are graded; nil where nothing is trained.
  @TaskLocal public static var current: TrainingProgress?
}
