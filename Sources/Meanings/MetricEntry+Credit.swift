// The numbers of credit: values, returns, advantages, and how good the critic is.

extension MetricEntry {
  static let credit = [
    MetricEntry(
      "critic/values/{mean,max,min}", "What the critic expects at every token, in rewards."),
    MetricEntry(
      "critic/returns/{mean,max,min}", "What the critic is taught at every token, in rewards."),
    MetricEntry(
      "critic/advantages/{mean,max,min}", "What moves the policy at every token, in rewards."),
    MetricEntry(
      "critic/vf_explained_var",
      "The share of the variance of the returns that the critic's values explain, before it learns from "
        + "them: 1 is all, 0 no better than their mean.",
      "Below 0 the critic does harm: more value pretraining (`value_pretraining.steps`), or a higher "
        + "`critic.optim.lr`. It may fall late in a run although the critic is good, as the returns then "
        + "hardly vary."),
    MetricEntry(
      "vapo/explained_var/decile_N",
      "The same against the final reward, of the tokens in the Nth tenth of their responses.",
      "It rises from tenth to tenth: the end of a response says more. Flat: the critic sees the prompt and "
        + "not the working; `vapo critic RUN` measures that."),
    MetricEntry(
      "vapo/explained_var/length_FROM_TO",
      "The same against the final reward, of responses of so many tokens."),
    MetricEntry(
      "vapo/value_bias/decile_N",
      "The mean of value less final reward, of the tokens in the Nth tenth of their responses.",
      "0 is right. Below 0 at the start of long responses: a critic that has not been pretrained, or whose "
        + "λ is below 1 (`algorithm.lam_critic`)."),
    MetricEntry(
      "vapo/first_value_error",
      "|the critic's first value for a prompt - the mean reward of its responses|, over prompts."),
    MetricEntry(
      "vapo/lambda_policy/{mean,max,min}",
      "λ of the advantages, over responses: with length-adaptive GAE each has its own."),
    MetricEntry(
      "vapo/credit/{good,bad}",
      "The mean advantage of good, and of bad, decisions, for tasks that know them.",
      "Good above bad."),
    MetricEntry(
      "vapo/credit/rms",
      "The root of the mean square of the advantages of those decisions, and of choices that mean nothing."
    ),
    MetricEntry(
      "vapo/credit/signal_to_noise",
      "The difference of the two means over that root: how clearly one response's advantages tell good "
        + "from bad. Responses needed go with its inverse square."),
    MetricEntry(
      "vapo/credit/group_signal_to_noise",
      "The same of the group's mean as the only baseline, of the same responses."),
    MetricEntry(
      "vapo/credit/exact_signal_to_noise",
      "The same of a critic that knows every state's true value: what there is to be had."),
    MetricEntry(
      "vapo/credit/times_group",
      "How many times as many responses the group's mean needs for the same clearness.",
      "Above 1 the critic's credit is better than the group's; below 1 it is worse."),
    MetricEntry(
      "vapo/critic/error",
      "The critic's squared error against the true value, over the variance of the reward, for tasks "
        + "whose values can be worked out.", "It falls."),
    MetricEntry(
      "vapo/critic/step_shown",
      "The share of a step's true change of value that the critic shows at that step.",
      "Explained variance can be high while this is near 0, and then no step gets credit of its own."
    ),
    MetricEntry(
      "vapo/task/good_decisions", "The share of good decisions, for tasks that know them."),
    MetricEntry(
      "vapo/task/misprinted",
      "The share of responses that write down something that is not so, for tasks that know."),
    MetricEntry(
      "{vapo/value_pretrain,vapo/reward_model}/step", "Rollouts of this stage so far."),
    MetricEntry(
      "{vapo/value_pretrain,vapo/reward_model}/loss", "The critic's loss in this stage."),
    MetricEntry(
      "{vapo/value_pretrain,vapo/reward_model}/explained_var",
      "The critic's explained variance in this stage, of fresh rollouts; of a reward model, of the last "
        + "token's value.",
      "It rises and flattens; the stage may end there (`value_pretraining.until_explained_variance`)."
    ),
  ]
}
