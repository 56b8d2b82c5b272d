// Calling a function of a program, test by test. The program is told a test's arguments when the
// test's turn has come, and answers on a descriptor of its own. It could write there by itself, of
// course: it is the one who decides what it returns. What it cannot do is to know what is expected,
// and an accidental line there lacks the secret word that a real answer starts with.

import JSON

/// Tests functions in a sandbox.
struct CallRunner {
  let settings: SandboxSettings
  let tools: SandboxTools
  let interrupt: Interrupt

  /// Runs inside, before the program, after which it calls what the program left.
  ///
  /// The first line it reads has the secret word and the function's name; every other one is a list
  /// of arguments.
  private static let runner = #"""
    import json, os, types

    def take(number, mode):
        copy = os.fdopen(os.dup(number), mode, encoding="utf-8", newline="\n")
        os.close(number)
        return copy

    def plain(value):
        if hasattr(value, "tolist"):
            return value.tolist()
        raise TypeError("a result of type %s is nothing that JSON can say" % type(value).__name__)

    def keyed(value):
        # JSON knows texts as keys and nothing else: keys that are all whole numbers were numbers.
        try:
            keys = [int(key) for key in value] if isinstance(value, dict) else []
        except ValueError:
            return value
        same = keys and list(map(str, keys)) == list(value)
        return dict(zip(keys, value.values())) if same else value

    def asked(space, name):
        solution = space.get("Solution")
        if isinstance(solution, type) and callable(getattr(solution, name, None)):
            return lambda *given: getattr(solution(), name)(*given)
        if not callable(space.get(name)):
            raise NameError("there is no function %s" % name)
        return space[name]

