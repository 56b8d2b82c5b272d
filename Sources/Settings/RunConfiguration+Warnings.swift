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
    let evaluation = rollout.evaluation.sampling
    if rollout.sampling.isFiltered && !evaluation.isFiltered && !evaluation.isGreedy {
      let keys = [
        rollout.topP < 1 ? "top_p=\(rollout.topP)" : nil,
        rollout.topK > 0 ? "top_k=\(rollout.topK)" : nil,
        rollout.minP > 0 ? "min_p=\(rollout.minP)" : nil,
      ].compactMap(\.self)
      warnings.append(
        "rollout.val_kwargs: evaluation draws from the whole vocabulary, training from a part of it, so that "
          + "nothing teaches the policy about the rest. To evaluate what is trained: "
          + keys.map { "rollout.val_kwargs.\($0)" }.joined(separator: " "))
    }
    if loss.usesKLLoss && loss.klLossType == .abs {
      warnings.append(
        "actor.kl_loss_type: the gradient of abs is a sign, and rounding chooses it while policy and "
          + "reference are equal, as they are at first")
    }
    if !data.trainFiles.isEmpty && data.validationFiles.isEmpty {
      warnings.append(
        "data.val_files: there are none, so evaluations are of the generated task (data.task) and say "
          + "nothing of these problems")
    }
    return warnings
  }
}
