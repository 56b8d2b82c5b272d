// What can be wrong in this room, and how it is said.

/// Why there are no prompts.
public enum PromptError: Error, Equatable, CustomStringConvertible {
  /// A setting has a value it cannot have.
  case setting(key: String, reason: String)
  /// A file cannot be read.
  case unreadable(file: String, reason: String)
  /// A file cannot be written.
  case unwritable(file: String, reason: String)
  /// A file is of another kind.
  case notLines(file: String, advice: String)
  /// A line or row is not a usable problem, and the settings say to stop.
  case line(file: String, number: Int, reason: String)
  /// There is no problem in any of the files.
  case noProblems(files: [String], reason: String)
  /// A prompt is longer than it may be.
  case tooLong(id: String, tokens: Int, limit: Int)
  /// A prompt cannot be made into tokens.
  case encoding(id: String, reason: String)
  /// A saved position does not fit the problems.
  case position(PromptPosition, count: Int)

  /// The error in words.
  public var description: String {
    switch self {
    case .setting(let key, let reason): "\(key): \(reason)"
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .unwritable(let file, let reason): "\(file): cannot be written: \(reason)"
    case .notLines(let file, let advice): "\(file): \(advice)"
    case .line(let file, let number, let reason): "\(file):\(number): \(reason)"
    case .noProblems(let files, let reason):
      "no problem in \(files.joined(separator: ", ")): \(reason)"
    case .tooLong(let id, let tokens, let limit):
      "the prompt \(id) has \(tokens) tokens, and data.max_prompt_length is \(limit); "
        + "data.filter_overlong_prompts=true leaves such prompts out, data.truncation cuts them"
    case .encoding(let id, let reason): "the prompt \(id) cannot be made into tokens: \(reason)"
    case .position(let position, let count):
      "the saved position, problem \(position.offset) of epoch \(position.epoch), does not fit "
        + "the \(count) problems of the data"
    }
  }
}
