// The numbers of a rollout: rewards, lengths, groups, and how far the sampler is from the trainer.

extension MetricEntry {
  static let rollout = [
    MetricEntry(
      "critic/score/{mean,max,min}",
      "The verifier's scores of the rollout's responses, before penalties; with dynamic sampling, of its first "
        + "batch, as all numbers of a rollout.",
      "Its mean rises. All the same from the start: no group teaches anything; try easier problems, or more "
        + "responses a prompt (`rollout.n`).",
      trl: "rewards/NAME/mean"),
    MetricEntry(
      "critic/rewards/{mean,max,min}",
      "The rewards that are learned from: scores, normalized and clipped where the settings say so, less what "
        + "length and divergence cost.",
      "Its mean rises. It rises while `val-core/…` does not: the verifier is fooled, or the problems are "
        + "learned by heart; read the rollouts.",
      trl: "reward"),
    MetricEntry(
      "reward/NAME/{mean,std}",
      "The score of one part of the reward (`reward.parts`), before its weight, over responses.",
      "A standard deviation of 0 says that the part does nothing.", trl: "rewards/NAME/{mean,std}"),
    MetricEntry(
      "vapo/accuracy", "The share of responses that the verifier says are right, 0 to 1."),
    MetricEntry(
      "vapo/verifier/STATUS",
      "The share of responses with a verdict: ok, wrong, no_answer, timeout or error.",
      "no_answer near 1: the responses are not in the form that the verifier reads; look at one, and at "
        + "`reward.extraction` and `data.prompt_template`. timeout or error above 0: see `vapo verify`."
    ),
    MetricEntry(
      "vapo/direct_answers",
      "The share of responses that give the answer with no working at all, for tasks that know."),
    MetricEntry(
      "vapo/positive_samples",
      "How many right responses the imitation loss may use (`algorithm.positive_loss_coef`)."),
    MetricEntry(
      "vapo/group/{all_correct,all_wrong,mixed}",
      "The share of prompts whose responses are all right, all wrong, or differ.",
      "Only mixed groups teach a method without a critic. Few: the problems are too easy or too hard; try "
        + "`algorithm.filter_groups.enable`, or other problems."),
    MetricEntry(
      "vapo/source/SOURCE/score/{mean,std}",
      "The scores of the responses to one data source's problems, where there are several."),
    MetricEntry(
      "vapo/source/SOURCE/acc", "The share of right responses to one data source's problems."),
    MetricEntry(
      "response_length/{mean,max,min}", "Tokens of a response, its end of sequence included.",
      "It grows where longer reasoning pays. Growth without reward: see `reward.overlong_buffer`; a fall to "
        + "a few tokens: the policy has found an answer that needs no reasoning.",
      trl: "completions/{mean,max,min}_length"),
    MetricEntry(
      "response_length/clip_ratio",
      "The share of responses that were cut off at `data.max_response_length`.",
      "Above some 0.1 the limit grades, not the verifier: raise it, or set `reward.overlong_buffer` or "
        + "`algorithm.overlong_filtering`.", trl: "completions/clipped_ratio"),
    MetricEntry("prompt_length/{mean,max,min}", "Tokens of a prompt."),
    MetricEntry(
      "vapo/filter_groups/batches",
      "Rollouts that dynamic sampling drew to fill the step.",
      "At `algorithm.filter_groups.max_num_gen_batches` in every step: most groups say nothing."),
    MetricEntry(
      "vapo/filter_groups/kept",
      "Groups whose responses differ, by `algorithm.filter_groups.metric`, that were found."),
    MetricEntry(
      "vapo/rollout_staleness",
      "Steps between the weights that drew this rollout and the weights that learn from it."),
    MetricEntry(
      "training/rollout_probs_diff_{mean,max}",
      "The difference of a sampled token's probability by the sampler and by the trainer.",
      "Small in float32, and in bfloat16 as large as its rounding. A mean that grows over the steps: see "
        + "`rollout_corr/…`."),
    MetricEntry(
      "rollout_corr/abs_log_ratio_{mean,max}",
      "|log π(trainer) - log π(sampler)| of the sampled tokens, in nats.",
      "A mean that grows over the steps: the trainer's weights do not reach the sampler, or one of the two "
        + "loses precision. `algorithm.rollout_correction.rollout_is=token` weighs it out.",
      trl: "sampling/sampling_logp_difference/{mean,max}"),
    MetricEntry(
      "rollout_corr/k3_kl",
      "The divergence of the trainer's policy from the sampler's, estimated by k3, in nats a token."
    ),
    MetricEntry(
      "rollout_corr/truncated",
      "The share of tokens whose importance weight was cut off at its cap."),
    MetricEntry(
      "rollout_corr/dropped", "The share of tokens that the correction leaves out of the loss."),
    MetricEntry(
      "rollout_corr/probe_{mean,tail}",
      "How far servers are from the trainer on a fixed prompt after every load of weights, in units of what "
        + "rounding makes of them: the mean, and what one token in a hundred exceeds."),
  ]
}
