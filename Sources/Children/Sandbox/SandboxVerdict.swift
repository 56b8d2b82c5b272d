// What is asked of generated code, and what can come of it.

public import JSON

/// A test that feeds a program and looks at what it prints.
public struct OutputTest: Sendable, Equatable {
  /// The standard input.
  public var input: String
  /// What it should print; never seen inside the sandbox.
  public var expected: String

  /// Puts a test together.
  public init(input: String, expected: String) { (self.input, self.expected) = (input, expected) }
}

/// A test that calls a function and looks at what it returns.
public struct CallTest: Sendable, Equatable {
  /// What it is called with, by place.
  public var arguments: [JSONValue]
  /// What it should return; never seen inside the sandbox.
  public var expected: JSONValue
  /// Another reading of what it should return, if the data can be read in two ways.
  ///
  /// A function must hold to one of the readings in all tests.
  public var otherwise: JSONValue?

  /// Puts a test together.
  public init(arguments: [JSONValue], expected: JSONValue, otherwise: JSONValue? = nil) {
    (self.arguments, self.expected, self.otherwise) = (arguments, expected, otherwise)
  }
}

/// What came of a program and its tests; tests are counted from 0.
public enum SandboxVerdict: Sendable, Equatable {
  /// Every test is passed.
  case passed
  /// The program came to an end, with another result.
  case failed(test: Int, reason: String)
  /// It used up its time, by the clock or in computing.
  case timeout(test: Int)
  /// It said too much.
  case tooMuchOutput(test: Int)
  /// It broke down.
  case crashed(test: Int, reason: String)
  /// It was not run, or not to its end, and nothing is known about it.
  case unavailable(reason: String)
  /// The caller no longer wants to know.
  case cancelled
}

/// One run of a command in a sandbox.
public struct SandboxRun: Sendable, Equatable {
  /// How a run ends.
  public enum Ending: Sendable, Equatable {
    /// By itself, with a status; 128 and a signal's number if a signal ended it.
    case status(Int)
    /// At the limit of its time.
    case timeout
    /// At the limit of what it may say.
    case tooMuchOutput
    /// At the limit of the memory of all its processes together.
    case tooMuchMemory
    /// It was not run, or not to its end.
    case unavailable(reason: String)
    /// The caller no longer wants it.
    case cancelled
  }

  /// How it ended.
  public var ending: Ending
  /// Its standard output, within the limit.
  public var output: [UInt8]
  /// The end of its standard error.
  public var words: String
}
