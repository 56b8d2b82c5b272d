// Keys and values that do not fit, and the words they are refused with.

import Settings
import Testing

@Suite("Configuration layers")
struct ConfigurationLayeringTests {
  @Test(
    "an unknown key names its line and the nearest key",
    arguments: [
      (
        "actor:\n  clip_ration_low: 0.2\n",
        "recipe.yaml:2: unknown key actor.clip_ration_low; did you mean actor.clip_ratio_low?"
      ),
      (
        "trainer: {lr: 1}\n",
        "recipe.yaml:1: unknown key trainer.lr; did you mean critic.lr or actor.optim.lr?"
      ),
      (
        "actor:\n  lr: 1\n",
        "recipe.yaml:2: unknown key actor.lr; did you mean critic.lr or actor.optim.lr?"
      ),
      (
        "acter:\n  optim:\n    lr: 1\n",
        "recipe.yaml:3: unknown key acter.optim.lr; did you mean actor.optim.lr?"
      ),
      (
        "trianer:\n  steps: 3\n",
        "recipe.yaml:2: unknown key trianer.steps; did you mean trainer.steps?"
      ),
      ("include: other.yaml\n", "recipe.yaml:1: unknown key include"),
      (
        "actor.clip_ratio_low: 0.1\n",
        "recipe.yaml:1: actor.clip_ratio_low is written with dots; in a file, nest it in its section"
      ),
      (
        "trainer:\n  steps:\n    many: 3\n",
        "recipe.yaml:3: trainer.steps.many does not exist: trainer.steps takes a whole number, not a section"
      ),
      (
        "actor: 3\n",
        "recipe.yaml:1: actor is a section; give its settings, such as actor.clip_ratio_low"
      ),
      (
        "actor: [1]\n",
        "recipe.yaml:1: actor is a section; give its settings, such as actor.clip_ratio_low"
      ),
    ])
  func unknownKeys(text: String, reason: String) {
    #expect(refusal { try loaded(text) } == reason)
  }

  @Test("a key of a kilobyte is refused in one short line")
  func longKey() {
    let reason = refusal { try loaded(String(repeating: "k", count: 1000) + ": 1\n") }
    #expect(reason == "recipe.yaml:1: unknown key " + String(repeating: "k", count: 77) + "...")
  }

  @Test(
    "a value of another type is refused with what to write",
    arguments: [
      ("trainer", "steps: 1.5", "trainer.steps wants a whole number, not 1.5"),
      ("trainer", "steps: 1e3", "trainer.steps wants a whole number, not 1e3; write 1000"),
      ("trainer", "steps: ten", "trainer.steps wants a whole number, not ten"),
      ("trainer", "steps: \"3\"", "trainer.steps wants a whole number, not the text 3"),
      ("trainer", "steps:", "trainer.steps wants a whole number, not nothing"),
      ("trainer", "steps: [3]", "trainer.steps wants a whole number, not a list"),
      ("trainer", "steps: {}", "trainer.steps wants a whole number, not a section"),
      ("trainer", "steps: 1_000", "trainer.steps has underscores; write 1000"),
      ("trainer", "steps: 017", "trainer.steps starts with 0, which YAML 1.1 reads in base 8: 017"),
      ("trainer", "steps: 0x1F", "trainer.steps is written in decimal digits, not 0x1F"),
      (
        "trainer", "steps: 12:30:45",
        "trainer.steps has colons, which YAML 1.1 reads in base 60: 12:30:45"
      ),
      (
        "trainer", "steps: 3000000000",
        "trainer.steps wants a whole number that fits Int32, not 3000000000"
      ),
      ("trainer", "seed: -1", "trainer.seed wants a whole number that fits UInt64, not -1"),
      (
        "trainer", "seed: 99999999999999999999999999999999999999999",
        "trainer.seed is too large: 99999999999999999999999999999999999999999"
      ),
      ("trainer", "tests: no", "trainer.tests wants true or false, spelled out, not no"),
      ("trainer", "tests: 1", "trainer.tests wants true or false, not 1"),
      ("trainer", "tests: \"true\"", "trainer.tests wants true or false, not the text true"),
      (
        "trainer", "name: no",
        "trainer.name wants text, and YAML 1.1 reads no as true or false; quote it: \"no\""
      ),
      (
        "trainer", "name: True",
        "trainer.name wants text, and YAML 1.1 reads True as true or false; quote it: \"True\""
      ),
      (
        "trainer", "name: 2024", "trainer.name wants text, and 2024 is a number; quote it: \"2024\""
      ),
      (
        "trainer", "name: 1_0",
        "trainer.name wants text, and YAML 1.1 reads 1_0 as a number; quote it: \"1_0\""
      ),
      ("trainer", "name: ~", "trainer.name wants text, and ~ is no value; quote it: \"~\""),
      ("trainer", "name: [a]", "trainer.name wants text, not a list"),
      ("trainer", "logger: console", "trainer.logger wants a list, such as [a, b], not console"),
      (
        "trainer", "logger: [console, no]",
        "trainer.logger wants text, and YAML 1.1 reads no as true or false; quote it: \"no\""
      ),
      ("trainer", "sizes: [1, two]", "trainer.sizes wants a whole number, not two"),
      ("critic", "lr: small", "critic.lr wants a number, not small"),
      ("critic", "lr: 1_0.5", "critic.lr has underscores; write 10.5"),
      ("critic", "lr: 1e999", "critic.lr is too large: 1e999"),
      ("critic", "lr: .nan", "critic.lr wants a number, not .nan"),
      (
        "critic", "schedule: cosin",
        "critic.schedule has no choice cosin; choices: constant, cosine, linear; did you mean cosine?"
      ),
      (
        "critic", "schedule: step",
        "critic.schedule has no choice step; choices: constant, cosine, linear"
      ),
      (
        "data", "columns: {prompt: [a]}",
        "data.columns.prompt wants a single value under a free key"
      ),
      (
        "data", "columns: {prompt: {a: b}}",
        "data.columns.prompt.a is a section where a single value goes"
      ),
      ("data", "weights: {walk: much}", "data.weights.walk wants a number, not much"),
    ])
  func wrongTypes(section: String, setting: String, reason: String) {
    #expect(refusal { try loaded("\(section):\n  \(setting)\n") } == "recipe.yaml:2: \(reason)")
  }

