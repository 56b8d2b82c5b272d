// A preset on the command line takes the file's preset away whole.

import Foundation
import Methods
import Prompts
import Settings
import Testing
import TestSupport

@Suite("Presets over presets")
struct PresetLayerTests {
  @Test(
    "after any other preset of a file, one of the command line is that one alone",
    arguments: Preset.allCases)
  func everyPair(first: Preset) throws {
    for second in Preset.allCases {
      let alone = try RunConfiguration.load(
        recipe: nil, overrides: ["algorithm=\(second.rawValue)"])
      for text in [
        "algorithm: {preset: \(first.rawValue)}\n", "algorithm: \(first.rawValue)\n",
      ] {
        try withTemporaryFolder { folder in
          let file = folder.appending(path: "recipe.yaml")
          try Data(text.utf8).write(to: file)
          let both = try RunConfiguration.load(
            recipe: file, overrides: ["algorithm=\(second.rawValue)"])
          #expect(both == alone, "\(second) over \(first)")
        }
      }
    }
  }

  @Test("a file's own settings of the task's scale stay under another preset")
  func scaleStays() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "recipe.yaml")
      let text = """
        algorithm: {preset: grpo}
        rollout: {n: 4}
        data: {train_batch_size: 8}
        actor: {kl_loss_coef: 0.5}
        """
      try Data(text.utf8).write(to: file)
      let vapo = try RunConfiguration.load(recipe: file, overrides: ["algorithm=vapo"])
      #expect(vapo.rollout.samples == 4 && vapo.data.trainBatchSize == 8)
      #expect(vapo.valuePretraining.steps == 50)
      #expect(!vapo.actor.loss.usesKLLoss && vapo.actor.loss.klLossCoefficient == 0.001)
      let ppo = try RunConfiguration.load(recipe: file, overrides: ["algorithm=ppo"])
      #expect(ppo.rollout.samples == 1 && ppo.data.trainBatchSize == 32)
      let same = try RunConfiguration.load(recipe: file, overrides: ["algorithm=grpo"])
      #expect(same.actor.loss.klLossCoefficient == 0.5)
    }
  }

  @Test(
    "verl's spellings are understood",
    arguments: [
      "actor.kl_loss_type=low_var_kl", "actor.kl_loss_type=kl", "actor.kl_loss_type=mse",
      "actor.kl_loss_type=abs", "actor.kl_loss_type=k1", "algorithm.kl_penalty=kl",
      "algorithm.kl_penalty=low_var_kl", "actor.loss_agg_mode=seq-mean-token-sum-norm",
      "actor_rollout_ref.actor.policy_loss.loss_mode=vanilla", "algorithm.adv_estimator=rloo",
    ])
  func verlSpellings(override: String) throws {
    let settings =
      override.hasPrefix("algorithm.adv_estimator")
      ? ["algorithm=grpo", override] : [override]
    _ = try RunConfiguration.load(recipe: nil, overrides: settings)
  }
}
