// generation_config.json: how its makers mean a model to be sampled, and above all where it stops:
// a chat model's set of end tokens stands here and not in config.json.

import Foundation
import JSON

/// What generation_config.json says; nil where it says nothing.
public struct GenerationConfiguration: Equatable, Sendable {
  /// The tokens that end a completion.
  public var eosTokens: [Int] = []
  /// The token that begins a text.
  public var bosToken: Int?
  /// The token that fills a batch.
  public var padToken: Int?
  /// Whether to sample at all, rather than take the likeliest token.
  public var samples: Bool?
  /// What divides the logits.
  public var temperature: Double?
  /// How many of the likeliest tokens are kept.
  public var topK: Int?
  /// The share of probability whose likeliest tokens are kept.
  public var topP: Double?
  /// The share of the likeliest token's probability that a kept token has at least.
  public var minP: Double?
  /// What makes tokens that already stand in the text less likely.
  public var repetitionPenalty: Double?
  /// The longest completion, in tokens.
  public var maximumNewTokens: Int?

  /// A configuration that names its end tokens and nothing else.
  public init(eosTokens: [Int] = []) { self.eosTokens = eosTokens }

  init(_ file: JSONFile) throws(ModelError) {
    eosTokens = try file.tokens("eos_token_id")
    bosToken = try file.tokens("bos_token_id").first
    padToken = try file.padToken()
    samples = try file.flag("do_sample")
    temperature = try file.number("temperature")
    topK = try file.integer("top_k")
    topP = try file.number("top_p")
    minP = try file.number("min_p")
    repetitionPenalty = try file.number("repetition_penalty")
    maximumNewTokens = try file.integer("max_new_tokens")
    for (key, value, range) in [
      ("temperature", temperature, 0...1000), ("top_p", topP, 0...1), ("min_p", minP, 0...1),
      ("top_k", topK.map(Double.init), 0...Double(Int32.max)),
      ("max_new_tokens", maximumNewTokens.map(Double.init), 1...Double(Int32.max)),
      ("repetition_penalty", repetitionPenalty, 0...1000),
    ] {
      if let value, !range.contains(value) {
        throw .badValue(file: file.file, key: key, reason: "\(value) is not in \(range)")
      }
    }
  }

  var json: JSONValue {
    var fields: [String: JSONValue] = [:]
    if !eosTokens.isEmpty { fields["eos_token_id"] = JSONValue.tokens(eosTokens) }
    fields["bos_token_id"] = bosToken.map(JSONValue.number)
    fields["pad_token_id"] = padToken.map(JSONValue.number)
    fields["do_sample"] = samples.map(JSONValue.boolean)
    fields["temperature"] = temperature.map(JSONValue.number)
    fields["top_k"] = topK.map(JSONValue.number)
    fields["top_p"] = topP.map(JSONValue.number)
    fields["min_p"] = minP.map(JSONValue.number)
    fields["repetition_penalty"] = repetitionPenalty.map(JSONValue.number)
    fields["max_new_tokens"] = maximumNewTokens.map(JSONValue.number)
    return .object(JSONObject(fields))
  }
}
