// What a step shows on the console, out of all it has measured.

extension Trainer {
  /// The console's line of a step.
  ///
  /// - Parameters:
  ///   - done: where the step's stage was after it.
  ///   - metrics: what the step measured.
  /// - Returns: the line.
  func stepLine(_ done: TrainingState, _ metrics: Metrics) -> StepLine {
    let stage = done.stage
    var line = StepLine(
      step: state.step, stage: stage.words, done: done.stageStep,
      of: configuration.steps(of: stage, at: done))
    line.reward = metrics["critic/rewards/mean"]
    line.accuracy = metrics["vapo/accuracy"]
    line.length = metrics["response_length/mean"]
    line.clipLow = metrics["vapo/clipfrac_low"]
    line.clipHigh = metrics["vapo/clipfrac_high"]
    line.entropy = metrics["actor/entropy"]
    line.explainedVariance = metrics["critic/vf_explained_var"]
    if let seconds = metrics["timing_s/step"], let tokens = metrics["perf/total_num_tokens"] {
      line.speed = tokens / max(seconds, 1e-9)
    }
    if let seconds = metrics["timing_s/step"], state.stage == stage {
      stepSeconds = stepSeconds == 0 ? seconds : 0.8 * stepSeconds + 0.2 * seconds
      line.secondsLeft =
        stepSeconds * Double(configuration.steps(of: stage, at: state) - state.stageStep)
    } else {
      stepSeconds = 0
    }
    return line
  }
}

extension StepReport {
  /// A step's numbers in their order.
  init(step: Int, _ metrics: Metrics) {
    self.init(step: step)
    for (name, value) in metrics.data { self[name] = value }
  }
}
