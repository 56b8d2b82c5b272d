// The tests of a programming problem, as data sets state them in the right answer:
//
//     {"inputs": ["3\n1 2 3\n", …], "outputs": ["6\n", …]}                    programs that print
//     {"inputs": [[[1, 2, 3]], …], "outputs": [6, …], "fn_name": "total"}     functions
//
// These are APPS's, TACO's and verl's forms. The arguments of a call are a list, or a text with
// one JSON value a line; a result that stands in a list of one, as APPS writes it, is taken out where
// all results do. Tests that are statements (`assert f(1) == 2`) are refused: the expected result
// would be where the code can read it.

import Children
import JSON

/// The tests of one problem.
enum CodeTests: Equatable {
  case output([OutputTest])
  case calls(of: String, [CallTest])

  /// Reads the tests of a right answer.
  ///
  /// - Throws: `VerifierError.truth`.
  init(_ truth: String) throws(VerifierError) {
    func refused(_ reason: String) -> VerifierError {
      .truth(clipped(truth, to: 60), reason: reason)
    }
    let value: JSONValue
    do { value = try JSONValue(parsing: truth.utf8) } catch {
      throw refused("tests are JSON: \(error)")
    }
    guard case .object(let members) = value else {
      throw refused("tests are an object with 'inputs' and 'outputs'")
    }
    guard case .array(let inputs)? = members["inputs"],
      case .array(let outputs)? = members["outputs"]
    else { throw refused("tests have lists 'inputs' and 'outputs'") }
    guard inputs.count == outputs.count, !inputs.isEmpty else {
      throw refused("\(inputs.count) inputs and \(outputs.count) outputs")
    }
    switch members["fn_name"] {
    case .string(let name)? where !name.isEmpty:
      self = .calls(of: name, try Self.calls(inputs, outputs, refused))
    case nil, .null?, .string?: self = .output(try Self.programs(inputs, outputs, refused))
    default: throw refused("'fn_name' is not a name")
    }
  }

  private static func programs(
    _ inputs: [JSONValue], _ outputs: [JSONValue], _ refused: (String) -> VerifierError
  ) throws(VerifierError) -> [OutputTest] {
    var tests: [OutputTest] = []
    for (input, output) in zip(inputs, outputs) {
      guard let input = text(input), let output = text(output) else {
        throw refused("inputs and outputs of programs are texts")
      }
      tests.append(OutputTest(input: input, expected: output))
    }
    return tests
  }

  /// A text, or the lines of one.
  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): return text
    case .array(let lines):
      let texts = lines.compactMap { line -> String? in
        guard case .string(let text) = line else { return nil }
        return text
      }
      return texts.count == lines.count ? texts.joined(separator: "\n") : nil
    default: return nil
    }
  }

  private static func calls(
    _ inputs: [JSONValue], _ outputs: [JSONValue], _ refused: (String) -> VerifierError
  ) throws(VerifierError) -> [CallTest] {
    let results = outputs.map(parsed)
    let wrapped = results.allSatisfy { result in
      if case .array(let one) = result { one.count == 1 } else { false }
    }
    var tests: [CallTest] = []
    for (input, result) in zip(inputs, results) {
      guard let arguments = arguments(input) else {
        throw refused("the arguments of a call are a list, or one JSON value a line")
      }
      var expected = result
      if wrapped, case .array(let one) = result { expected = one[0] }
      tests.append(CallTest(arguments: arguments, expected: expected))
    }
    return tests
  }

  private static func arguments(_ input: JSONValue) -> [JSONValue]? {
    switch input {
    case .array(let arguments): return arguments
    case .string(let text):
      var arguments: [JSONValue] = []
      for line in text.split(whereSeparator: \.isNewline) {
        guard let value = try? JSONValue(parsing: line.utf8) else { return nil }
        arguments.append(value)
      }
      return arguments
    default: return nil
    }
  }

  /// What a text of JSON says; other values, and other texts, as they are.
  private static func parsed(_ output: JSONValue) -> JSONValue {
    guard case .string(let text) = output, let value = try? JSONValue(parsing: text.utf8) else {
      return output
    }
    return value
  }
}