  @Test(
    "numbers are read as they look",
    arguments: [
      ("1e-6", 0.000001), ("1E+2", 100), (".5", 0.5), ("5.", 5), ("-3", -3), ("+0.25", 0.25),
      ("0", 0),
      (".inf", .infinity), ("-.inf", -.infinity),
    ])
  func numbers(text: String, value: Double) throws {
    #expect(try loaded("critic: {lr: \(text)}\n").critic.rate == value)
    #expect(try overridden("critic.lr=\(text)").critic.rate == value)
  }

  @Test(
    "true and false are read in any of YAML's spellings", arguments: ["false", "False", "FALSE"])
  func booleans(text: String) throws {
    #expect(try loaded("trainer: {tests: \(text)}\n").trainer.tests == false)
    #expect(try overridden("trainer.tests=\(text)").trainer.tests == false)
    let opposite = ["false": "true", "False": "True", "FALSE": "TRUE"]
    let word = try #require(opposite[text])
    #expect(try overridden("trainer.tests=\(text)", "trainer.tests=\(word)").trainer.tests)
  }

  @Test("lists replace lists, free keys join the ones that are there")
  func listsAndFreeKeys() throws {
    let configuration = try loaded(
      """
      trainer:
        logger:
          - file
        sizes: [3, 4]
      data:
        columns: {prompt: question, ground.truth: "no"}
        weights: {sums: 2}
      """)
    #expect(configuration.trainer.logger == ["file"])
    #expect(configuration.trainer.sizes == [3, 4])
    #expect(configuration.data.columns == ["prompt": "question", "ground.truth": "no"])
    #expect(configuration.data.weights == ["walk": 1, "sums": 2])
  }

  @Test("overrides are taken word for word where text is wanted, and the later wins")
  func overrides() throws {
    #expect(try overridden("trainer.name=no").trainer.name == "no")
    #expect(try overridden("trainer.name=2024").trainer.name == "2024")
    #expect(try overridden("trainer.name=").trainer.name == "")
    #expect(try overridden("trainer.name=a=b: c # d").trainer.name == "a=b: c # d")
    #expect(try overridden("trainer.name='quoted'").trainer.name == "quoted")
    #expect(try overridden("trainer.logger=[a, no]").trainer.logger == ["a", "no"])
    #expect(
      try overridden("data.columns={prompt: question}").data.columns == ["prompt": "question"])
    #expect(try overridden("data.columns.prompt=question").data.columns == ["prompt": "question"])
    #expect(try overridden("trainer.steps=1", "trainer.steps=2").trainer.steps == 2)
    #expect(try overridden("actor_rollout_ref.actor.optim.lr=1e-5").actor.optimizer.rate == 0.00001)
  }

  @Test(
    "an override that is none is refused",
    arguments: [
      ("steps", "command line: steps: overrides are written key=value, such as trainer.seed=7"),
      (
        "--trainer.steps=3",
        "command line: --trainer.steps=3: overrides are written without dashes, key=value"
      ),
      (
        "+trainer.steps=3",
        "command line: +trainer.steps=3: keys are neither added nor removed; write key=value"
      ),
      (
        "trainer..steps=3",
        "command line: trainer..steps=3: the key has an empty part or a space in it"
      ),
      ("=3", "command line: =3: the key has an empty part or a space in it"),
      ("trainer.stpes=3", "command line: unknown key trainer.stpes; did you mean trainer.steps?"),
      ("trainer.steps=", "command line: trainer.steps wants a whole number, not nothing"),
      (
        "trainer.logger=[a",
        "command line: did not find expected ',' or ']' (while parsing a flow sequence)"
      ),
      (
        "critic.schedule=linaer",
        "command line: critic.schedule has no choice linaer; choices: constant, cosine, linear; did you mean linear?"
      ),
    ])
  func malformedOverrides(argument: String, reason: String) {
    #expect(refusal { try overridden(argument) } == reason)
  }

  @Test("a single value given to a section with a preset names the preset")
  func presets() throws {
    let both = try overridden("algorithm=grpo", "algorithm.gamma=0.5")
    #expect(both.algorithm.preset == "grpo")
    #expect(both.algorithm.gamma == 0.5)
    #expect(try loaded("algorithm: dapo\n").algorithm.preset == "dapo")

    let tree = try ConfigurationLoader.parse(overrides: [
      "algorithm=ppo", "algorithm=grpo", "critic.lr=1",
    ])
    #expect(tree.text(at: "algorithm.preset") == "grpo")
    #expect(tree.text(at: "critic.lr") == "1")
    #expect(tree.text(at: "critic.warmup") == nil)
    #expect(tree.origin(of: "critic.lr") == .commandLine)
  }
}
