// Settings that can be used and do nothing, or not what their name says: said at the start, in words.

import Generation
import Methods
import Prompts

extension RunConfiguration {
  /// What a user should know of these settings, each beginning with its key.
  package var warnings: [String] {
    var warnings: [String] = []
    let responses = data.trainBatchSize * rollout.samples
    let miniBatch = actor.miniBatchSize
    let loss = actor.loss
    if loss.clipRatioHigh != loss.clipRatioLow && actor.epochs == 1 && responses <= miniBatch {
      warnings.append(
        "actor.clip_ratio_high: clips nothing: a rollout of \(responses) responses serves one update, "
          + "in which the ratio is 1. Lower actor.ppo_mini_batch_size (\(miniBatch)) or raise "
          + "actor.ppo_epochs")
    }
    let rest = responses % miniBatch
    if rest > 0 && responses > miniBatch && 4 * rest <= miniBatch {
      warnings.append(
        "actor.ppo_mini_batch_size: the last mini-batch of a rollout holds \(rest) of \(miniBatch) "
          + "responses and moves the policy at the full rate")
    }
    if rollout.sampling.isGreedy && rollout.samples > 1 {
      warnings.append(
        "rollout.temperature: at \(rollout.temperature) all \(rollout.samples) responses to a prompt are the same"
      )
    }
    if rollout.sampling.isFiltered {
      let keys = [
        rollout.sampling.topP < 1 ? "top_p" : nil, rollout.sampling.topK > 0 ? "top_k" : nil,
        rollout.sampling.minP > 0 ? "min_p" : nil,
      ]
      warnings.append(
        "rollout.\(keys.compactMap(\.self).joined(separator: ", rollout.")): responses are drawn from a part "
          + "of the vocabulary, and the loss counts all of it. What is not drawn can grow unseen until a run "
          + "breaks, soonest without algorithm.positive_loss_coef")
    }
    if loss.usesKLLoss && loss.klLossType == .abs {
      warnings.append(
        "actor.kl_loss_type: the gradient of abs is a sign, and rounding chooses it while policy and "
          + "reference are equal, as they are at first")
    }
    return warnings
  }
}
