// From a problem to a prompt: what the model reads, and what is done about too much of it.

import Records

/// A problem as the model reads it.
public struct PromptEncoding: Equatable, Sendable {
  /// The text, with what a chat template puts around the messages.
  public var text: String
  /// The same as token ids.
  public var tokens: [Int]
  /// How many control tokens the problem itself spelled out and that were read as plain text.
  public var neutralized: Int

  /// Puts an encoding together.
  public init(text: String, tokens: [Int], neutralized: Int = 0) {
    self.text = text
    self.tokens = tokens
    self.neutralized = neutralized
  }
}

/// What to do about a prompt that is longer than it may be, under verl's names.
public enum Truncation: String, Codable, Sendable, CaseIterable {
  /// Stop.
  case error
  /// Leave tokens out at the start.
  case left
  /// Leave tokens out at the end, where a chat template asks for the answer.
  case right
  /// Leave tokens out in the middle.
  case middle

  /// At most `limit` of the tokens; nothing if that is an error.
  func cut(_ tokens: [Int], to limit: Int) -> [Int]? {
    guard tokens.count > limit else { return tokens }
    switch self {
    case .error: return nil
    case .left: return tokens.suffix(limit)
    case .right: return Array(tokens.prefix(limit))
    case .middle: return tokens.prefix(limit / 2) + tokens.suffix(limit - limit / 2)
    }
  }
}

extension Problem {
  /// The problem as token ids; a prompt that was cut keeps its whole text.
  func prompt(
    place: Int, maximumLength: Int, truncation: Truncation,
    encode: (Problem) throws -> PromptEncoding
  ) throws(PromptError) -> Prompt {
    let encoding = try encoding(encode)
    guard let tokens = truncation.cut(encoding.tokens, to: maximumLength) else {
      throw .tooLong(id: id, tokens: encoding.tokens.count, limit: maximumLength)
    }
    return Prompt(
      id: id, place: place, source: source, text: encoding.text, tokens: tokens, truth: truth,
      difficulty: difficulty, extra: extra, row: row)
  }

  func encoding(
    _ encode: (Problem) throws -> PromptEncoding
  ) throws(PromptError) -> PromptEncoding {
    do { return try encode(self) } catch { throw .encoding(id: id, reason: "\(error)") }
  }
}
