// Made by dev/make-meanings from the comments on the settings; change them there.

/// Keys with their words; further in, their choices, or what section has the words of what is inside.
let laterSettingTexts = #"""
  reward_model: The critic's training as a reward model, before value pretraining.
  reward_model.steps: The most rollouts of the fixed policy; 0 skips the stage.
  reward_model.until_explained_variance: Stops early when the explained variance of fresh rollouts has reached this; 1 never does.
  reward_model.train_batch_size: Prompts a rollout.
  reward_model.n: Responses a prompt.
  reward_model.epochs: Passes over every rollout.
  reward_model.mini_batch_size: Responses an optimizer step.
  reward_model.optim: The update; its moments are dropped when the stage ends.
    = warm_start.optim
  value_pretraining: Value pretraining.
    = reward_model
  algorithm: Credit assignment.
  algorithm.preset: Which method's page the defaults come from; see `Preset`.
    ppo: Proximal policy optimization; see `PPO`.
    vc-ppo: PPO with value pretraining and two λ; see `VCPPO`.
    grpo: Group-relative policy optimization; see `GRPO`.
    dr-grpo: GRPO without its two biases; see `DrGRPO`.
    dapo: Decoupled clip and dynamic sampling; see `DAPO`.
    r1-zero: DeepSeek-R1-Zero's GRPO; see `R1Zero`.
    vapo: Value-based augmented PPO; see `VAPO`.
    gspo: GRPO with one ratio a response; see `GSPO`.
    cispo: REINFORCE with a clipped weight; see `CISPO`.
    gpg: The plain policy gradient; see `GPG`.
    rloo: Each response against the others; see `RLOO`.
    reinforce++: Returns whitened over the batch; see `ReinforcePlusPlus`.
    reinforce++-baseline: The same less the group's mean; see `ReinforcePlusPlusBaseline`.
  algorithm.adv_estimator: How the reward becomes advantages.
    gae: Generalized advantages against a critic. The only one that has a critic.
    grpo: Against the group's mean; see `dividesByDeviation`.
    rloo: Against the mean of the group's others.
    reinforce_plus_plus: The reward to go, whitened over the batch.
    reinforce_plus_plus_baseline: Against the group's mean, whitened over the batch.
    gpg: Against the group's mean, scaled up for groups that say nothing.
  algorithm.gamma: γ, what a reward is multiplied by for every token that it is away; 1 discounts nothing.
  algorithm.lam_critic: λ of the returns that teach the critic; 1 makes them the reward to go.
  algorithm.lam_policy: λ of the advantages that move the policy.
  algorithm.lam_policy.form: How λ depends on the length of a response.
    fixed: `lam` for every response.
    length-adaptive: 1 - 1/(α·l), from 0 up: the paper's.
    length-adaptive-floor: The same with a horizon of at least min(l, 1/α).
    threshold: `short` up to `length` tokens, `long` beyond.
    threshold-quantile: `short` up to the batch's `quantile` of lengths, `long` beyond.
    endpoint-weight: q^(1/(l-1)).
  algorithm.lam_policy.lam: λ of `fixed`. 0.95: VAPO's vanilla PPO, arXiv:2504.05118, sec. 5.1.
  algorithm.lam_policy.alpha: α of the length-adaptive forms. 0.05: arXiv:2504.05118, sec. 5.1; 20/l puts λ = 0.95 at l tokens.
  algorithm.lam_policy.length: The longest response that is short, of `threshold`.
  algorithm.lam_policy.quantile: The share of responses that is short, of `threshold-quantile`: 0.5 is the median.
  algorithm.lam_policy.short: λ of short responses.
  algorithm.lam_policy.long: λ of long responses.
  algorithm.lam_policy.q: q of `endpoint-weight`: how much of the last reward reaches the first token.
  algorithm.reward_baseline: What is taken from the rewards before `gae`; the group estimators have their own.
    none: Nothing: the paper's.
    group-mean: The group's mean.
    group-mean-std: The group's mean, and divided by its standard deviation.
  algorithm.norm_adv_by_std_in_grpo: Whether `grpo` divides by the group's standard deviation.
  algorithm.whiten_advantages: Whether the batch's advantages are brought to mean 0 and variance 1.
  algorithm.use_kl_in_reward: Whether a divergence from the reference model is taken from the rewards.
  algorithm.kl_coef: The price of that divergence, in rewards a nat.
  algorithm.kl_ctrl: How the price moves.
  algorithm.kl_ctrl.type: How the coefficient moves.
    fixed: Not at all.
    adaptive: Up where the divergence is above the target, down where it is below.
  algorithm.kl_ctrl.target_kl: The divergence to be kept, in nats a token.
  algorithm.kl_ctrl.horizon: The responses over which a full error moves the coefficient by a fifth of itself.
  algorithm.kl_penalty: How that divergence is estimated from a token's log-probabilities, d their difference.
    k1: d. Unbiased and noisy; its gradient in a loss says nothing about the divergence.
    abs: |d|.
    k2: d²/2. Slightly biased; its gradient is that of the divergence.
    k3: exp(-d) + d - 1. Unbiased, never negative; d clamped at ±20 and the estimate at ±10.
    k1+: The value of k1 with the gradient of k2.
    k3+: The value of k3 with the gradient of k2.
  algorithm.ref_model_sync_steps: Rollouts after which the policy as it then is becomes the reference; 0 keeps the first.
  algorithm.filter_groups: Dynamic sampling.
  algorithm.filter_groups.enable: Whether groups whose responses do not differ are dropped: dynamic sampling.
  algorithm.filter_groups.metric: By what they must differ.
    acc: By being right: the group is neither all right nor all wrong.
    score: By the verifier's score.
    seq_reward: By the reward, penalties on the whole response taken off.
  algorithm.filter_groups.max_num_gen_batches: How many rollouts may be drawn to fill one step before it goes on with fewer groups.
  algorithm.overlong_filtering: Whether the policy leaves out responses that were cut off.
  algorithm.positive_loss_coef: μ, the weight of imitating the batch's correct responses; 0 is off.
  algorithm.self_imitation: Imitation from a replay buffer.
  algorithm.self_imitation.enable: Whether it runs.
  algorithm.self_imitation.coef: The weight of self-imitation as a whole; 0 is off. As its updates have AdamW moments of their own, for which a loss's size means nothing, it scales their learning rates.
  algorithm.self_imitation.value_coef: β, the weight of the value loss beside the policy's.
  algorithm.self_imitation.capacity: The most tokens the buffer holds.
  algorithm.self_imitation.priority_exponent: How strongly a priority steers the draw: 0 not at all, 1 in proportion.
  algorithm.self_imitation.importance_exponent: How strongly the draw's bias is taken back: 0 not at all, 1 wholly.
  algorithm.self_imitation.batch_size: Episodes an update replays.
  algorithm.self_imitation.updates_per_step: Updates an optimizer step.
  algorithm.self_imitation.min_tokens: Tokens the buffer must hold before the first replay.
  algorithm.self_imitation.max_advantage: The most a token's R - V counts.
  algorithm.self_imitation.min_normalizer: The least number of tokens an update's loss is divided by.
  algorithm.value_bootstrap_truncated: Whether a response that was cut off is worth what the critic expects after it, instead of its score.
  algorithm.rollout_correction: What is done about the rollout's distribution not being the trainer's.
  algorithm.rollout_correction.rollout_is: How tokens are weighted; where nobody says, `token` with servers, rollouts drawn ahead and weights of eight bits.
    none: Not at all.
    token: By π_old/μ, truncated.
  algorithm.rollout_correction.rollout_is_threshold: C, the most a token's weight may be.
  algorithm.rollout_correction.rollout_rs: What is left out.
    none: Nothing.
    token: Tokens whose ratio lies outside the bounds.
    geometric: Responses whose ratios' geometric mean lies outside the bounds.
  algorithm.rollout_correction.rollout_rs_threshold: The largest ratio that stays.
  algorithm.rollout_correction.rollout_rs_threshold_lower: The smallest ratio that stays; 0 for one over the largest, as in verl.
  actor: The policy's update.
  actor.ppo_mini_batch_size: Responses an optimizer step.
  actor.ppo_epochs: Passes over every rollout.
  actor.ppo_max_token_len: The most positions of a micro-batch.
  actor.activation_checkpointing: Whether a layer's activations are computed again in the backward in place of being kept.
  actor.policy_loss: What the surrogate is.
  actor.policy_loss.loss_mode: What the surrogate is.
    vanilla: PPO's clipped surrogate.
    gspo: The clipped surrogate of sequence ratios.
    cispo: REINFORCE with a clipped weight.
    gpg: The policy gradient itself.
  actor.clip_ratio_low: ε_low: a token whose ratio has fallen below 1 less this gets no gradient that lowers it further.
  actor.clip_ratio_high: ε_high: a token whose ratio has risen above 1 plus this gets no gradient that raises it further; above ε_low it is DAPO's clip-higher.
  actor.clip_ratio_c: c of the dual clip: the most that the ratio of a token with a negative advantage may count; 0 is off.
  actor.loss_agg_mode: What the loss averages over.
    token-mean: Every token counts the same. Source: DAPO, arXiv:2503.14476, sec. 3.3; VAPO, eq. 7.
    seq-mean-token-sum: Every response counts by its length: the sum over tokens, the mean over responses.
    seq-mean-token-mean: Every response counts the same, its tokens sharing. Source: GRPO, arXiv:2402.03300, eq. 3.
    seq-mean-token-sum-norm: The sum over tokens by a constant length. Source: Dr. GRPO, arXiv:2503.20783.
  actor.entropy_coeff: The weight of the entropy bonus; 0 is off.
  actor.router_aux_loss_coef: The weight of the loss that keeps a mixture's experts evenly used; 0 is off.
  actor.use_kl_loss: Whether the divergence from the reference model is part of the loss.
  actor.kl_loss_coef: What that divergence weighs in the loss.
  actor.kl_loss_type: How that divergence is estimated from a token's log-probabilities, d their difference.
    k1: d. Unbiased and noisy; its gradient in a loss says nothing about the divergence.
    abs: |d|.
    k2: d²/2. Slightly biased; its gradient is that of the divergence.
    k3: exp(-d) + d - 1. Unbiased, never negative; d clamped at ±20 and the estimate at ±10.
    k1+: The value of k1 with the gradient of k2.
    k3+: The value of k3 with the gradient of k2.
  actor.optim: The update.
    = warm_start.optim
  critic: The critic and its update.
  critic.model: What the critic starts from.
  critic.model.path: A reward-model, critic or value-checkpoint folder; empty takes the policy's trunk.
  critic.model.lora_rank: The width of a low-rank adapter that learns with the head; 0 trains all weights.
  critic.model.lora_alpha: The adapter's output is scaled by this over the rank.
  critic.model.target_modules: Which linear layers get an adapter: names, or `all-linear`.
  critic.ppo_mini_batch_size: Responses an optimizer step.
  critic.ppo_epochs: Passes over every rollout.
  critic.ppo_max_token_len: The most positions of a micro-batch.
  critic.activation_checkpointing: Whether a layer's activations are computed again in the backward in place of being kept.
  critic.cliprange_value: How far a value may move from the old one before clipping; 0 is off.
  critic.loss_agg_mode: What the loss averages over.
    token-mean: Every token counts the same. Source: DAPO, arXiv:2503.14476, sec. 3.3; VAPO, eq. 7.
    seq-mean-token-sum: Every response counts by its length: the sum over tokens, the mean over responses.
    seq-mean-token-mean: Every response counts the same, its tokens sharing. Source: GRPO, arXiv:2402.03300, eq. 3.
    seq-mean-token-sum-norm: The sum over tokens by a constant length. Source: Dr. GRPO, arXiv:2503.20783.
  critic.optim: The update.
    = warm_start.optim
  """#
