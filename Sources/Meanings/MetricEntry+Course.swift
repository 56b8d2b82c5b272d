// The numbers of a run's course: held-out scores, tokens, time.

extension MetricEntry {
  static let course = [
    MetricEntry(
      "val-core/SOURCE/acc/mean@K",
      "The share of right responses to a data source's held-out problems, K a problem: avg@k.",
      "The number that counts."),
    MetricEntry(
      "val-core/SOURCE/acc/best@K/mean",
      "The share of held-out problems of which one of K responses is right: pass@k.",
      "It falls while avg@k rises: the policy gives up variety for certainty."),
    MetricEntry(
      "val-core/SOURCE/acc/maj@K/mean",
      "The share of held-out problems of which the most frequent answer of K is right."),
    MetricEntry(
      "vapo/held_out/avg", "The share of right responses to all held-out problems."),
    MetricEntry(
      "vapo/held_out/difficulty_FROM_TO",
      "The same of the problems of some difficulties, for tasks that know."),
    MetricEntry("val-aux/response_length/mean", "Tokens of a response to held-out problems."),
    MetricEntry(
      "val-aux/response_length/clip_ratio", "The share of them that were cut off."),
    MetricEntry(
      "val-aux/direct_answers", "The share of them that give the answer with no working."),
    MetricEntry(
      "val-aux/ungraded", "Responses to held-out problems that the verifier could not grade.",
      "Above 0: see `vapo verify`."),
    MetricEntry("training/global_step", "The step, over all stages."),
    MetricEntry(
      "training/stage",
      "The stage: 0 warm start, 1 reward model, 2 value pretraining, 3 the score before, 4 reinforcement."
    ),
    MetricEntry(
      "vapo/response_tokens",
      "Response tokens of the run so far, a reward model's stage left out: what methods are compared by."
    ),
    MetricEntry("perf/total_num_tokens", "Response tokens of this step."),
    MetricEntry("perf/generation_throughput", "Response tokens a second while they were drawn."),
    MetricEntry(
      "perf/max_memory_allocated_gb",
      "The most memory since the process was started, in GiB: of the first process's GPU, or of the process itself on CPUs."
    ),
    MetricEntry("timing_s/step", "Seconds of the whole step."),
    MetricEntry("timing_s/gen", "Seconds of drawing responses."),
    MetricEntry(
      "timing_s/reward",
      "Seconds from the last response to the last grade; with several processes their wait for each other too.",
      "More than of drawing, in one process: the verifier is slow; see `reward.code.workers`, `reward.command.workers`."
    ),
    MetricEntry(
      "timing_s/old_log_prob",
      "Seconds of scoring responses by policy, reference and critic before the update."),
    MetricEntry("timing_s/update_actor", "Seconds of the policy's updates."),
    MetricEntry("timing_s/update_critic", "Seconds of the critic's updates."),
    MetricEntry("timing_s/testing", "Seconds of the evaluation."),
    MetricEntry("timing_s/load_weights", "Seconds of bringing new weights to servers."),
    MetricEntry("timing_s/probe", "Seconds of probing servers after that."),
  ]
}
