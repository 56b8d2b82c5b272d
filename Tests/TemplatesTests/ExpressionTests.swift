// Expressions and small templates against jinja2's own results, stored by
// Tools/goldens/template_goldens.py.

import Templates
import Testing
import TestSupport

@Suite("Expressions and statements")
struct ExpressionTests {
  private struct ExpressionCase: Decodable {
    let expression: String
    let output: String?
  }

  private struct StatementCase: Decodable {
    let template: String
    let output: String?
  }

  private struct OperatorTable: Decodable {
    struct Row: Decodable {
      let `operator`: String
      let outputs: [String?]
    }

    let operands: [String]
    let rows: [Row]
  }

  /// Checks one case and tells whether it was refused.
  private func check(_ source: String, _ expected: String?, refusals: inout [String]) {
    let outcome = Outcome.of(source, TemplateContext.variables)
    if case .refused(let reason) = outcome {
      refusals.append("\(source): \(reason)")
      return
    }
    #expect(
      outcome.agrees(with: expected),
      "\(source) gives \(outcome), expected \(expected ?? "an error")")
  }

  @Test("nearly nine hundred expressions give what jinja2 gives, or raise where it raises")
  func expressions() throws {
    let cases = try Golden.decode([ExpressionCase].self, from: "templates-expressions")
    var refusals: [String] = []
    for one in cases { check("{{ \(one.expression) }}", one.output, refusals: &refusals) }
    print("templates: \(cases.count) expressions, refused \(refusals.count): \(refusals)")
    #expect(cases.count == 897)
  }

  @Test("every operator between any two kinds of value gives what jinja2 gives")
  func operators() throws {
    let table = try Golden.decode(OperatorTable.self, from: "templates-operators")
    var refusals: [String] = []
    var count = 0
    for row in table.rows {
      var outputs = row.outputs.makeIterator()
      for left in table.operands {
        for right in table.operands {
          let source = "{{ (\(left)) \(row.operator) (\(right)) }}"
          check(source, outputs.next() ?? nil, refusals: &refusals)
          count += 1
        }
      }
    }
    print("templates: \(count) pairs, refused \(refusals.count): \(refusals)")
    #expect(count == 18 * 19 * 19)
  }

  @Test("two hundred small templates give what jinja2 gives, or raise where it raises")
  func statements() throws {
    let cases = try Golden.decode([StatementCase].self, from: "templates-statements")
    var refusals: [String] = []
    for one in cases { check(one.template, one.output, refusals: &refusals) }
    print("templates: \(cases.count) small templates, refused \(refusals.count): \(refusals)")
    #expect(cases.count == 215)
  }
}
