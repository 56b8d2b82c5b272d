// What loggers are told of a step, and what a logger is.

/// A step of a run, for whoever draws curves of it.
public struct LoggedStep: Sendable, Equatable {
  /// A number and its name.
  public struct Number: Sendable, Equatable {
    /// Such as `actor/pg_loss`.
    public var name: String
    /// Finite: what is not is left out.
    public var value: Double

    /// Puts the two together.
    public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
  }

  /// One number a response, and their name.
  public struct Distribution: Sendable, Equatable {
    /// Such as `response_length`.
    public var name: String
    /// Finite: what is not is left out.
    public var values: [Double]

    /// Puts the two together.
    public init(_ name: String, _ values: [Double]) { (self.name, self.values) = (name, values) }
  }

  /// A text and its name.
  public struct Sample: Sendable, Equatable {
    /// Such as `rollout/sample`.
    public var name: String
    /// Plain text.
    public var text: String

    /// Puts the two together.
    public init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
  }

  /// The global step.
  public var step: Int
  /// When it ended, in seconds since 1970.
  public var time: Double
  /// The numbers of metrics.jsonl that are finite.
  public var numbers: [Number]
  /// What each response has.
  public var distributions: [Distribution]
  /// What some responses say.
  public var samples: [Sample]

  /// Puts a step together, and leaves out what is not finite.
  public init(
    step: Int, time: Double, numbers: [Number], distributions: [Distribution] = [],
    samples: [Sample] = []
  ) {
    self.step = step
    self.time = time
    self.numbers = numbers.filter(\.value.isFinite)
    self.distributions = distributions.map {
      Distribution($0.name, $0.values.filter(\.isFinite))
    }.filter { !$0.values.isEmpty }
    self.samples = samples
  }
}

/// Someone who is told of every step.
public protocol StepLogger: AnyObject {
  /// Takes a step; they come in order.
  ///
  /// - Throws: why it could not, in words.
  func record(_ step: LoggedStep) throws
  /// Ends; nothing comes after it.
  func close() throws
}

/// Why a logger could not log, in words.
public struct LoggerError: Error, Equatable, CustomStringConvertible {
  /// One line.
  public let description: String

  /// Says why.
  public init(_ description: String) { self.description = description }
}
