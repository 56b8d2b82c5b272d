// Files that are broken, hostile or merely careless: each is refused with a line, and nothing
// takes long.

import Foundation
import Settings
import Testing

@Suite("Configuration files")
struct ConfigurationFileTests {
  @Test("a file lays its settings over the defaults and leaves the rest")
  func layers() throws {
    let configuration = try loaded(
      """
      # a recipe
      trainer:
        steps: 20
        name: "sums and walks"
      actor:
        optim: {lr: 1e-6, schedule: cosine}
        clip_ratio_low: 1
      data:
      """)
    var expected = SampleConfiguration()
    expected.trainer.steps = 20
    expected.trainer.name = "sums and walks"
    expected.actor.optimizer.rate = 0.000001
    expected.actor.optimizer.schedule = .cosine
    expected.actor.clipLow = 1
    #expect(configuration == expected)
  }

  @Test("an empty file, a comment and an empty section change nothing")
  func nothing() throws {
    for text in [
      "", "# nothing\n", "---\n", "~\n", "trainer:\n", "trainer: {}\n", "\u{FEFF}actor:\n",
    ] {
      #expect(try loaded(text) == SampleConfiguration())
    }
  }

  @Test(
    "what is not a plain recipe is refused with its line",
    arguments: [
      ("trainer:\n\tsteps: 3\n", "recipe.yaml:2: tabs do not indent YAML; use spaces"),
      (
        "trainer:\n  steps: 3\ntrainer:\n  seed: 1\n",
        "recipe.yaml:1: trainer is written twice in one section"
      ),
      (
        "trainer:\n  steps: 3\n  steps: 3\n", "recipe.yaml:2: steps is written twice in one section"
      ),
      ("- 1\n- 2\n", "recipe.yaml:1: a configuration is not a list"),
      ("just words\n", "recipe.yaml:1: a configuration is made of lines key: value"),
      (
        "trainer:\n  name: !!str 3\n",
        "recipe.yaml:2: tags such as tag:yaml.org,2002:str are refused"
      ),
      (
        "trainer:\n  steps: !!int 3\n",
        "recipe.yaml:2: tags such as tag:yaml.org,2002:int are refused"
      ),
      ("trainer: !x {}\n", "recipe.yaml:1: tags such as !x are refused"),
      ("[a, b]: 3\n", "recipe.yaml:1: a key is a word, not a list or a section"),
      ("? a\n", "recipe.yaml:1: a configuration is made of lines key: value"),
      ("a: ? x\n", "recipe.yaml:1: a key is one word; explicit keys (?) are refused"),
      (
        "trainer:\n  <<: {steps: 3}\n",
        "recipe.yaml:2: merge keys (<<) are not accepted; write it out"
      ),
      (
        "trainer:\n  logger: [[a]]\n",
        "recipe.yaml:2: lists hold single values, not lists or sections"
      ),
      (
        "a: 1\n---\nb: 1\n",
        "recipe.yaml:2: but found another document (expected a single document in the stream)"
      ),
      (
        "trainer:\n  name: \"open\n",
        "recipe.yaml:3: found unexpected end of stream (while scanning a quoted scalar)"
      ),
      ("trainer:\n  name: a\u{1}b\n", "recipe.yaml:2: control characters are not allowed"),
      ("trainer:\n  name: a\0b\n", "recipe.yaml:2: control characters are not allowed"),
    ])
  func refused(text: String, reason: String) {
    #expect(refusal { try loaded(text) } == reason)
  }

  private static let aliased =
    "anchors (&name) and aliases (*name) are refused; write it out, or quote the text"

  @Test(
    "anchors and aliases are refused wherever they stand",
    arguments: [
      ("trainer: &a\n  steps: 3\n", 1), ("actor: {}\ntrainer:\n  steps: &a 3\n", 3),
      ("trainer:\n  steps: *a\n", 2), ("trainer:\n  logger: [a, *b]\n", 2),
      ("trainer:\n  *a : 3\n", 2), ("trainer:\n  &a steps: 3\n", 2),
      ("trainer:\n  logger: [&a x]\n", 2),
    ])
  func aliases(text: String, line: Int) {
    #expect(refusal { try loaded(text) } == "recipe.yaml:\(line): \(Self.aliased)")
  }

