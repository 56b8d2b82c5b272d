// Every alarm on a course that should raise it and on one that should not.

import Alarms
import Meanings
import Testing

@Suite struct AlarmTests {
  /// A curve of so many steps.
  private func curve(_ count: Int = 40, _ value: (Int) -> Double) -> Curve {
    Curve(steps: Array(1...count), values: (1...count).map(value))
  }

  /// A run that learns as published ones do.
  private var healthy: Curves {
    [
      "vapo/group/mixed": curve { _ in 0.5 }, "vapo/group/all_wrong": curve { _ in 0.3 },
      "vapo/group/all_correct": curve { _ in 0.2 },
      "vapo/verifier/no_answer": curve { 0.4 / Double($0) },
      "vapo/verifier/error": curve { _ in 0 }, "vapo/verifier/timeout": curve { _ in 0.001 },
      "vapo/accuracy": curve { 0.1 + 0.01 * Double($0) + ($0 % 2 == 0 ? 0.03 : -0.03) },
      "response_length/clip_ratio": curve { _ in 0.1 },
      "response_length/mean": curve { 500 + 20 * Double($0) },
      "rollout_corr/abs_log_ratio_mean": curve { _ in 0.02 },
      "critic/vf_explained_var": curve { $0 < 5 ? 0 : 0.5 },
      "actor/entropy": curve { 0.6 / (1 + Double($0) / 40) },
      "actor/pg_clipfrac": curve { _ in 0.1 }, "actor/ppo_kl": curve { _ in 0.01 },
      "vapo/skipped_updates": curve { _ in 0 },
    ]
  }

  private func raised(_ curves: Curves) -> [String] {
    AlarmRule.all.filter { $0.finding(curves) != nil }.map(\.name).sorted()
  }

  @Test("a run that learns raises none; nor does one that has just begun, or reports nothing")
  func quiet() {
    #expect(raised(healthy) == [])
    #expect(raised([:]) == [])
    for name in AlarmRule.metrics {
      #expect(raised([name: Curve(steps: [], values: [])]) == [])
      // Three steps tell nothing, however bad they look.
      for value in [-1.0, 0, 1, 1e9] {
        let found = raised([name: curve(3) { _ in value }])
        #expect(found == (name == "vapo/skipped_updates" && value > 0 ? ["skipped-updates"] : []))
      }
    }
  }

  @Test(
    "each is raised by its own trouble, alone, says since when, and with numbers",
    arguments: [
      ("equal-rewards", "vapo/group/mixed", 21), ("no-answers", "vapo/verifier/no_answer", 21),
      ("verifier-errors", "vapo/verifier/timeout", nil), ("accuracy-falls", "vapo/accuracy", 20),
      ("truncation", "response_length/clip_ratio", 21),
      ("mismatch", "rollout_corr/abs_log_ratio_mean", 21),
      ("critic-blind", "critic/vf_explained_var", 21),
      ("entropy-collapse", "actor/entropy", 21), ("clipping", "actor/pg_clipfrac", 21),
      ("large-kl", "actor/ppo_kl", 21), ("skipped-updates", "vapo/skipped_updates", nil),
    ] as [(String, String, Int?)])
  func one(name: String, metric: String, since: Int?) throws {
    let bad: [String: Double] = [
      "vapo/group/mixed": 0.01, "vapo/verifier/no_answer": 0.9, "vapo/verifier/timeout": 0.1,
      "vapo/accuracy": 0.05, "response_length/clip_ratio": 0.6,
      "rollout_corr/abs_log_ratio_mean": 0.3,
      "critic/vf_explained_var": -0.1, "actor/entropy": 0.02, "actor/pg_clipfrac": 0.5,
      "actor/ppo_kl": 0.4,
    ]
    var curves = healthy
    let before = try #require(curves[metric])
    curves[metric] = curve { step in
      if metric == "vapo/skipped_updates" { return step < 35 ? 0 : 3 }
      return step <= 20 ? before.values[step - 1] : bad[metric] ?? 0
    }
    #expect(raised(curves) == [name])
    let rule = try #require(AlarmRule.all.first { $0.name == name })
    let found = try #require(rule.finding(curves))
    #expect(found.metric == metric && found.since == since, "\(found)")
    #expect(found.words.contains { $0.isNumber })
  }

  @Test("lengths and entropy are alarming by what accuracy does meanwhile")
  func together() {
    var curves = healthy
    let falls = curve { $0 <= 20 ? 500 : 100 }
    curves["response_length/mean"] = falls
    // Shorter and better is no trouble.
    #expect(raised(curves) == [])
    curves["vapo/accuracy"] = curve { _ in 0.3 }
    #expect(raised(curves) == ["length-collapse"])
    curves = healthy
    curves["actor/entropy"] = curve { $0 <= 20 ? 0.3 : 2 }
    #expect(raised(curves) == [])
    curves["vapo/accuracy"] = curve { $0 <= 20 ? 0.30 : 0.27 }
    #expect(raised(curves) == ["entropy-explosion"])
  }

  @Test("a run that has solved its problems is told nothing; one without anything to explain, why")
  func solved() {
    var curves = healthy
    for (name, value) in [
      ("vapo/group/mixed", 0.01), ("critic/vf_explained_var", -0.3), ("actor/entropy", 0.001),
      ("vapo/accuracy", 0.99),
    ] { curves[name] = curve { $0 <= 20 ? 0.5 : value } }
    #expect(raised(curves) == [])
    curves["vapo/accuracy"] = curve { _ in 0.5 }
    #expect(raised(curves) == ["entropy-collapse", "equal-rewards"])
    curves["vapo/group/mixed"] = curve { _ in 0.5 }
    #expect(raised(curves) == ["critic-blind", "entropy-collapse"])
  }

  @Test("what a rule reads is a metric, and what it advises is a setting")
  func names() {
    #expect(Set(AlarmRule.all.map(\.name)).count == AlarmRule.all.count)
    for name in AlarmRule.metrics { #expect(MetricEntry.entry(of: name) != nil, "\(name)") }
    let keys = Set(SettingEntry.all.map(\.key))
    for rule in AlarmRule.all {
      for found in rule.advice.matches(of: /[a-z_]+(\.[a-z_]+)+/) {
        #expect(
          keys.contains(String(found.output.0))
            || MetricEntry.entry(of: String(found.output.0)) != nil,
          "\(rule.name): \(found.output.0)")
      }
    }
  }
}
