// What `vapo explain` prints, and the pages that are made of the same tables.

import Alarms
import Foundation
import Meanings
import Settings
import Testing
import TestSupport

@Suite("Explanations")
struct ExplanationTests {
  @Test("a setting's words, choices, default, methods and names elsewhere")
  func setting() throws {
    #expect(
      try Explanation.words(of: "trainer.sharding") == """
        trainer.sharding
          What processes share out of a model's state.
          takes        one of these
            none       Nothing: each has weights, gradients and moments of its own.
            optimizer  Each keeps the moments of a part of the weights, and moves that
                       part.
            full       Each keeps a part of weights, gradients and moments; a layer's
                       weights are brought together while it is at work.
          by default   none
        """)
    let high = try Explanation.words(of: "actor.clip_ratio_high")
    #expect(high.contains("by default  0.28\n"))
    #expect(high.contains("in TRL      epsilon_high"))
    #expect(high.contains("grpo"))
  }

  @Test("a section, a metric and a family of metrics")
  func others() throws {
    let section = try Explanation.words(of: "actor.optim")
    #expect(section.contains("  actor.optim.lr ") && !section.contains("actor.clip"))
    #expect(try Explanation.words(of: "actor").contains("A section."))
    let metric = try Explanation.words(of: "critic/vf_explained_var")
    #expect(metric.contains("value_pretraining.steps"))
    #expect(
      try Explanation.words(of: "val-core/x/acc/mean@4").hasPrefix("val-core/SOURCE/acc/mean@K\n"))
    #expect(try Explanation.words(of: "rollout_corr").contains("rollout_corr/k3_kl"))
    let alarm = try Explanation.words(of: "critic-blind")
    #expect(alarm.hasPrefix("critic-blind\n  The critic is blind: the mean explained variance"))
    for rule in AlarmRule.all { #expect(Explanation.overview.contains("  \(rule.name) ")) }
    #expect(try Explanation.words(of: "actor/").contains("actor/grad_norm"))
    #expect(try Explanation.words(of: "vapo/reward_model").contains("explained_var"))
    #expect(try Explanation.words(of: "trainer.logger").contains("a list of these"))
    #expect(Explanation.overview.contains("value_pretraining"))
    #expect(Explanation.overview.contains("  timing_s/"))
  }

  @Test(
    "an unknown name is refused with the nearest",
    arguments: [
      (
        "actor.clip_ratio_hihg",
        "there is no setting actor.clip_ratio_hihg; did you mean actor.clip_ratio_high?"
      ),
      (
        "critic/vf_explaned_var",
        "there is no metric critic/vf_explaned_var; did you mean critic/vf_explained_var?"
      ),
      (
        "zzzzzzzzzzzzzzzzzzz",
        "there is no setting zzzzzzzzzzzzzzzzzzz; `vapo explain` lists all there is"
      ),
      (
        String(repeating: "x", count: 5000),
        "there is no setting \(String(repeating: "x", count: 100)); `vapo explain` lists all there is"
      ),
    ])
  func unknown(name: String, words: String) {
    let refusal = #expect(throws: ConfigurationError.self) { try Explanation.words(of: name) }
    #expect(refusal?.description == words)
  }

  @Test("no line is longer than 80 columns, but for words that are")
  func width() throws {
    let names =
      SettingEntry.all.map(\.key) + MetricEntry.all.flatMap(\.spellings)
      + MetricEntry.all.map { String($0.spellings[0].prefix { $0 != "/" }) }
    for name in names {
      for line in try Explanation.words(of: name).split(separator: "\n") where line.count > 80 {
        let words = line.split(separator: " ")
        #expect(words.count <= 2, "\(name): \(line)")
      }
    }
  }

  @Test("the pages of the tree are the program's", arguments: ReferencePage.allCases)
  func pages(page: ReferencePage) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/\(page.fileName)")
    #expect(
      try String(contentsOf: file, encoding: .utf8) == page.text,
      "write them anew: ./vapo explain --pages docs")
    let rows = page.text.split(separator: "\n").filter { $0.hasPrefix("| `") }
    if page == .troubleshooting {
      #expect(page.text.components(separatedBy: "\n## ").count - 1 == AlarmRule.all.count)
    } else {
      #expect(rows.count > 80)
    }
    // A bar inside a cell would begin another.
    for row in rows {
      let bars = row.replacing("\\|", with: "").count { $0 == "|" }
      #expect(bars == (page == .settings ? 4 : 3), "\(row)")
    }
  }
}
