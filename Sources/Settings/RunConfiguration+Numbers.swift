// Numbers that no setting has a use for. What a run computes from several settings, such as the tokens of a
// rollout, must not overflow, whatever they are.

import Prompts
import Records

extension RunConfiguration {
  /// The most of any whole number, but for those that only count or seed: products of two stay numbers.
  private static let most = 1 << 31
  /// The most tokens of a prompt or a response: as many positions as any model may have.
  private static let mostTokens = 1 << 22

  /// The most texts that a step holds at once: each takes some hundred bytes before it has a token.
  private static let mostTexts = 1 << 22
  /// The most passes over a rollout, each a list of its mini-batches.
  private static let mostEpochs = 1 << 12

  /// What is out of every range, each with its key.
  var numberProblems: [SettingsProblem] {
    var rules = Rules()
    let unbounded: Set = ["trainer.seed", "trainer.total_response_tokens"]
    for (key, value) in configurationTree(of: self).leaves() where !unbounded.contains(key) {
      for number in value.singles { check(number, key, &rules) }
    }
    for (key, length) in [
      ("data.max_prompt_length", data.maximumPromptLength),
      ("data.max_response_length", data.maximumResponseLength),
    ] {
      rules.require(
        length <= Self.mostTokens, key, "must be at most \(Self.mostTokens), is \(length)")
    }
    for (key, prompts, samples) in [
      ("data.train_batch_size × rollout.n", data.trainBatchSize, rollout.samples),
      (
        "value_pretraining.train_batch_size × value_pretraining.n", valuePretraining.batchSize,
        valuePretraining.samples
      ),
      (
        "reward_model.train_batch_size × reward_model.n", rewardModel.batchSize,
        rewardModel.samples
      ),
      (
        "data.val_max_samples × rollout.val_kwargs.n", max(1, data.validationSamples),
        rollout.evaluation.samples
      ),
      ("warm_start.batch_size", warmStart.batchSize, 1),
    ] {
      let (texts, overflows) = prompts.multipliedReportingOverflow(by: samples)
      rules.require(
        !overflows && texts <= Self.mostTexts, key, "must be at most \(Self.mostTexts) texts")
    }
    for (key, epochs) in [
      ("actor.ppo_epochs", actor.epochs), ("critic.ppo_epochs", critic.update.epochs),
      ("value_pretraining.epochs", valuePretraining.epochs),
      ("reward_model.epochs", rewardModel.epochs),
    ] {
      rules.require(
        epochs <= Self.mostEpochs, key, "must be at most \(Self.mostEpochs), is \(epochs)")
    }
    return rules.problems
  }

  private func check(_ value: ConfigurationValue, _ key: String, _ rules: inout Rules) {
    switch value {
    case .integer(let number):
      rules.require(
        number.magnitude <= Self.most, key,
        "must be from \(-Self.most) to \(Self.most), is \(number)")
    case .number(let number):
      rules.require(number.isFinite, key, "must be a finite number, is \(number)")
    case .boolean, .text, .list, .section: break
    }
  }
}

extension ConfigurationValue {
  /// This value, or the elements of a list.
  fileprivate var singles: [ConfigurationValue] {
    if case .list(let elements, _) = self { return elements.flatMap(\.singles) }
    return [self]
  }
}
