// The two dialects of one answer: completions and chats differ in how a choice is written, and in
// nothing else.

import Foundation

/// Writes the answers of one kind of request.
protocol Dialect: Sendable {
  associatedtype Choice: Encodable & Sendable

  /// What ids begin with.
  static var prefix: String { get }
  /// What a whole answer calls itself.
  static var whole: String { get }
  /// What a piece of a stream calls itself.
  static var piece: String { get }

  /// The first piece of a response in a stream; nil where there is nothing to begin with.
  func opening(_ response: Int) -> Choice?
  /// A piece of text in a stream.
  func delta(_ response: Int, _ text: String) -> Choice
  /// The end of a response in a stream.
  func closing(_ finished: FinishedResponse) -> Choice
  /// A whole response.
  func choice(_ finished: FinishedResponse, _ text: String) -> Choice
}

/// Completions.
struct CompletionDialect: Dialect {
  static let prefix = "cmpl-"
  static let whole = "text_completion"
  static let piece = "text_completion"

  /// The prompts' texts where they are to be echoed.
  var echoes: [String]?
  var samples: Int
  var names: TokenNames
  /// How many tokens are named beside each; nil for no log-probabilities.
  var top: Int?

  private func echo(_ response: Int) -> String { echoes?[response / samples] ?? "" }

  func opening(_ response: Int) -> CompletionChoice? {
    echoes == nil ? nil : CompletionChoice(index: response, text: echo(response))
  }

  func delta(_ response: Int, _ text: String) -> CompletionChoice {
    CompletionChoice(index: response, text: text)
  }

  func closing(_ finished: FinishedResponse) -> CompletionChoice {
    CompletionChoice(index: finished.response, text: "", finishReason: finished.reason)
  }

  func choice(_ finished: FinishedResponse, _ text: String) -> CompletionChoice {
    CompletionChoice(
      index: finished.response, text: echo(finished.response) + text,
      logprobs: top.map { .init(finished.scores, names, named: $0) },
      finishReason: finished.reason)
  }
}

/// Chats.
struct ChatDialect: Dialect {
  static let prefix = "chatcmpl-"
  static let whole = "chat.completion"
  static let piece = "chat.completion.chunk"

  var names: TokenNames
  var hasScores: Bool

  func opening(_ response: Int) -> ChatChoice? {
    ChatChoice(index: response, delta: .init(role: "assistant", content: ""))
  }

  func delta(_ response: Int, _ text: String) -> ChatChoice {
    ChatChoice(index: response, delta: .init(content: text))
  }

  func closing(_ finished: FinishedResponse) -> ChatChoice {
    ChatChoice(index: finished.response, delta: .init(), finishReason: finished.reason)
  }

  func choice(_ finished: FinishedResponse, _ text: String) -> ChatChoice {
    ChatChoice(
      index: finished.response, message: .init(role: "assistant", content: text),
      logprobs: hasScores ? .init(finished.scores, names) : nil, finishReason: finished.reason)
  }
}

extension FinishedResponse {
  /// Why it ended, in OpenAI's words.
  var reason: String { hasStopped ? "stop" : "length" }
}
