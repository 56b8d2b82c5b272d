// Files of problems: good ones in every dress, bad ones by name.

import Foundation
import Prompts
import Records
import Testing
import TestSupport

@Suite("Problem files are read as they are meant")
struct ProblemFileTests {
  @Test("Columns are mapped, and what is missing comes from the file's name")
  func columns() throws {
    let text = #"""
      {"q": "1+1=", "gold": {"value": "2"}, "set": "sums", "name": "first"}
      {"q": "2+2=", "gold": {"value": "4"}}
      """#
    let set = try load(text) {
      ($0.promptKey, $0.labelKey) = ("q", "gold.value")
      ($0.sourceKey, $0.idKey) = ("set", "name")
    }
    #expect(
      set.problems == [
        asked("first", "sums", "1+1=", "2"), asked("a:2", "a", "2+2=", "4"),
      ])
    #expect(set.schema == .mapped)
    #expect(set.sources.map(\.name) == ["sums", "a"])
    #expect(set.summary == "2 problems from 2 rows (sums: 1, a: 1)")
  }

  @Test("Right answers are text, numbers as written, true or false, or lists, and are counted")
  func labels() throws {
    let labels = [
      #""a b""#, "204", "-0.50", "1e2", "123456789012345678901234567890", #"["x", "\n", 3]"#, "[7]",
      "true", "false", "0.0",
    ]
    let text = labels.enumerated().map { #"{"prompt": "p\#($0)", "label": \#($1)}"# }
    let set = try load(text.joined(separator: "\n"))
    #expect(
      set.problems.map(\.truth) == [
        "a b", "204", "-0.50", "1e2", "123456789012345678901234567890", #"["x", "\n", "3"]"#, "7",
        "true", "false", "0.0",
      ])
    #expect(
      set.labelKinds == [
        .text: 1, .wholeNumber: 2, .number: 3, .list: 1, .single: 1, .boolean: 2,
      ])
  }

  @Test("verl's columns are recognized")
  func verl() throws {
    let set = try load(
      #"""
      {"data_source": "math_dapo", "prompt": [{"role": "user", "content": "What is 1+1?"}],
      """#.replacing("\n", with: "")
        + #" "reward_model": {"style": "rule", "ground_truth": "2"}, "extra_info": {"index": 5}}"#)
    var wanted = asked("a:1", "math_dapo", "What is 1+1?", "2")
    wanted.extra = #"{"index": 5}"#
    #expect(set.problems == [wanted])
    #expect(set.schema == .dapo)
  }

  @Test(
    "A mark at the start, Windows line ends, blank lines and a missing last line end are no harm")
  func dresses() throws {
    let two = #"{"prompt": "2+2=", "label": 4}"#
    for text in [
      "\(good)\n\(two)\n", "\(good)\n\(two)", "\u{FEFF}\(good)\r\n\(two)\r\n",
      "\n \n\(good)\n\t\n\n\(two)\n\n", "\r\n\(good)\r\n \r\n\(two)",
    ] {
      let set = try load(text)
      #expect(set.problems.map(\.text) == ["1+1=", "2+2="])
      #expect(set.rows == 2)
    }
  }

  @Test("Escapes are read, also beyond the basic plane")
  func escapes() throws {
    let text = #"{"prompt": "\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00é😀", "label": "1", "x": [{}, []]}"#
    #expect(
      try load(text).problems[0].text == "\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1F600}\u{e9}\u{1F600}")
  }

  @Test(
    "A bad line stops with its file, number and reason, or is counted and left out",
    arguments: [
      (#"{"prompt": "1"#, "the text ends inside a string"),
      (#"{"prompt": "1", "label": 2"#, "the text ends where a comma or } should be, at byte 27"),
      (#"{"prompt": "1" "label": 2}"#, "at byte 16"),
      (#"{prompt: "1"}"#, "a key in quotes is missing, at byte 2 "),
      (#"{"prompt": "1", "label": 2,}"#, "a key in quotes is missing, at byte 28 "),
      (#"{"prompt": "1", "label": 02}"#, "this is no number, at byte 26 "),
      (#"{"prompt": "1", "label": .5}"#, "a value is missing"),
      (#"{"prompt": "1", "label": 5.}"#, "digits are missing after the point"),
      (#"{"prompt": "1", "label": NaN}"#, "a value is missing"),
      (#"{"prompt": "1", "label": "2"} x"#, "more after the end"),
      (#"{"prompt": "\x", "label": "2"}"#, "this escape does not exist"),
      (#"{"prompt": "\ud83d", "label": "2"}"#, "a surrogate stands alone"),
      (#"{"prompt": "\ude00", "label": "2"}"#, "a surrogate stands alone"),
      ("{\"prompt\": \"1\t\", \"label\": \"2\"}", "a control character"),
      ("{\"prompt\": \"1\0\", \"label\": \"2\"}", "a NUL, at byte 14"),
      (String(repeating: "[", count: 100_000), "nested deeper than 64"),
      ("[1]", "the line is a list"), ("7", "the line is a number"), ("{}", "the object is empty"),
      (
        #"{"question": "1", "labels": 2, "prompt": "3"}"#,
        "no column 'label'; the columns are: question, labels, prompt; data.label_key names the "
          + "right one, the nearest is 'labels'"
      ),
      (#"{"promt": "1", "label": 2}"#, "the nearest is 'promt'"),
      (#"{"prompt": "", "label": 2}"#, "'prompt' is empty"),
      (#"{"prompt": 1, "label": 2}"#, "'prompt' is a number"),
      (#"{"prompt": "1", "label": null}"#, "'label' is null"),
      (#"{"prompt": "1", "label": ""}"#, "'label' is empty"),
      (#"{"prompt": "1", "label": []}"#, "'label' is an empty list"),
      (#"{"prompt": "1", "label": [[1]]}"#, "'label' is a list"),
      (#"{"prompt": "1", "label": 2, "label": 3}"#, "the key 'label' occurs twice"),
      (#"{"prompt": ["1"], "label": 2}"#, "not of messages"),
      (
        #"{"prompt": [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}], "#
          + #""label": 2}"#, "ends with the assistant's message"
      ),
      (#"{"id": "x", "prompt": "1", "label": 2}"#, "the id 'x' was used before, at a:1"),
    ])
  func badLines(line: String, reason: String) throws {
    let text = #"{"id": "x", "prompt": "1+1=", "label": "2"}"# + "\n\n\(line)\n\(good)\n"
    let error = #expect(throws: PromptError.self) { try load(text) }
    let words = try #require(error?.description)
    #expect(words.contains("a.jsonl:3: ") && words.contains(reason), "\(words)")
    let set = try load(text) { $0.onBadLine = .skip }
    #expect(set.problems.map(\.id) == ["x", "a:4"])
    #expect((set.rows, set.skipped) == (3, 1))
    #expect(set.badLines.map(\.number) == [3])
    #expect(set.badLines[0].reason.contains(reason))
  }

  @Test("Bytes that are not UTF-8 are found where they are")
  func notUTF8() throws {
    var bytes = Array(good.utf8)
    bytes.insert(0xC3, at: 13)
    let error = #expect(throws: PromptError.self) { try load([bytes]) }
    #expect(error?.description.contains("a.jsonl:1: not UTF-8, from byte 14") == true)
  }

  @Test("Damaged lines are taken for JSON exactly when Foundation takes them, and nothing crashes")
  func damaged() throws {
    let line = Array(
      #"{"prompt": "1\u00e9\n", "label": [-1.5e3], "x": {"y": null, "z": true}}"#.utf8)
    let spice = Array(#"{}[]",:\u0d9e+-.tfn "#.utf8) + [0x0B, 0x7F, 0xC3, 0xA9, 0xFF]
    var random = RandomSource(seed: 8)["damage"].generator
    var (taken, refused) = (0, 0)
    for _ in 0..<800 {
      var bytes = line
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let byte = spice[Int.random(in: 0..<spice.count, using: &random)]
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = byte
        case 1: bytes.insert(byte, at: place)
        default: bytes.remove(at: place)
        }
      }
      // A file that starts with a list is refused by its kind; Foundation allows a last comma.
      let damaged = String(decoding: bytes, as: UTF8.self)
      if damaged.hasPrefix("[") || damaged.contains(",}") || damaged.contains(",]") { continue }
      let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
      var words = ""
      do { _ = try load([bytes]) } catch { words = "\(error)" }
      let isTaken = !words.contains("not JSON") && !words.contains("not UTF-8")
      #expect(isTaken == isJSON, "\(words): \(damaged)")
      if isTaken { taken += 1 } else { refused += 1 }
    }
    #expect(taken > 100 && refused > 300)
  }

  @Test("A line beyond the limit is passed over, in the middle and at the end")
  func longLines() throws {
    let long = String(repeating: "x", count: 3_000_000)
    for text in ["\(good)\n\(long)\n\(good)\n", "\(good)\n\(good)\n\(long)"] {
      let set = try load([Array(text.utf8)], lineLimit: 1_500_000) { $0.onBadLine = .skip }
      #expect(set.problems.count == 2)
      #expect(set.badLines.map(\.reason) == ["the line is longer than 1500000 bytes"])
    }
    let whole = #"{"prompt": "\#(long)", "label": "2"}"#
    #expect(try load(whole).problems[0].text.utf8.count == 3_000_000)
    #expect(ProblemFile.lineLimit == 67_108_864)
  }

  @Test(
    "Files of other kinds are known by their first bytes",
    arguments: [
      ([0x1F, 0x8B, 8], "gunzip"), (Array("ARROW1".utf8), "pandas.read_feather"),
      ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), (Array("PK\u{3}\u{4}".utf8), "zip"),
      ([0xFF, 0xFE, 0x7B, 0], "UTF-16"),
    ] as [([UInt8], String)])
  func otherKinds(bytes: [UInt8], advice: String) throws {
    let error = #expect(throws: PromptError.self) { try load([bytes]) { $0.onBadLine = .skip } }
    let words = try #require(error?.description)
    #expect(words.contains("a.jsonl: ") && words.contains(advice), "\(words)")
  }

  @Test("No file, no line and no good line are errors, also when bad lines are skipped")
  func nothing() throws {
    for (text, reason) in [("", "no lines"), ("\n\n", "no lines"), ("{}\n[]\n", "all 2 rows")] {
      let error = #expect(throws: PromptError.self) { try load(text) { $0.onBadLine = .skip } }
      #expect(error?.description.contains(reason) == true)
    }
    let missing = #expect(throws: PromptError.self) {
      try ProblemFile.load([URL(filePath: "/no/such.jsonl")], settings: DataSettings())
    }
    #expect(missing?.description == "/no/such.jsonl: cannot be read: No such file or directory")
    for device in ["/dev/zero", "/dev/urandom", "/dev/null"] {
      let error = #expect(throws: PromptError.self) {
        try ProblemFile.load([URL(filePath: device)], settings: DataSettings())
      }
      #expect(error?.description.contains("it is a device") == true)
    }
    let folder = #expect(throws: PromptError.self) {
      try withTemporaryFolder { try ProblemFile.load([$0], settings: DataSettings()) }
    }
    #expect(
      folder?.description.hasSuffix(": cannot be read: it is a folder, and no file or pipe") == true
    )
  }

  @Test("Problems that occur again are counted, and left out on demand")
  func duplicates() throws {
    let other = #"{"prompt": "1+1=", "label": "3"}"#
    let files = [[good, other, good], [good]].map { Array($0.joined(separator: "\n").utf8) }
    let all = try load(files)
    #expect((all.problems.count, all.duplicates) == (4, 2))
    let some = try load(files) { $0.dropDuplicates = true }
    #expect(some.problems.map(\.truth) == ["2", "3"])
    #expect(some.duplicates == 2)
  }

  @Test("The fingerprint is the FNV-1a hash of all bytes with the number of rows")
  func fingerprint() throws {
    // The offset basis, then one byte at a time: exclusive or, times 2^40 + 2^8 + 0xB3.
    func expected(_ text: String) -> UInt64 {
      text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
    let set = try load([Array("\(good)\n".utf8), Array(good.utf8)])
    #expect(set.fingerprint.hasPrefix("fnv1a64:"))
    let parts = set.fingerprint.split(separator: ":")
    #expect(UInt64(parts[1], radix: 16) == expected("\(good)\n\(good)"))
    #expect(parts[1].count == 16)
    #expect(parts[2] == "2")
  }

  @Test("Prompts that are too long are left out and counted")
  func overlong() throws {
    var set = try load(#"{"prompt": "12345", "label": 1}"# + "\n\(good)")
    var settings = DataSettings()
    (settings.maximumPromptLength, settings.filterOverlongPrompts) = (4, true)
    try set.measure(settings, encode: bytes)
    #expect(set.problems.map(\.text) == ["1+1="])
    #expect(set.overlong == 1)
    #expect(set.tokens == Lengths([4, 5]))
    settings.maximumPromptLength = 3
    let error = #expect(throws: PromptError.self) {
      var copy = set
      try copy.measure(settings, encode: bytes)
    }
    #expect(error?.description.contains("longer than 3 tokens") == true)
    settings.filterOverlongPrompts = false
    #expect(throws: PromptError.tooLong(id: "a:2", tokens: 4, limit: 3)) {
      try set.measure(settings, encode: bytes)
    }
    settings.truncation = .left
    try set.measure(settings) { problem in
      PromptEncoding(text: problem.text, tokens: bytes(problem).tokens, neutralized: 2)
    }
    #expect((set.problems.count, set.truncated, set.neutralized) == (1, 1, 1))
  }
}
