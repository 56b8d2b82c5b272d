// Every setting has words, and what they say of choices, methods and other trainers is so.

import Foundation
import Meanings
import Methods
import Settings
import Testing
import TestSupport

@Suite("Setting entries")
struct SettingEntryTests {
  @Test("every setting and every section of a run has words, and no words are of anything else")
  func complete() {
    let keys = ConfigurationLoader.settings(of: RunConfiguration()).map(\.key)
    #expect(keys.count > 250 && Set(keys).count == keys.count)
    #expect(SettingEntry.all.map(\.key) == keys)
    #expect(SettingEntry.all.filter { $0.words.isEmpty }.map(\.key) == [])
    #expect(SettingText.all.keys.filter { !keys.contains($0) } == [])
    #expect(NamesElsewhere.keys.filter { !keys.contains($0) } == [])
  }

  @Test("the choices are those that the program takes, and the standard value is one of them")
  func choices() throws {
    let withChoices = SettingEntry.all.filter { !$0.choices.isEmpty }
    #expect(withChoices.count > 25)
    for entry in withChoices {
      let isList = entry.standard.hasPrefix("[")
      let names = entry.choices.map(\.name)
      for name in names {
        let line = try ConfigurationLoader.parse(
          overrides: [isList ? "\(entry.key)=[\(name)]" : "\(entry.key)=\(name)"])
        _ = try ConfigurationLoader.apply(line, to: RunConfiguration())
      }
      if !isList { #expect(names.contains(entry.standard), "\(entry.key)") }
      // What is refused names all choices there are.
      let wrong = try ConfigurationLoader.parse(
        overrides: [isList ? "\(entry.key)=[no-such]" : "\(entry.key)=no-such"])
      let refusal = #expect(throws: ConfigurationError.self) {
        _ = try ConfigurationLoader.apply(wrong, to: RunConfiguration())
      }
      #expect(
        refusal?.description.contains("choices: \(names.joined(separator: ", "))") == true,
        "\(entry.key): \(refusal?.description ?? "taken")")
    }
  }

  @Test("no setting that has choices lacks their words")
  func choicesOfAll() throws {
    for entry in SettingEntry.all where entry.choices.isEmpty && !entry.isSection {
      let isList = entry.standard.hasPrefix("[")
      let wrong = try ConfigurationLoader.parse(
        overrides: [isList ? "\(entry.key)=[no-such]" : "\(entry.key)=no-such"])
      do {
        _ = try ConfigurationLoader.apply(wrong, to: RunConfiguration())
      } catch {
        #expect(!error.description.contains("choices:"), "\(entry.key): \(error)")
      }
    }
  }

  @Test("what a method sets is what a run of it gets")
  func methods() throws {
    let high = try #require(SettingEntry.entry(of: "actor.clip_ratio_high"))
    #expect(high.standard == "0.28")
    #expect(high.byMethod.contains { $0.method == "grpo" && $0.value == "0.2" })
    #expect(!high.byMethod.contains { $0.method == "vapo" || $0.method == "dapo" })
    // VAPO is the standard, so it changes nothing.
    #expect(!SettingEntry.all.contains { $0.byMethod.contains { $0.method == "vapo" } })
    for entry in SettingEntry.all {
      for one in entry.byMethod {
        let run = try RunConfiguration.load(
          recipe: nil, overrides: ["algorithm.preset=\(one.method)"])
        let value = ConfigurationLoader.settings(of: run).first { $0.key == entry.key }?.value
        #expect(value == one.value, "\(entry.key) in \(one.method)")
      }
    }
  }

  @Test("a key is found with verl's prefix, by verl's name, and under a name of one's own")
  func spellings() {
    func key(_ name: String) -> String? { SettingEntry.entry(of: name)?.key }
    #expect(key("actor.optim.lr") == "actor.optim.lr")
    #expect(key("actor_rollout_ref.actor.optim.lr") == "actor.optim.lr")
    #expect(key("actor_rollout_ref.actor.ppo_max_token_len_per_gpu") == "actor.ppo_max_token_len")
    #expect(key("algorithm.kl_ctrl.kl_coef") == "algorithm.kl_coef")
    #expect(key("reward.by_source.openai/gsm8k.verifier") == "reward.verifier")
    #expect(key("reward.parts.style.command.run") == "reward.command.run")
    #expect(key("reward.parts") == "reward.parts")
    #expect(key("actor.optim.rate") == nil && key("") == nil && key("reward.parts.style") == nil)
  }

  @Test("verl's names that are ours are ours, and others are said")
  func elsewhere() {
    func names(_ key: String) -> [String?] {
      SettingEntry.entry(of: key).map { [$0.verl, $0.trl] } ?? []
    }
    #expect(
      names("actor.clip_ratio_high") == ["actor_rollout_ref.actor.clip_ratio_high", "epsilon_high"])
    #expect(names("critic.optim.lr") == ["critic.optim.lr", nil])
    #expect(names("rollout.n") == ["actor_rollout_ref.rollout.n", "num_generations"])
    #expect(
      names("actor.optim.grad_clip") == ["actor_rollout_ref.actor.grad_clip", "max_grad_norm"])
    #expect(names("warm_start.steps") == [nil, nil])
  }
}
