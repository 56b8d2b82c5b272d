// The tests of a programming problem, as data sets state them in the right answer:
//
//     {"inputs": ["3\n1 2 3\n", …], "outputs": ["6\n", …]}                    programs that print
//     {"inputs": ["[1, 2, 3]", …], "outputs": ["6", …], "fn_name": "total"}   functions, as JSON
//     {"inputs": [[[1, 2, 3]], …], "outputs": [6, …], "fn_name": "total"}     functions, as values
//
// These are APPS's, TACO's and verl's forms. Where the inputs of a function are texts, they have an
// argument a line, and the results are texts too. APPS writes a result as a list of one; a function
// whose results are lists of one looks the same, so either reading will do, but one for all tests.
// Tests that are statements (`assert f(1) == 2`) are refused: the expected result would be where the
// code can read it.

import Children
import JSON

/// The tests of one problem.
enum CodeTests: Equatable {
  case output([OutputTest])
  case calls(of: String, [CallTest])

  /// Reads the tests of a right answer.
  ///
  /// - Parameters:
  ///   - truth: the right answer.
  ///   - most: how many tests to take, from the first on.
  ///   - output: how many bytes a program may print or return.
  /// - Throws: `VerifierError.truth`.
  init(_ truth: String, most: Int = .max, output: Int = .max) throws(VerifierError) {
    func refused(_ reason: String) -> VerifierError {
      .truth(clipped(truth, to: 60), reason: reason)
    }
    let value: JSONValue
    // Inputs of megabytes are ordinary; what these data may hold is bounded by their length.
    let limits = JSONLimits(values: max(1, truth.utf8.count))
    do { value = try JSONValue(parsing: truth.utf8, limits: limits) } catch {
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
    let lengths: [Int]
    switch members["fn_name"] {
    case .string(let name)? where !name.isEmpty:
      let tests = try Self.calls(inputs, outputs, refused).prefix(most)
      self = .calls(of: name, Array(tests))
      // Nothing within a short text is long, and few texts are worth writing anew.
      lengths = truth.utf8.count > output ? tests.map { $0.expected.text.utf8.count } : []
    case nil, .null?, .string?:
      let tests = try Self.programs(inputs, outputs, refused).prefix(most)
      self = .output(Array(tests))
      lengths = tests.map(\.expected.utf8.count)
    default: throw refused("'fn_name' is not a name")
    }
    if let place = lengths.firstIndex(where: { $0 > output }) {
      throw refused(
        "the output of test \(place + 1) has \(lengths[place]) bytes, more than the "
          + "\(output >> 20) MiB of reward.code.output")
    }
  }

  private static func programs(
    _ inputs: [JSONValue], _ outputs: [JSONValue], _ refused: (String) -> VerifierError
  ) throws(VerifierError) -> [OutputTest] {
    var tests: [OutputTest] = []
    for (input, output) in zip(inputs, outputs) {
      guard let input = text(input), let output = text(output) else {
        throw refused("inputs and outputs of programs are texts, numbers, or lists of them")
      }
      tests.append(OutputTest(input: input, expected: output))
    }
    return tests
  }

  /// A text or a number, or the lines of one.
  private static func text(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): return text
    case .integer, .number: return value.written
    case .array(let lines):
      let texts = lines.compactMap { line -> String? in
        if case .string(let text) = line { text } else { line.written }
      }
      return texts.count == lines.count ? texts.joined(separator: "\n") : nil
    default: return nil
    }
  }

  private static func calls(
    _ inputs: [JSONValue], _ outputs: [JSONValue], _ refused: (String) -> VerifierError
  ) throws(VerifierError) -> [CallTest] {
    let areTexts = inputs.allSatisfy { if case .string = $0 { true } else { false } }
    let results = areTexts ? outputs.map(parsed) : outputs
    let areWrapped = results.allSatisfy { unwrapped($0) != nil }
    var tests: [CallTest] = []
    for (input, result) in zip(inputs, results) {
      guard let arguments = arguments(input) else {
        throw refused("the arguments of a call are a list, or one JSON value a line")
      }
      tests.append(
        CallTest(
          arguments: arguments, expected: result, otherwise: areWrapped ? unwrapped(result) : nil))
    }
    return tests
  }

  /// What stands in a list of one.
  private static func unwrapped(_ result: JSONValue) -> JSONValue? {
    if case .array(let one) = result, one.count == 1 { one[0] } else { nil }
  }

  private static func arguments(_ input: JSONValue) -> [JSONValue]? {
    switch input {
    case .array(let arguments): return arguments
    case .string(let text):
      var arguments: [JSONValue] = []
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        // A line may end as Windows ends it.
        if line.elementsEqual([UInt8(ascii: "\r")]) { continue }
        guard let value = json(line) else { return nil }
        arguments.append(value)
      }
      return arguments
    default: return nil
    }
  }

  /// What a text of JSON says; other values, and other texts, as they are.
  private static func parsed(_ output: JSONValue) -> JSONValue {
    guard case .string(let text) = output else { return output }
    return json(text.utf8) ?? output
  }

  private static func json(_ text: some Collection<UInt8>) -> JSONValue? {
    try? JSONValue(parsing: text, limits: JSONLimits(values: max(1, text.count)))
  }
}
