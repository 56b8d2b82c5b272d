// Metrics are found by the names that runs report, and their advice speaks of settings that exist.

import Meanings
import Testing

@Suite("Metric entries")
struct MetricEntryTests {
  @Test(
    "a reported name is found",
    arguments: [
      ("actor/pg_loss", "actor/pg_loss"), ("critic/rewards/mean", "critic/rewards/{mean,max,min}"),
      ("critic/rewards/max", "critic/rewards/{mean,max,min}"),
      ("val-core/openai/gsm8k/acc/mean@8", "val-core/SOURCE/acc/mean@K"),
      ("val-core/walk/acc/best@16/mean", "val-core/SOURCE/acc/best@K/mean"),
      ("vapo/explained_var/decile_10", "vapo/explained_var/decile_N"),
      ("vapo/explained_var/length_4097_up", "vapo/explained_var/length_FROM_TO"),
      ("vapo/verifier/no_answer", "vapo/verifier/STATUS"),
      ("vapo/source/a/b/acc", "vapo/source/SOURCE/acc"),
      ("vapo/source/a/b/score/std", "vapo/source/SOURCE/score/{mean,std}"),
      ("reward/style/std", "reward/NAME/{mean,std}"),
      ("vapo/reward_model/loss", "{vapo/value_pretrain,vapo/reward_model}/loss"),
      ("rollout_corr/probe_tail", "rollout_corr/probe_{mean,tail}"),
    ])
  func found(name: String, entry: String) {
    #expect(MetricEntry.entry(of: name)?.name == entry)
  }

  @Test(
    "other names are not",
    arguments: [
      "", "actor", "actor/pg_losses", "critic/rewards/median", "critic/rewards",
      "vapo/explained_var/decile_",
      "val-core/walk/acc", "Actor/pg_loss", "vapo/verifier/",
    ])
  func notFound(name: String) {
    #expect(MetricEntry.entry(of: name) == nil)
  }

  @Test("no name is two entries'")
  func distinct() {
    let spellings = MetricEntry.all.flatMap { entry in entry.spellings.map { ($0, entry.name) } }
    #expect(spellings.count > 110)
    for (spelling, name) in spellings {
      #expect(MetricEntry.entry(of: spelling)?.name == name, "\(spelling)")
    }
  }

  @Test("settings that words name exist, with the values that they give them")
  func settings() throws {
    let setting = /`([a-z_]+(?:\.[a-z_]+)+)(?:=([^`]+))?`/
    var count = 0
    for entry in MetricEntry.all {
      for match in (entry.words + entry.advice).matches(of: setting)
      where match.1 != "metrics.jsonl" {
        count += 1
        let found = SettingEntry.entry(of: String(match.1))
        #expect(found != nil, "\(match.1) of \(entry.name)")
        if let value = match.2.map(String.init), let found {
          #expect(found.choices.contains { $0.name == value }, "\(match.0)")
        }
      }
      for match in (entry.words + entry.advice).matches(of: /`([a-z_-]+\/[a-z_…\/]+)`/) {
        let family = match.1.prefix { $0 != "…" }
        #expect(
          MetricEntry.all.contains { $0.name.hasPrefix(family) }, "\(match.1) of \(entry.name)")
      }
    }
    #expect(count > 25)
  }
}