    def main():
        requests = take(0, "r")
        os.open(os.devnull, os.O_RDONLY)  # the lowest free number: this is the new input
        answers = take(\#(SandboxTools.Number.results), "w")
        secret, name = json.loads(requests.readline())

        def say(kind, value):
            text = json.dumps({kind: value}, allow_nan=False, default=plain)
            answers.write(secret + text + "\n")
            answers.flush()

        def words(error):
            return ("%s: %s" % (type(error).__name__, error))[:300]

        module = types.ModuleType("solution")
        sys.modules["solution"] = module
        space = module.__dict__
        try:
            path = "\#(SandboxTools.programPath)"
            with open(path, encoding="utf-8") as file:
                text = file.read()
            give(text, path)
            exec(compile(text, path, "exec", dont_inherit=True), space)
            function = asked(space, name)
        except BaseException as error:
            return say("broken", words(error))
        say("ready", None)
        for line in requests:
            try:
                value = function(*map(keyed, json.loads(line)))
            except BaseException as error:
                say("raised", words(error))
                continue
            try:
                say("value", value)
            except BaseException as error:
                say("wordless", words(error))

    main()
    """#

  private enum Answer {
    case ready
    case value(JSONValue)
    case broken(String)
    case raised(String)
    case wordless(String)
  }

  /// Runs the program and the tests.
  func verdict(on program: String, calling name: String, tests: [CallTest]) -> SandboxVerdict {
    let sandbox: SandboxProcess
    do throws(ChildError) {
      sandbox = try SandboxProcess(
        SandboxProcess.Contents(
          arguments: [settings.python, "-c", PythonRunner.names + Self.runner], program: program,
          input: nil,
          keepsOutput: false),
        settings, tools: tools, interrupts: [interrupt])
    } catch {
      return .unavailable(reason: "\(error)")
    }
    defer { sandbox.end() }
    let secret = Self.makeSecret()
    let greeting: JSONValue = [.string(secret), .string(name)]
    switch ask(sandbox, greeting, secret, test: 0) {
    case .failure(let stop): return stop.verdict
    case .success(.ready): break
    case .success(.broken(let reason)): return .crashed(test: 0, reason: reason)
    case .success: return .crashed(test: 0, reason: "an answer out of turn")
    }
    // The readings of the expected results that all tests so far allow.
    var (isExpected, isOtherwise) = (true, true)
    for (place, test) in tests.enumerated() {
      // A result with many more values is another one, and too large for memory perhaps.
      let limit = 2 * max(Self.size(test.expected), test.otherwise.map(Self.size) ?? 0) + 1000
      switch ask(sandbox, .array(test.arguments), secret, test: place, limit: limit) {
      case .failure(let stop): return stop.verdict
      case .success(.raised(let reason)): return .crashed(test: place, reason: reason)
      case .success(.wordless(let reason)): return .failed(test: place, reason: reason)
      case .success(.value(let value)):
        isExpected = isExpected && Comparison.areSame(value, test.expected)
        isOtherwise =
          isOtherwise && test.otherwise.map { Comparison.areSame(value, $0) } ?? false
        if !isExpected && !isOtherwise {
          let (found, wanted) = (Self.shown(value), Self.shown(test.expected))
          return .failed(test: place, reason: "the result is \(found) and not \(wanted)")
        }
      case .success: return .crashed(test: place, reason: "an answer out of turn")
      }
    }
    return .passed
  }

  /// A verdict that ends the testing.
  private struct Stop: Error {
    var verdict: SandboxVerdict
  }

  private func ask(
    _ sandbox: SandboxProcess, _ line: JSONValue, _ secret: String, test: Int, limit: Int = 100
  ) -> Result<Answer, Stop> {
    sandbox.feed?.put(Array((line.text + "\n").utf8))
    let deadline = ContinuousClock.now + settings.wall
    while true {
      let stop = sandbox.run(until: deadline) { sandbox.results.hasLine }
      if let stop { return .failure(Stop(verdict: verdict(for: stop, test: test))) }
      guard let line = sandbox.results.takeLine() else {
        return .failure(Stop(verdict: ended(sandbox, test: test)))
      }
      guard line.starts(with: secret.utf8) else { continue }
      return Self.answer(line.dropFirst(secret.utf8.count), limit: limit).mapError { error in
        // The adapter writes JSON: what cannot be read is deeper or longer than answers are.
        Stop(verdict: .failed(test: test, reason: "an answer that cannot be read: \(error)"))
      }
    }
  }

  private func verdict(for stop: SandboxProcess.Stop, test: Int) -> SandboxVerdict {
    switch stop {
    case .deadline: .timeout(test: test)
    case .overflow: .tooMuchOutput(test: test)
    case .memory: .crashed(test: test, reason: "too much memory")
    case .interrupted: .cancelled
    }
  }

  /// What it means that the sandbox ended without an answer.
  private func ended(_ sandbox: SandboxProcess, test: Int) -> SandboxVerdict {
    switch sandbox.end() {
    case .noSandbox(let words): .unavailable(reason: "no sandbox can be made here: \(words)")
    case .stopped: .crashed(test: test, reason: "it closed the way its answers take")
    case .status(let status) where Sandbox.isOutOfTime(status): .timeout(test: test)
    case .status(let status):
      .crashed(test: test, reason: Sandbox.words(forStatus: status, sandbox.words))
    }
  }

  private static func answer(
    _ line: ArraySlice<UInt8>, limit: Int
  ) -> Result<Answer, JSONError> {
    Result { () throws(JSONError) in
      let value = try JSONValue(parsing: line, limits: JSONLimits(values: limit))
      guard case .object(let object) = value, object.count == 1, let (kind, value) = object.first
      else { throw JSONError(reason: "not an object with one key") }
      switch (kind, value) {
      case ("ready", .null): return .ready
      case ("value", _): return .value(value)
      case ("broken", .string(let reason)): return .broken(reason)
      case ("raised", .string(let reason)): return .raised(reason)
      case ("wordless", .string(let reason)): return .wordless(reason)
      default: throw JSONError(reason: "an unknown kind of answer")
      }
    }
  }

  private static func makeSecret() -> String {
    var numbers = SystemRandomNumberGenerator()
    return "\(String(numbers.next(), radix: 36))\(String(numbers.next(), radix: 36)) "
  }

  /// How many values a value holds, itself included.
  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .array(let elements): elements.reduce(into: 1) { $0 += size($1) }
    case .object(let members): members.reduce(into: 1) { $0 += size($1.value) }
    default: 1
    }
  }

  private static func shown(_ value: JSONValue) -> String {
    String(value.text.prefix(100))
  }
}
