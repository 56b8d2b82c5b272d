// The strict reader: what it takes, what it refuses and where it points.

import Foundation
import JSON
import Testing

@Suite("JSON is read strictly")
struct JSONReaderTests {
  static func read(_ text: String) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: text.utf8)
  }

  @Test("values, in the file's order")
  func values() throws {
    let value = try Self.read(
      #" {"b": [1, -2, 0, 1.5, 1e3, true, false, null], "a": "x\n\"\\\/\b\f\r\tA\u00e9\ud83d\ude00é"} "#
    )
    guard case .object(let members) = value else {
      Issue.record("not an object")
      return
    }
    #expect(members.map(\.key) == ["b", "a"])
    #expect(
      members[0].value
        == .array([
          1, -2, 0, 1.5, .number("1e3"), true, false, nil,
        ]))
    #expect(members[1].value == .string("x\n\"\\/\u{8}\u{C}\r\tA\u{E9}\u{1F600}é"))
  }

  @Test("canonically equal keys are two keys")
  func keysAreBytes() throws {
    guard case .object(let members) = try Self.read(#"{"é": 1, "e\u0301": 2}"#) else {
      Issue.record("not an object")
      return
    }
    #expect(members.map(\.value) == [1, 2])
    #expect(members["é"] == 1 && members["e\u{301}"] == 2)
  }

  @Test(
    "refused, with the place",
    arguments: [
      ("", 1, 1, "ends"), ("  ", 1, 3, "ends"), ("[1,]", 1, 4, "value"), ("[1 2]", 1, 4, "comma"),
      ("{\"a\":1,\n \"a\":2}", 2, 2, "twice"), ("{a:1}", 1, 2, "key"), ("{\"a\" 1}", 1, 6, "colon"),
      ("[01]", 1, 2, "number"), ("[1.]", 1, 4, "digits"), ("[1e]", 1, 4, "digits"),
      ("[-]", 1, 2, "number"), ("[1e999]", 1, 7, "large"), ("[NaN]", 1, 2, "value"),
      ("[.5]", 1, 2, "value"), ("[+1]", 1, 2, "value"), ("nul", 1, 1, "value"),
      ("\u{FEFF}[]", 1, 1, "value"), ("[] x", 1, 4, "more"), ("[\"a\nb\"]", 1, 4, "control"),
      ("[\"a", 1, 4, "ends"), ("[\"\\", 1, 4, "ends"), ("[\"\\x\"]", 1, 5, "escape"),
      ("[\"\\u12G4\"]", 1, 7, "hexadecimal"), ("[\"\\ud800\"]", 1, 9, "surrogate"),
      ("[\"\\ud800\\u0041\"]", 1, 15, "surrogate"), ("[\"\\udc00\"]", 1, 9, "surrogate"),
      ("[\n\n  'a']", 3, 3, "value"), ("[/**/]", 1, 2, "value"), ("[true", 1, 6, "comma"),
    ])
  func refusals(text: String, line: Int, column: Int, reason: String) throws {
    let failure = #expect(throws: JSONError.self) { try Self.read(text) }
    #expect(failure?.line == line)
    #expect(failure?.column == column)
    #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
  }

  @Test(
    "bytes that are not UTF-8 are refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let failure = #expect(throws: JSONError.self) {
      try JSONValue(parsing: [0x22] + bytes + [0x22])
    }
    #expect(failure?.reason.contains("UTF-8") == true)
  }

  @Test("nesting and the number of values are limited, at the number that is said")
  func limits() throws {
    let deep = { (levels: Int) in
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    _ = try Self.read(deep(64))
    for levels in [65, 1_000_000] {
      let failure = #expect(throws: JSONError.self) { try Self.read(deep(levels)) }
      #expect(failure?.reason == "nested deeper than 64 levels")
    }
    let few = JSONLimits(depth: 2, values: 4)
    #expect(try JSONValue(parsing: "[1, 2, 3]".utf8, limits: few) == [1, 2, 3])
    for text in ["[1, 2, 3, 4]", "[[[]]]"] {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8, limits: few) }
    }
  }

  @Test("equal keys are kept where they are allowed")
  func equalKeys() throws {
    let text = #"{"a": 1, "b": 2, "a": 3}"#
    #expect(throws: JSONError.self) { try Self.read(text) }
    let value = try JSONValue(parsing: text.utf8, limits: JSONLimits(allowsEqualKeys: true))
    guard case .object(let members) = value else {
      Issue.record("not an object")
      return
    }
    #expect(members.map(\.value) == [1, 2, 3] && members["a"] == 1)
  }

  @Test("a place in a slice is counted from the slice's own start")
  func slices() {
    let bytes = Array("xx[1,\n?]".utf8)[2...]
    let failure = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    #expect(failure?.offset == 4 && failure?.line == 2 && failure?.column == 1)
  }

  @Test("what Foundation writes is read, and what it refuses is refused")
  func againstFoundation() throws {
    let text = #"{"k": [1, "a\u0041\\", {"x": null}], "n": -3.5e2, "t": true}"#
    var generator = Draws(seed: 3)
    for _ in 0..<3000 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = Array("{}[]:,\"\\ue1-. tx\n".utf8).randomElement(using: &generator) ?? 0
      }
      let ours = (try? JSONValue(parsing: bytes)) != nil
      if ours {
        let theirs = try? JSONSerialization.jsonObject(
          with: Data(bytes), options: .fragmentsAllowed)
        #expect(theirs != nil, "\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }
}

/// Numbers that are the same in every run.
struct Draws: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
