// What can go wrong with another program. None of it is a verdict of what the program was asked.

/// Why a child gave no answer.
public enum ChildError: Error, Equatable, CustomStringConvertible {
  /// It could not be started, or did not say that it is ready.
  case start(reason: String)
  /// It did not answer in time; it was killed.
  case timeout(Duration)
  /// It ended before it answered.
  ///
  /// `words` is the end of what it said on standard error.
  case ended(how: String, words: String)
  /// It broke the protocol; it was killed.
  case misspoke(reason: String, words: String)
  /// It says itself that it cannot answer this request; it lives on.
  case refused(reason: String)
  /// The caller no longer wants the answer; the child was killed.
  case cancelled
  /// The children were stopped before.
  case stopped

  /// The error in words.
  public var description: String {
    switch self {
    case .start(let reason): "the command could not be started: \(reason)"
    case .timeout(let limit): "no answer from the command within \(limit)"
    case .ended(let how, let words): "the command \(how)" + Self.quoted(words)
    case .misspoke(let reason, let words):
      "the command broke the protocol: \(reason)" + Self.quoted(words)
    case .refused(let reason): "the command reports: \(reason)"
    case .cancelled: "cancelled"
    case .stopped: "the command was stopped"
    }
  }

  private static func quoted(_ words: String) -> String {
    words.isEmpty ? "" : "; the end of its standard error:\n\(words)"
  }
}
