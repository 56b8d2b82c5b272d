// Values: what a text is read as, and what a value is written as.

import JSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
  @Test(
    arguments: [
      ("0", 0), ("-12", -12), ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .number("9223372036854775808")), ("1.0", 1.0),
      ("0.50", .number("0.50")),
      ("-0", .number("-0")), ("1E2", .number("1E2")), (" null ", nil), ("true", true), ("[]", []),
      ("{ }", [:]), (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"),
      (#"{"a":[1,{"b":null}]}"#, ["a": [1, ["b": nil]]]),
    ] as [(String, JSONValue)])
  func `a value is read as what it is, and comes back from its own text`(
    text: String, value: JSONValue
  ) throws {
    #expect(try JSONValue(parsing: text.utf8) == value)
    #expect(try JSONValue(parsing: value.text.utf8) == value)
    #expect(try JSONValue(parsing: value.indentedText.utf8) == value)
  }

  @Test func `numbers are numbers, and nothing else is`() {
    #expect(JSONValue.number("1E2").double == 100 && JSONValue.integer(3).double == 3)
    let long = JSONValue.number(String(repeating: "9", count: 400))
    #expect(long.double == nil && long.isWhole && !JSONValue.number("1e2").isWhole)
    #expect(JSONValue.string("1").double == nil && JSONValue.boolean(true).written == nil)
    #expect(JSONValue.number(.infinity) == .null)
  }

  @Test func `objects are equal in any order, and arrays only in theirs`() {
    #expect(["a": 1, "b": [2]] as JSONValue == ["b": [2], "a": 1])
    #expect(["a": 1] as JSONValue != ["a": 2] && ["a": 1] as JSONValue != ["a": 1, "b": 1])
    #expect([1, 2] as JSONValue != [2, 1])
    var object: JSONObject = ["é": 1]
    object["e\u{301}"] = 2
    object["é"] = nil
    #expect(object.count == 1 && object["e\u{301}"] == 2)
  }

  /// The texts are what Python 3.12's json.dumps(ensure_ascii=False) writes, with indent=2 and
  /// sort_keys for the second.
  @Test func `a value is written as Python writes it`() {
    let value: JSONValue = ["b": "\n\u{0}\"\\\u{7F}é\u{8}", "a": [1, 2.5, nil, []], "c": [:]]
    #expect(
      value.text
        == "{\"b\": \"\\n\\u0000\\\"\\\\\u{7F}é\\b\", \"a\": [1, 2.5, null, []], \"c\": {}}")
    #expect(
      value.indentedText == """
        {
          "a": [
            1,
            2.5,
            null,
            []
          ],
          "b": "\\n\\u0000\\"\\\\\u{7F}é\\b",
          "c": {}
        }
        """)
  }

  @Test func `whatever bytes come, the reader ends with a value or an error`() {
    var numbers = Draws(seed: 7)
    let alphabet = Array(#"{}[]",:\u0123eE+-.truefalsn "#.utf8) + [0, 0x0A, 0xC3, 0xA9, 0xFF]
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...24, using: &numbers)
      let bytes = (0..<length).compactMap { _ in alphabet.randomElement(using: &numbers) }
      if let value = try? JSONValue(parsing: bytes) {
        #expect((try? JSONValue(parsing: value.text.utf8)) == value)
      }
    }
  }
}
