// Patterns over names: what Python's `re` says of them, and that none of them takes long.

import TestSupport
import Testing

import Tokenizers

@Suite("Names match as Python's re says")
struct NamePatternTests {
  /// What Tools/goldens/tokenizer_names.py writes.
  private struct Golden: Decodable {
    struct Case: Decodable {
      var pattern: String
      /// A 1 or a 0 for every name.
      var matches: String
    }
    var names: [String]
    var cases: [Case]
  }

  @Test("Shapes that adapters have, and drawn ones")
  func python() throws {
    let golden = try TestSupport.Golden.decode(Golden.self, from: "tokenizers-names")
    #expect(golden.cases.count == 600 && golden.names.count > 100)
    for one in golden.cases {
      let pattern = try NamePattern(one.pattern)
      let found = golden.names.map { pattern.matches($0) ? "1" : "0" }.joined()
      #expect(found == one.matches, "\(one.pattern)")
    }
  }

  @Test(
    "What takes other engines for ever ends in a moment",
    arguments: ["(\\w+\\.?)+!", "(.*)*(.*)*(.*)*x", "((.|.)*)*z", "(?:\\w*\\.?)*!", "((a+)+)+b"])
  func hard(pattern: String) throws {
    let name = String(repeating: "layers.", count: 1000) + String(repeating: "a", count: 1000)
    let compiled = try NamePattern(pattern)
    let time = processorTime { #expect(!compiled.matches(name)) }
    #expect(time < .seconds(5))
  }

  @Test(
    "What is not run is refused with a reason",
    arguments: [
      ("(", "closed"), ("(a)\\1", "\\1"), ("(?P<n>a)(?P=n)", "(?"), ("(?>a)", "(?"),
      ("(?(1)a)", "(?"), ("a{1,2}+", "{…}"), ("(a*)*+", "match nothing"), ("\\Gx", "\\G"),
      ("[z-a]", "range"), ("(?<=a+)b", "no fixed length"), ("*", "repeats nothing"),
      (".{1000000000}", "larger"), ("(?:(?=a{900})b){900}", "written out"),
      ("(?:(?=(?:(?=a{900})b){900})b){900}", "written out"), ("(?:a|b){2000}", "larger"),
      ("(?:(?:a|b){900}){2}", "written out"),
      ("(?:a|b|c|d|e){280}", "more alternatives"),
    ])
  func refused(pattern: String, says: String) {
    let error = #expect(throws: PatternSyntax.Refusal.self) { try NamePattern(pattern) }
    #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "")")
  }
}
