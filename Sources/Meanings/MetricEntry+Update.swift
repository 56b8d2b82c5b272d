// The numbers of updates: losses, clipping, divergence, gradients.

extension MetricEntry {
  static let update = [
    MetricEntry(
      "actor/pg_loss", "The policy's loss, a mean over the step's updates.",
      "Its size says little: it is near 0 where advantages cancel.", trl: "loss/policy_avg"),
    MetricEntry(
      "actor/pg_clipfrac",
      "The share of tokens whose ratio was clipped, at either bound.",
      "0 where a rollout is one update, whose ratio is 1. Above some 0.2 the policy moves too far in one step: lower "
        + "`actor.optim.lr` or `actor.ppo_epochs`.", trl: "clip_ratio/region_mean"),
    MetricEntry(
      "vapo/clipfrac_low", "The share of tokens whose ratio was clipped at 1 - ε_low.",
      trl: "clip_ratio/low_mean"),
    MetricEntry(
      "vapo/clipfrac_high", "The share of tokens whose ratio was clipped at 1 + ε_high.",
      trl: "clip_ratio/high_mean"),
    MetricEntry(
      "actor/pg_clipfrac_lower", "The share of tokens held by the dual clip (`actor.clip_ratio_c`)."
    ),
    MetricEntry(
      "actor/ppo_kl",
      "The mean of log π_old - log π over the tokens, in nats: how far the updates of one step have moved "
        + "the policy.",
      "Above some 0.05 a step it moves too fast."),
    MetricEntry(
      "actor/entropy", "The policy's mean entropy a token, in nats.",
      "It falls slowly. A fall to near 0 within a few steps ends exploration: raise "
        + "`actor.clip_ratio_high`, or `actor.entropy_coeff`. A rise without end: the policy falls apart; "
        + "lower `actor.optim.lr`, or draw with `rollout.min_p`.", trl: "entropy"),
    MetricEntry(
      "actor/grad_norm", "The norm of the policy's gradient before clipping.",
      "Spikes come before a collapse; `actor.optim.grad_clip` bounds them.", trl: "grad_norm"),
    MetricEntry("actor/lr", "The policy's learning rate.", trl: "learning_rate"),
    MetricEntry(
      "actor/kl_loss",
      "The divergence from the reference model that the loss pays for "
        + "(`actor.use_kl_loss`), in nats a token.", trl: "kl"),
    MetricEntry(
      "actor/reward_kl_penalty",
      "The divergence from the reference model that the reward pays for (`algorithm.use_kl_in_reward`), in "
        + "nats a token."),
    MetricEntry("actor/reward_kl_penalty_coeff", "Its price, which a controller may move."),
    MetricEntry(
      "actor/router_aux_loss",
      "How unevenly a mixture's experts are used (`actor.router_aux_loss_coef`); evenly is the number of "
        + "experts a token."),
    MetricEntry(
      "vapo/positive_loss",
      "The imitation loss: the mean of -log π over the tokens of right responses, in nats."),
    MetricEntry("vapo/actor_updates", "Optimizer steps of the policy in this step."),
    MetricEntry(
      "critic/vf_loss", "The critic's loss: half the mean squared error of value and return.",
      "It falls.", trl: "loss/value_avg"),
    MetricEntry(
      "critic/vf_clipfrac", "The share of values that were clipped (`critic.cliprange_value`).",
      trl: "val/clipfrac_avg"),
    MetricEntry("critic/grad_norm", "The norm of the critic's gradient before clipping."),
    MetricEntry("critic/lr", "The critic's learning rate."),
    MetricEntry("vapo/critic_updates", "Optimizer steps of the critic in this step."),
    MetricEntry(
      "vapo/skipped_updates",
      "Updates of the whole run that were left out because a gradient was not finite.",
      "Above 0: lower the learning rate, or train in float32 (`model.dtype`, `model.compute_dtype`)."
    ),
    MetricEntry(
      "vapo/trained_responses", "Responses that the policy learns from in this step.",
      "Fewer than were drawn: some were cut off or not graded and are left out."),
    MetricEntry(
      "vapo/trained_nothing", "1 where the policy learned nothing in the step, 0 otherwise.",
      "1 in every step: every group was left out; the console says why."),
    MetricEntry(
      "vapo/reference_renewed",
      "1 in a step after which the policy became the reference (`algorithm.ref_model_sync_steps`)."),
    MetricEntry("vapo/self_imitation/tokens", "Tokens in the replay buffer."),
    MetricEntry("vapo/self_imitation/policy_loss", "Self-imitation's loss of the policy."),
    MetricEntry("vapo/self_imitation/value_loss", "Self-imitation's loss of the critic."),
    MetricEntry(
      "vapo/warm_start/loss",
      "The warm start's loss: the mean of -log π of the traces' tokens, in nats."),
    MetricEntry("vapo/warm_start/updates", "Optimizer steps of the warm start so far."),
    MetricEntry("vapo/warm_start/hardest", "The hardest difficulty that the traces have by now."),
  ]
}
