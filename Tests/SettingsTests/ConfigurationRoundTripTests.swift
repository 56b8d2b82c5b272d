// The resolved configuration as text: in the order of declaration, and the same when read again.

import Foundation
import Records
import Settings
import Testing
import TestSupport

@Suite("Resolved configurations")
struct ConfigurationRoundTripTests {
  @Test("every setting is written, in the order of declaration")
  func snapshot() {
    var configuration = SampleConfiguration()
    configuration.data.columns = ["truth": "no", "prompt": "question"]
    configuration.trainer.sizes = [1, 2]
    #expect(
      ConfigurationLoader.encodeYAML(configuration) == """
        trainer:
          name: walk
          steps: 100
          seed: 7
          tests: true
          logger: [console, jsonl]
          sizes: [1, 2]
        data:
          columns:
            prompt: question
            truth: "no"
          weights:
            walk: 1.0
        algorithm:
          preset: vapo
          gamma: 1.0
        actor:
          clip_ratio_low: 0.2
          clip_ratio_high: 0.28
          optim:
            lr: 1e-06
            warmup: 0
            schedule: constant
        critic:
          lr: 1e-06
          warmup: 0
          schedule: constant

        """)
  }

  @Test(
    "texts come back as they were",
    arguments: [
      "", " ", "no", "null", "~", "1e-6", "12:30", "a: b", "# x", "- a", "\"quoted\" \\ back",
      "it's",
      "two\nlines\r\n\tand a tab", "\u{0}\u{7}\u{1B}[1m", "é e\u{301} 数学 🙂",
      "\u{2028}\u{85}\u{FEFF}", "\u{E000}\u{F8FF}*&",
      "{x}", "[x]", "*x", "&x", "!x", "%x", "@x", "`x", "<<", "---", "...", "a/b_c.d-e+f",
      "trailing ",
    ])
  func texts(text: String) throws {
    var configuration = SampleConfiguration()
    configuration.trainer.name = text
    configuration.trainer.logger = [text, text]
    configuration.data.columns = [text.isEmpty || text.contains("\u{0}") ? "x" : text: text]
    let yaml = ConfigurationLoader.encodeYAML(configuration)
    let again = try loaded(yaml)
    #expect(Array(again.trainer.name.utf8) == Array(text.utf8))
    #expect(again == configuration)
    #expect(ConfigurationLoader.encodeYAML(again) == yaml)
  }

  @Test("random numbers come back bit for bit", arguments: 0..<20)
  func numbers(seed: Int) throws {
    var numbers = RandomSource(seed: UInt64(seed)).generator
    var configuration = SampleConfiguration()
    configuration.trainer.seed = numbers.next()
    configuration.trainer.steps = Int32.random(in: .min ... .max, using: &numbers)
    let rate = Double(bitPattern: numbers.next())
    configuration.critic.rate = rate.isNaN ? -.infinity : rate
    let clip = Float(bitPattern: UInt32.random(in: .min ... .max, using: &numbers))
    configuration.actor.clipHigh = clip.isNaN ? -0.0 : clip
    let again = try loaded(ConfigurationLoader.encodeYAML(configuration))
    #expect(again == configuration)
    #expect(again.actor.clipHigh.bitPattern == configuration.actor.clipHigh.bitPattern)
    #expect(again.critic.rate.bitPattern == configuration.critic.rate.bitPattern)
  }

  @Test("differences name the key, the old and the new value")
  func differences() throws {
    var changed = SampleConfiguration()
    changed.actor.optimizer.rate = 2e-6
    changed.trainer.logger = []
    changed.data.columns = ["prompt": "question"]
    changed.data.weights = [:]
    let differences = ConfigurationLoader.differences(between: SampleConfiguration(), and: changed)
    #expect(
      differences.map(\.description) == [
        "trainer.logger: [console, jsonl] -> []",
        "data.columns: {} -> absent",
        "data.weights.walk: 1.0 -> absent",
        "actor.optim.lr: 1e-06 -> 2e-06",
        "data.columns.prompt: absent -> question",
        "data.weights: absent -> {}",
      ])
    #expect(ConfigurationLoader.differences(between: changed, and: changed).isEmpty)
  }
}
