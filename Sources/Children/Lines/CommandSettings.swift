// What is known about a reward command before it runs.

/// A command that scores responses, and its limits.
public struct CommandSettings: Sendable, Equatable {
  /// The program and its arguments; no shell is between.
  public var command: [String]
  /// Where it runs; nil for this process's folder.
  public var folder: String?
  /// What it may know of the environment.
  public var environment = ChildEnvironment()
  /// How many of it run side by side.
  public var width = 1
  /// How long it may take until it says that it is ready: it may have a model to load.
  public var startLimit = Duration.seconds(60)
  /// How long one answer may take.
  public var answerLimit = Duration.seconds(10)
  /// How long it may take to end when asked to, before it is killed.
  public var grace = Duration.milliseconds(250)
  /// The longest pause before it is started again when it fails over and over.
  public var longestPause = Duration.milliseconds(500)
  /// The longest line it may say, in bytes.
  public var longestLine = 1 << 20

  /// A command with the usual limits.
  public init(_ command: [String]) { self.command = command }
}
