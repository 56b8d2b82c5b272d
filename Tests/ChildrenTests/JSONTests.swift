// The reader and writer of lines.

import Children
import Testing

extension ChildrenTests {
  @Suite struct JSONTests {
    @Test(
      arguments: [
        ("0", 0), ("-12", -12), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .longInteger("9223372036854775808")), ("1.0", 1.0),
        ("-0.5e-3", -0.0005),
        ("1E2", 100.0), (" null ", nil), ("true", true), ("[]", []), ("{ }", [:]),
        (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"),
        (#"{"a":[1,{"b":null}]}"#, ["a": [1, ["b": nil]]]),
      ] as [(String, JSONValue)])
    func `a value is read as what it is, and comes back from its own line`(
      text: String, value: JSONValue
    ) throws {
      #expect(try JSONValue(parsing: text.utf8) == value)
      #expect(try JSONValue(parsing: value.line) == value)
    }

    @Test(
      arguments: [
        "", " ", "nul", "NaN", "Infinity", "-", "01", "1.", ".5", "1e", "1e999", "+1", "[1,]",
        "[1 2]",
        "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "{1:1}", "\"", "\"\u{1}\"", #""\x""#,
        #""\ud800""#,
        #""\ud800\u0041""#, #""\udc00""#, #""\u12"#, "1 2", "[1]]", "'a'", "{\"a\"}",
        String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
      ])
    func `what is not JSON is refused`(text: String) {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func `a text that is not UTF-8 is refused`() {
      #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test func `whatever bytes come, the reader ends with a value or an error`() {
      var numbers = SplitMix(state: 7)
      let alphabet = Array(#"{}[]",:\u0123eE+-.truefalsn "#.utf8) + [0, 0x0A, 0xC3, 0xA9, 0xFF]
      for _ in 0..<20_000 {
        let length = Int.random(in: 0...24, using: &numbers)
        let bytes = (0..<length).compactMap { _ in alphabet.randomElement(using: &numbers) }
        if let value = try? JSONValue(parsing: bytes) {
          #expect((try? JSONValue(parsing: value.line)) == value)
        }
      }
    }

    @Test func `a line has no line end, sorted keys and no control character`() {
      let value: JSONValue = ["b": "\n\u{0}\"\\\u{7F}", "a": [1, 2.5, nil, .number(.infinity)]]
      let text = String(decoding: value.line, as: UTF8.self)
      #expect(text == #"{"a":[1,2.5,null,null],"b":"\u000a\u0000\"\\\u007f"}"#)
    }
  }

  /// Numbers that are the same in every run.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
