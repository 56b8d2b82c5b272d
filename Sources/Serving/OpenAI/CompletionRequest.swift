// POST /v1/completions: texts to go on with.

import Foundation
import Generation
import Tokenizers

/// The fields of a request for completions.
struct CompletionRequest: Decodable, Sendable {
  /// One text, several, one list of token ids, or several.
  enum Prompts: Decodable, Sendable {
    case texts([String])
    case tokens([[Int]])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .texts([text])
      } else if let texts = try? container.decode([String].self), !texts.isEmpty {
        self = .texts(texts)
      } else if let tokens = try? container.decode([Int].self), !tokens.isEmpty {
        self = .tokens([tokens])
      } else if let lists = try? container.decode([[Int]].self), !lists.isEmpty {
        self = .tokens(lists)
      } else {
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription: "'prompt' should be a text, texts, token ids or lists of token ids")
      }
    }
  }

  var prompt: Prompts
  var maxTokens: Int?
  var logprobs: Int?
  var echo: Bool?
  var shared: SharedFields

  enum CodingKeys: String, CodingKey {
    case prompt, logprobs, echo
    case maxTokens = "max_tokens"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    prompt = try container.decode(Prompts.self, forKey: .prompt)
    maxTokens = try container.decodeIfPresent(Int.self, forKey: .maxTokens)
    logprobs = try container.decodeIfPresent(Int.self, forKey: .logprobs)
    echo = try container.decodeIfPresent(Bool.self, forKey: .echo)
    shared = try SharedFields(from: decoder)
  }

  /// OpenAI's own default.
  private static let usualLength = 16

  /// What is to be computed.
  func job(for facts: ModelFacts) throws(RequestError) -> Job {
    let prompts: [[Int]] =
      switch prompt {
      case .texts(let texts): texts.map { facts.tokenizer.encode($0, addingSpecials: true) }
      case .tokens(let lists): lists
      }
    let length = maxTokens ?? Self.usualLength
    guard length >= 0 else { throw .invalid("max_tokens", "max_tokens must be 0 or more") }
    let echoes = echo ?? false
    guard length > 0 || echoes else {
      throw .invalid("max_tokens", "max_tokens of 0 without echo asks for nothing")
    }
    if let logprobs {
      guard (0...SharedFields.mostTop).contains(logprobs) else {
        throw .invalid("logprobs", "logprobs must be from 0 to \(SharedFields.mostTop)")
      }
    }
    let streams = shared.stream ?? false
    guard !(streams && logprobs != nil) else {
      throw .invalid("logprobs", "logprobs cannot be streamed here")
    }
    return Job(
      prompts: prompts, samples: try shared.samples(prompts: prompts.count),
      sampling: try shared.sampling(),
      limits: try fitting(prompts, length, facts, field: "prompt"), stops: try shared.stops(),
      seed: shared.seed, top: logprobs.map { min($0, facts.vocabularySize) },
      scoresPrompt: echoes && logprobs != nil)
  }
}

/// How long the responses to prompts may become; refuses prompts that the model cannot read.
func fitting(
  _ prompts: [[Int]], _ length: Int, _ facts: ModelFacts, field: String
) throws(RequestError) -> [Int] {
  guard length <= facts.positions else {
    throw .invalid(
      "max_tokens", "max_tokens is \(length), and the model has \(facts.positions) positions")
  }
  var limits: [Int] = []
  for (place, prompt) in prompts.enumerated() {
    if let wrong = prompt.first(where: { !(0..<facts.vocabularySize).contains($0) }) {
      throw .invalid(
        prompts.count == 1 ? field : "\(field)[\(place)]",
        "there is no token \(wrong) in the model's vocabulary of \(facts.vocabularySize)")
    }
    guard !prompt.isEmpty else { throw .invalid(field, "a prompt is empty") }
    let room = facts.positions - prompt.count
    guard room > 0 || (room == 0 && length == 0) else {
      throw .invalid(
        field,
        "a prompt has \(prompt.count) tokens, and the model \(facts.positions) positions for it "
          + "and its response")
    }
    let limit = min(length, room)
    // Twice, for while a cache grows the old one is there too.
    guard 2 * (prompt.count + limit) <= facts.memory.most / max(1, facts.memory.position) else {
      throw .invalid(
        field,
        "a response of \(prompt.count) and \(limit) tokens needs more memory for its keys and values "
          + "than this server has; a smaller max_tokens may fit")
    }
    limits.append(limit)
  }
  return limits
}
