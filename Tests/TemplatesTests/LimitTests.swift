// What a hostile template may not do: every one of these ends in an error with a place, none in a
// crash, on a thread with the smallest stack there is.

import Foundation
import Synchronization
import Templates
import TestSupport
import Testing

@Suite("Limits of templates")
struct LimitTests {
  private func error(
    _ source: String, _ variables: TemplateObject = [:]
  ) throws -> TemplateError {
    try #require(throws: TemplateError.self) {
      try Template(source, name: "hostile").render(variables)
    }
  }

  /// Runs `body` on a thread with a small stack.
  private func onSmallStack(
    kilobytes: Int = 512, _ body: @escaping @Sendable () -> [String]
  ) -> [String] {
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      box.set(body())
      done.signal()
    }
    thread.stackSize = kilobytes << 10
    thread.start()
    done.wait()
    return box.get()
  }

  private final class Box: Sendable {
    private let value = Mutex<[String]>([])
    func set(_ new: [String]) { value.withLock { $0 = new } }
    func get() -> [String] { value.withLock { $0 } }
  }

  @Test(
    "each limit is an error of its own",
    arguments: [
      ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "passes"),
      ("{% for a in range(2000) %}{{ 'x' * 10000 }}{% endfor %}", "bytes of text"),
      ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macros inside each other"),
      ("{{ 'x' * 100000000 }}", "texts and lists"),
      ("{{ [1] * 9223372036854775807 }}", "texts and lists"),
      ("{{ 'x' * 9223372036854775807 }}", "texts and lists"),
      ("{{ ('x' * 4000000).replace('x', 'y' * 4000000) }}", "texts and lists"),
      ("{{ ('y' * 4000000).join(['a'] * 100000) }}", "texts and lists"),
      ("{{ ('{}' * 1000000).format('y') }}", "no argument 1"),
      ("{{ '%99999999s' % 'x' }}", "width or precision"),
      ("{{ 'x'.center(9223372036854775807) }}", "texts and lists"),
      ("{{ range(1000000) }}", "range"),
      (
        "{% set n = namespace(x='a') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "texts and lists"
      ),
      (
        "{% set n = namespace(x=[]) %}{% for i in range(500) %}{% set n.x = [n.x] %}{% endfor %}",
        "nested deeper"
      ),
      (
        "{% set n = namespace(x=[]) %}{% for i in range(500) %}{% set n.x = n.x | map('string') %}{% endfor %}",
        "nested deeper"
      ),
      (
        "{% for i in range(1000) %}{% for j in ('x' * 9000) | list %}{% endfor %}{% endfor %}",
        "more than"
      ),
      (
        "{{ range(100000) | map('string') | join(',') | replace(',', 'x' * 1000) }}",
        "texts and lists"
      ),
      ("{{ [1, 2] | tojson(indent=9223372036854775807) }}", "texts and lists"),
      ("{{ [3] | batch(9223372036854775807, 0) | list }}", "texts and lists"),
      ("{{ range(9) | slice(9223372036854775807) | list }}", "more than"),
    ])
  func limits(source: String, expected: String) throws {
    let error = try error(source)
    #expect(error.reason.contains(expected), "\(error)")
    #expect(error.kind == .limit || error.reason.contains("argument"))
    #expect(error.line == 1 && error.column >= 1)
  }

  @Test("deep nesting of any kind is refused on a small stack, and what is allowed fits there")
  func smallStack() {
    let kinds: [(before: String, middle: String, after: String)] = [
      ("(", "1", ")"), ("[", "1", "]"), ("{'a': ", "1", "}"), ("-", "1", "more than"),
      ("not ", "1", "more than"),
      ("1 + ", "1", ""), ("1 ** ", "1", ""), ("x.get(", "1", ")"),
      ("1 if 0 else ", "1", ""),
      ("", "1", " | string"), ("", "x", ".a"), ("", "x", "[0]"), ("", "1", "[:1]"),
      ("1 ~ (", "1", ")"), ("1 < (", "1", ")"), ("dict(a=", "1", ")"),
    ]
    let verdicts = onSmallStack {
      var verdicts: [String] = []
      for count in [50, 199, 2_000, 100_000] {
        for kind in kinds {
          let source =
            "{{ " + String(repeating: kind.before, count: count) + kind.middle
            + String(repeating: kind.after, count: count) + " }}"
          verdicts.append(Self.verdict(source))
        }
        let statements = [
          "{% if 1 %}", "{% for i in [1] %}", "{% with a = 1 %}", "{% filter upper %}",
        ]
        let ends = ["{% endif %}", "{% endfor %}", "{% endwith %}", "{% endfilter %}"]
        for (open, close) in zip(statements, ends) {
          verdicts.append(
            Self.verdict(
              String(repeating: open, count: count) + "x" + String(repeating: close, count: count)))
        }
      }
      return verdicts
    }
    #expect(verdicts.count == 80)
    #expect(verdicts.prefix(20).allSatisfy { !$0.hasPrefix("limit") }, "\(verdicts.prefix(20))")
    #expect(
      verdicts.suffix(40).filter { $0.hasPrefix("limit") }.count == 40, "\(verdicts.suffix(40))")
  }

  /// What libraries take of a thread's stack for themselves is not there for templates: with less than
  /// the guard's own bound, deep templates are refused as well.
  @Test("deep nesting is refused on a stack that is smaller than threads usually have")
  func smallerStack() {
    let source =
      "{{ " + String(repeating: "(", count: 199) + "1" + String(repeating: ")", count: 199) + " }}"
    let verdicts = onSmallStack(kilobytes: 320) { [Self.verdict(source), Self.verdict("{{ 1 }}")] }
    #expect(verdicts[0].hasPrefix("limit"))
    #expect(verdicts[1] == "text 1")
  }

  private static func verdict(_ source: String) -> String {
    do {
      return "text " + (try Template(source, name: "deep").render(["x": [:]]).text)
    } catch {
      return "\(error.kind) \(error.reason)"
    }
  }

  @Test("twenty-four macros inside each other fit on a small stack")
  func macros() {
    let source = """
      {% macro m(n) %}{% if n > 0 %}{% for i in [1] %}{{ '<' ~ m(n - 1) | trim ~ '>' }}{% endfor %}\
      {% endif %}{% endmacro %}{{ m(24) | length }}
      """
    #expect(onSmallStack { [Self.verdict(source)] } == ["text 48"])
  }

  @Test("chains that would unwind deeply when they are let go are let go one by one")
  func chains() throws {
    let source = """
      {% set root = namespace(x=none) %}\
      {% for i in range(90000) %}{% set root.x = namespace(before=root.x) %}{% endfor %}\
      {% set other = namespace(m=none) %}\
      {% for i in range(90000) %}{% set old = other.m %}{% macro m() %}{{ old }}{% endmacro %}\
      {% set other.m = m %}{% endfor %}\
      {% set root.x = root %}done
      """
    #expect(onSmallStack { [Self.verdict(source)] } == ["text done"])
  }

  @Test("data nested too deeply is refused")
  func deepData() throws {
    var value: TemplateValue = 1
    for _ in 0..<150 { value = [value] }
    #expect(try error("{{ x }}", ["x": value]).kind == .limit)
  }

  /// Two small lists that hold a list twice, sixty levels deep: each has 2⁶⁰ paths through it.
  @Test(
    "operations pay for every part that they visit, not for every list that was made",
    arguments: [
      "a == b", "a != b", "a < b", "a >= b", "a in [b]", "[a].index(b)", "[a].count(b)",
      "[a, b] | max", "[a, b] | min", "[a, b] | sort", "{t: 1}",
      "{1: 2}[t]", "{1: 2}.get(t)", "t in {1: 2}", "t == u",
      "[t, u] | unique | list",
      "[{'k': t}, {'k': u}] | groupby('k')", "[{'k': a}, {'k': b}] | map(attribute='k') | sort",
      "m == n", "a | tojson", "m | tojson", "a | string", "a ~ ''", "'%s' % a", "'{}'.format(a)",
      "[a, b] | select('equalto', b) | list", "a is eq b", "a is in [b]",
      "[[a], [b]] | sum(start=[]) == [b, b]",
      "{'x': a} | dictsort == {'x': b} | dictsort", "[a] | join",
      "t | list == u | list",
    ])
  func shared(expression: String) throws {
    let source = """
      {% set s = namespace(a=[1, 1], b=[1, 1], t=(1, 1), u=(1, 1), m={'x': 1}, n={'x': 1}) %}\
      {% for i in range(60) %}\
      {% set s.a = [s.a, s.a] %}{% set s.b = [s.b, s.b] %}\
      {% set s.t = (s.t, s.t) %}{% set s.u = (s.u, s.u) %}\
      {% set s.m = {'x': s.m, 'y': s.m} %}{% set s.n = {'x': s.n, 'y': s.n} %}\
      {% endfor %}\
      {% set a = s.a %}{% set b = s.b %}{% set t = s.t %}{% set u = s.u %}\
      {% set m = s.m %}{% set n = s.n %}{{ EXPRESSION }}
      """
    let time = try processorTime {
      let error = try error(source.replacing("EXPRESSION", with: expression))
      #expect(error.kind == .limit, "\(error)")
    }
    #expect(time < .seconds(20))
  }

  @Test("an error names the template, the line, the column and the kind")
  func places() throws {
    #expect(
      try error("a\nb {{ missing.x }}").description
        == "hostile:2:13: the template fails: missing is undefined")
    #expect(
      try error("é{{ raise_exception('no ' ~ 1) }}").description
        == "hostile:1:20: the template refuses these messages: no 1")
    #expect(
      try error("{% include 'x' %}").description
        == "hostile:1:4: not supported: the statement include")
  }

  @Test("keys that differ only in composition are two keys")
  func composition() throws {
    let object: TemplateObject = ["é": 1, "e\u{301}": 2]
    #expect(object.members.count == 2)
    let text = try Template("{{ o }}{{ o | length }}", name: "t").render(["o": .object(object)])
      .text
    #expect(text.utf8.elementsEqual("{'é': 1, 'e\u{301}': 2}2".utf8))
  }

  @Test("the time is the caller's")
  func time() throws {
    let rendering = try Template("{{ strftime_now('%Y-%m-%d %f|%Z') }}", name: "t").render(
      [:], now: Date(timeIntervalSince1970: 1_000_043_200.25))
    #expect(rendering.text == "2001-09-09 250000|")
  }

  @Test("a generation block inside a macro is rendered and counted as having no place")
  func unplaced() throws {
    let source =
      "{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}"
      + "{% generation %}é{% generation %}b{% endgeneration %}{% endgeneration %}"
    let rendering = try Template(source, name: "t").render([:])
    #expect(rendering.text == "aéb")
    #expect(rendering.generations == [1..<4])
    #expect(rendering.unplacedGenerations == 1)
  }
}
