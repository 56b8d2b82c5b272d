// The variables of the expressions and small templates in the goldens: CONTEXT of
// Tools/goldens/template_cases.py, written down a second time.

import Templates

enum TemplateContext {
  static let variables: TemplateObject = [
    // What the reference passes to every template.
    "messages": [], "tools": nil, "documents": nil, "add_generation_prompt": false,
    "s": "Hello, World", "u": "naïve 日本語 😀 e\u{301} ÉLAN ﬁ ß İ",
    "blank": " \t x y\n\u{A0}",
    "lines": "one\r\ntwo\n\nthree\u{0B}four\u{2028}five", "empty": "", "n": 7, "m": -3, "f": 2.5,
    "yes": true, "no": false, "nothing": nil, "l": [3, 1, 2], "words": ["b", "a", "C", "b"],
    "e": [], "mixed": [1, "a", nil, 2.0, true, [1], ["k": 1]],
    "d": ["b": 1, "a": "x", "items": 5, "z": [1, 2], "A": nil], "o": [:],
    "people": [
      ["name": "Zoë", "age": 41, "home": ["city": "Oslo"]],
      ["name": "adam", "age": 7, "home": ["city": "Rom"]],
      ["name": "Bea", "age": 41, "home": [:]],
      ["name": "adam", "age": nil],
    ],
    "deep": ["a": ["b": ["c": [["d": "found"]]]]], "html": "<a href='x'>&\"</a>",
    "think": "<think>a</think>b",
  ]
}

/// What became of a template.
enum Outcome: Equatable {
  case text(String)
  case raises
  /// Refused for something that Jinja has and the room has not, or for going over a limit.
  case refused(String)

  static func of(_ source: String, _ variables: TemplateObject) -> Outcome {
    do {
      return .text(try Template(source, name: "test").render(variables).text)
    } catch {
      return error.kind == .unsupported || error.kind == .limit
        ? .refused(error.reason) : .raises
    }
  }

  /// Whether this is what the reference gave: its text byte for byte, nil for an exception.
  func agrees(with expected: String?) -> Bool {
    switch (self, expected) {
    case (.text(let text), let expected?): text.utf8.elementsEqual(expected.utf8)
    case (.raises, nil): true
    default: false
    }
  }
}