  @Test(
    "asterisks and ampersands in texts are texts",
    arguments: ["*bold* & *x? yes", "why?", "*️⃣", "\u{E000}*", "&a *a"])
  func asterisks(text: String) throws {
    #expect(try loaded("trainer:\n  name: \"\(text)\"\n").trainer.name == text)
    #expect(try loaded("trainer:\n  name: x\(text)\n").trainer.name == "x\(text)")
    #expect(try loaded("trainer:\n  name: |\n    \(text)\n").trainer.name == "\(text)\n")
    #expect(try loaded("trainer:\n  name: \"\\uE000*\"\n").trainer.name == "\u{E000}*")
  }

  @Test("a bomb of aliases, also as keys, is refused before it grows")
  func bomb() {
    let rows = (0..<9).map { level in
      "b\(level + 1): &b\(level + 1) ["
        + [String](repeating: "*b\(level)", count: 10).joined(separator: ", ") + "]"
    }
    let bomb = (["b0: &b0 [x, x, x, x, x, x, x, x, x, x]"] + rows).joined(separator: "\n")
    #expect(refusal { try loaded(bomb) } == "recipe.yaml:1: \(Self.aliased)")
    #expect(refusal { try loaded(bomb + "\n*b9 : 1\n") } == "recipe.yaml:1: \(Self.aliased)")
  }

  @Test("a large key inside keys is refused before it is compared")
  func nestedKeys() {
    let large = "[" + String(repeating: "a, ", count: 19_000) + "a]"
    let text = String(repeating: "? ", count: 900) + large
    #expect(
      refusal { try loaded(text) } == "recipe.yaml:1: a configuration is made of lines key: value")
  }

  @Test("a file of ten megabytes, a folder and a missing file are refused unread")
  func unreadable() {
    let megabytes = [UInt8](repeating: 0x23, count: 10_000_000)
    #expect(
      refusal { try loaded(bytes: megabytes) }
        == "recipe.yaml: has 10000000 bytes; configurations have at most a megabyte")
    #expect(
      refusal { try loaded(bytes: [0x61, 0x3A, 0x20, 0xFF]) } == "recipe.yaml: is not UTF-8 text")
    #expect(
      throws: ConfigurationError.unreadable(
        file: "/nowhere/x.yaml", reason: "No such file or directory")
    ) {
      try ConfigurationLoader.parse(file: .init(filePath: "/nowhere/x.yaml"))
    }
    #expect(throws: ConfigurationError.unreadable(file: "/tmp", reason: "is not a file")) {
      try ConfigurationLoader.parse(file: .init(filePath: "/tmp"))
    }
    #expect(throws: ConfigurationError.unreadable(file: "/dev/zero", reason: "is not a file")) {
      try ConfigurationLoader.parse(file: .init(filePath: "/dev/zero"))
    }
  }

  @Test(
    "a megabyte of anything ends in a refusal",
    arguments: ["[", "{", "{? ", "- ", "a: ", "? ", "\"", "x,\n", "[[a]: ", "%", "|\n", "{[a]: "])
  func floods(piece: String) {
    let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
    #expect(refusal { try loaded(text) } != "accepted")
  }

  @Test("a list of 10,000 is a list, one of 30,000 is too long, and 3,000 settings are too many")
  func quantities() throws {
    let list = [String](repeating: "a", count: 10_000).joined(separator: ", ")
    #expect(try loaded("trainer:\n  logger: [\(list)]\n").trainer.logger.count == 10_000)
    #expect(
      refusal { try loaded("trainer:\n  logger: [\(list),\(list),\(list)]\n") }
        == "recipe.yaml:1: more than 20000 lines and commas")
    let settings = (0..<3000).map { "    k\($0): x\n" }.joined()
    #expect(
      refusal { try loaded("data:\n  columns:\n\(settings)") }
        == "recipe.yaml:2003: more than 2000 settings")
  }

  @Test("seventeen sections inside each other are refused")
  func depth() {
    let nested = String(repeating: "{a: ", count: 17) + "1" + String(repeating: "}", count: 17)
    #expect(
      refusal { try loaded("trainer: \(nested)\n") }
        == "recipe.yaml:1: more than 16 sections inside each other")
  }

  @Test("verl's prefix is dropped, and what then collides is refused")
  func habit() throws {
    let configuration = try loaded("actor_rollout_ref:\n  actor:\n    clip_ratio_low: 0.1\n")
    #expect(configuration.actor.clipLow == 0.1)
    #expect(
      refusal {
        try loaded(
          """
          actor:
            clip_ratio_low: 0.1
          actor_rollout_ref:
            actor:
              clip_ratio_low: 0.2
          """)
      } == "recipe.yaml:5: actor.clip_ratio_low was already given in line 2")
  }
}
