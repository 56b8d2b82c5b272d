// Answers in the forms of OpenAI's completions and chats.

import Foundation
import Tokenizers

/// How many tokens a request took.
struct Usage: Encodable, Sendable {
  var promptTokens: Int
  var completionTokens: Int

  enum CodingKeys: String, CodingKey {
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case totalTokens = "total_tokens"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(promptTokens, forKey: .promptTokens)
    try container.encode(completionTokens, forKey: .completionTokens)
    try container.encode(promptTokens + completionTokens, forKey: .totalTokens)
  }
}

/// An answer, or a piece of one.
struct Reply<Choice: Encodable & Sendable>: Encodable, Sendable {
  var id: String
  var object: String
  var created: Int
  var model: String
  var choices: [Choice]
  var usage: Usage?
}

/// A response to a prompt, or a piece of one.
struct CompletionChoice: Encodable, Sendable {
  /// Log-probabilities, an entry a token.
  struct LogProbs: Encodable, Sendable {
    var tokens: [String] = []
    var tokenLogprobs: [Float?] = []
    var topLogprobs: [[String: Float]?]?
    var textOffset: [Int] = []

    enum CodingKeys: String, CodingKey {
      case tokens
      case tokenLogprobs = "token_logprobs"
      case topLogprobs = "top_logprobs"
      case textOffset = "text_offset"
    }

    init(_ scores: [TokenScore], _ names: TokenNames, named top: Int) {
      var offset = 0
      for score in scores {
        let name = names.name(of: score.token)
        tokens.append(name)
        tokenLogprobs.append(score.logProb)
        textOffset.append(offset)
        offset += name.unicodeScalars.count
      }
      guard top > 0 else { return }
      topLogprobs = scores.map { score in
        guard score.logProb != nil else { return nil }
        // Tokens that are spelled alike share an entry, the likeliest one's.
        return Dictionary(
          score.top.map { (names.name(of: $0.token), $0.logProb) }, uniquingKeysWith: max)
      }
    }
  }

  var index: Int
  var text: String
  var logprobs: LogProbs?
  var finishReason: String?

  enum CodingKeys: String, CodingKey {
    case index, text, logprobs
    case finishReason = "finish_reason"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encode(text, forKey: .text)
    // Clients look for these two even where there is nothing to say.
    try container.encode(logprobs, forKey: .logprobs)
    try container.encode(finishReason, forKey: .finishReason)
  }
}

/// An answer in a conversation, or a piece of one.
struct ChatChoice: Encodable, Sendable {
  /// Who says what.
  struct Message: Encodable, Sendable {
    var role: String?
    var content: String?
  }

  /// One token's log-probability.
  struct LogProb: Encodable, Sendable {
    /// A token that might have stood there.
    struct Other: Encodable, Sendable {
      var token: String
      var logprob: Float
      var bytes: [UInt8]
    }
    var token: String
    var logprob: Float
    var bytes: [UInt8]
    var topLogprobs: [Other]

    enum CodingKeys: String, CodingKey {
      case token, logprob, bytes
      case topLogprobs = "top_logprobs"
    }
  }

  /// Log-probabilities of the answer's tokens.
  struct LogProbs: Encodable, Sendable {
    var content: [LogProb]

    init(_ scores: [TokenScore], _ names: TokenNames) {
      content = scores.map { score in
        LogProb(
          token: names.name(of: score.token), logprob: score.logProb ?? 0,
          bytes: names.tokenizer.bytes(of: score.token),
          topLogprobs: score.top.map {
            LogProb.Other(
              token: names.name(of: $0.token), logprob: $0.logProb,
              bytes: names.tokenizer.bytes(of: $0.token))
          })
      }
    }
  }

  var index: Int
  /// The whole answer; nil in a stream.
  var message: Message?
  /// A piece of it; nil outside of streams.
  var delta: Message?
  var logprobs: LogProbs?
  var finishReason: String?

  enum CodingKeys: String, CodingKey {
    case index, message, delta, logprobs
    case finishReason = "finish_reason"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encodeIfPresent(message, forKey: .message)
    try container.encodeIfPresent(delta, forKey: .delta)
    try container.encode(logprobs, forKey: .logprobs)
    try container.encode(finishReason, forKey: .finishReason)
  }
}
