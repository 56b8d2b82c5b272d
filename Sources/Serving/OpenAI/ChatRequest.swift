// POST /v1/chat/completions: conversations to go on with.

import Foundation
import Templates
import Tokenizers

/// The fields of a request for an answer in a conversation.
struct ChatRequest: Decodable, Sendable {
  /// One message; its content is a text, or parts that are texts.
  struct Message: Decodable, Sendable {
    var role: String
    var content: String

    private struct Part: Decodable {
      var type: String
      var text: String?
    }

    enum CodingKeys: String, CodingKey { case role, content }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      role = try container.decode(String.self, forKey: .role)
      if let text = try? container.decode(String.self, forKey: .content) {
        content = text
        return
      }
      content = try container.decode([Part].self, forKey: .content).map { part in
        guard part.type == "text", let text = part.text else {
          throw DecodingError.dataCorruptedError(
            forKey: .content, in: container,
            debugDescription: "'content' holds a part of type '\(part.type)'; texts alone are read")
        }
        return text
      }.joined()
    }
  }

  var messages: [Message]
  var maxTokens: Int?
  var maxCompletionTokens: Int?
  var logprobs: Bool?
  var topLogprobs: Int?
  var shared: SharedFields

  enum CodingKeys: String, CodingKey {
    case messages, logprobs
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case topLogprobs = "top_logprobs"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    messages = try container.decode([Message].self, forKey: .messages)
    maxTokens = try container.decodeIfPresent(Int.self, forKey: .maxTokens)
    maxCompletionTokens = try container.decodeIfPresent(Int.self, forKey: .maxCompletionTokens)
    logprobs = try container.decodeIfPresent(Bool.self, forKey: .logprobs)
    topLogprobs = try container.decodeIfPresent(Int.self, forKey: .topLogprobs)
    shared = try SharedFields(from: decoder)
  }

  /// What is to be computed; control tokens that messages spell are plain text.
  func job(for facts: ModelFacts) throws(RequestError) -> Job {
    guard let chat = facts.chat else {
      throw .invalid(
        "messages", "the model has no chat template: /v1/completions answers plain texts")
    }
    let rendered: RenderedChat
    do {
      rendered = try chat.render(
        messages.map { ChatMessage(role: $0.role, content: .string($0.content)) },
        with: facts.tokenizer)
    } catch {
      throw .invalid("messages", "the model's chat template refuses the messages: \(error)")
    }
    let length = maxCompletionTokens ?? maxTokens ?? facts.positions
    guard length > 0 else { throw .invalid("max_tokens", "max_tokens must be above 0") }
    let wantsScores = logprobs ?? false
    guard (0...SharedFields.mostTop).contains(topLogprobs ?? 0),
      wantsScores || topLogprobs ?? 0 == 0
    else {
      throw .invalid(
        "top_logprobs",
        "top_logprobs must be from 0 to \(SharedFields.mostTop), beside logprobs: true")
    }
    guard !(wantsScores && shared.stream ?? false) else {
      throw .invalid("logprobs", "logprobs cannot be streamed here")
    }
    return Job(
      prompts: [rendered.tokens], samples: try shared.samples(prompts: 1),
      sampling: try shared.sampling(),
      limits: try fitting([rendered.tokens], length, facts, field: "messages"),
      stops: try shared.stops(), seed: shared.seed,
      top: wantsScores ? min(topLogprobs ?? 0, facts.vocabularySize) : nil)
  }
}
