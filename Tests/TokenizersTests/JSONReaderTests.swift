// The strict reader: what it takes, what it refuses and where it points.

import Foundation
import Testing
import Tokenizers

@Suite("JSON is read strictly")
struct JSONReaderTests {
  static func read(_ text: String) throws(JSONReader.Failure) -> JSONValue {
    try JSONReader.read(Array(text.utf8))
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
    #expect(members.map(\.key) == [Array("b".utf8), Array("a".utf8)])
    #expect(
      members[0].value
        == .array([
          .integer(1), .integer(-2), .integer(0), .real(1.5), .real(1000), .bool(true),
          .bool(false), .null,
        ]))
    #expect(members[1].value == .string(Array("x\n\"\\/\u{8}\u{C}\r\tA\u{E9}\u{1F600}é".utf8)))
  }

  @Test("canonically equal keys are two keys")
  func keysAreBytes() throws {
    guard case .object(let members) = try Self.read(#"{"é": 1, "e\u0301": 2}"#) else {
      Issue.record("not an object")
      return
    }
    #expect(members.map(\.value) == [.integer(1), .integer(2)])
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
    let failure = #expect(throws: JSONReader.Failure.self) { try Self.read(text) }
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
    let failure = #expect(throws: JSONReader.Failure.self) {
      try JSONReader.read([0x22] + bytes + [0x22])
    }
    #expect(failure?.reason.contains("UTF-8") == true)
  }

  @Test("nesting is limited")
  func nesting() throws {
    let deep = { (levels: Int) in
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    _ = try Self.read(deep(JSONReader.deepest))
    let failure = #expect(throws: JSONReader.Failure.self) {
      try Self.read(deep(JSONReader.deepest + 1))
    }
    #expect(failure?.reason.contains("deeper") == true)
    _ = #expect(throws: JSONReader.Failure.self) { try Self.read(deep(1_000_000)) }
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
      let ours = (try? JSONReader.read(bytes)) != nil
      if ours {
        let theirs = try? JSONSerialization.jsonObject(
          with: Data(bytes), options: .fragmentsAllowed)
        #expect(theirs != nil, "\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }
}
