// The fields that completions and chats share, and what may be in them.

import Foundation
import Generation
import Records

/// How responses are drawn and when they end.
struct SharedFields: Decodable, Sendable {
  var model: String?
  var n: Int?
  var bestOf: Int?
  var temperature: Double?
  var topP: Double?
  var topK: Int?
  var minP: Double?
  var seed: Int?
  var stop: Stops?
  var stream: Bool?
  var streamOptions: StreamOptions?

  /// What the end of a stream is to say.
  struct StreamOptions: Decodable, Sendable {
    var includeUsage: Bool?
    enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
  }

  /// One text or several.
  struct Stops: Decodable, Sendable {
    var texts: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        texts = [text]
      } else {
        texts = try container.decode([String].self)
      }
    }
  }

  enum CodingKeys: String, CodingKey {
    case model, n, temperature, seed, stop, stream
    case bestOf = "best_of"
    case topP = "top_p"
    case topK = "top_k"
    case minP = "min_p"
    case streamOptions = "stream_options"
  }

  /// The most responses of one request, over all its prompts.
  static let mostResponses = 256
  /// The most tokens named beside each.
  static let mostTop = 20
  private static let mostStops = 16
  private static let longestStop = 1024

  /// What changes an answer and is not computed here: refused, so that nobody thinks it was heard.
  private static let refused = [
    "logit_bias", "suffix", "tools", "tool_choice", "functions", "response_format",
    "presence_penalty", "frequency_penalty", "repetition_penalty", "guided_json", "guided_regex",
    "guided_choice", "use_beam_search", "min_tokens", "ignore_eos", "bad_words",
  ]
  /// The values with which a refused field asks for nothing.
  private static let neutral: [String: Double] = ["repetition_penalty": 1]

  /// Refuses what is asked for and not computed here.
  static func refuseForeign(in body: Data) throws(RequestError) {
    guard let object = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] else {
      return
    }
    for key in refused {
      guard let value = object[key], !(value is NSNull) else { continue }
      if let number = value as? Double, number == neutral[key] ?? 0 { continue }
      if let flag = value as? Bool, !flag { continue }
      if let list = value as? [Any], list.isEmpty { continue }
      if let table = value as? [String: Any], table.isEmpty { continue }
      if let table = value as? [String: Any], table["type"] as? String == "text" { continue }
      if key == "tool_choice", value as? String == "none" { continue }
      throw .invalid(key, "'\(key)' is not supported")
    }
  }

  /// How tokens are drawn.
  func sampling() throws(RequestError) -> SamplingSettings {
    let settings = SamplingSettings(
      temperature: temperature ?? 1, topK: topK ?? -1, topP: topP ?? 1, minP: minP ?? 0)
    if let problem = settings.problems.first {
      throw .invalid(problem.key, "\(problem.key) \(problem.message)")
    }
    guard (temperature ?? 1) <= 100 else {
      throw .invalid("temperature", "temperature must be at most 100")
    }
    return settings
  }

  /// How many responses to each of so many prompts.
  func samples(prompts: Int) throws(RequestError) -> Int {
    let samples = n ?? 1
    guard samples >= 1, samples.multipliedReportingOverflow(by: prompts).overflow == false,
      samples * prompts <= Self.mostResponses
    else {
      throw .invalid("n", "n must be from 1 to \(Self.mostResponses) over the number of prompts")
    }
    guard bestOf == nil || bestOf == samples else {
      throw .invalid("best_of", "best_of must be n: responses are not ranked here")
    }
    return samples
  }

  /// The texts that end a response.
  func stops() throws(RequestError) -> [String] {
    let texts = stop?.texts ?? []
    guard texts.count <= Self.mostStops, texts.allSatisfy({ $0.utf8.count <= Self.longestStop })
    else {
      throw .invalid(
        "stop", "stop takes up to \(Self.mostStops) texts of up to \(Self.longestStop) bytes")
    }
    return texts.filter { !$0.isEmpty }
  }

  /// Refuses a request for another model.
  func requireModel(_ name: String) throws(RequestError) {
    guard let model, model != name else { return }
    throw RequestError(
      status: 404, message: "there is no model '\(model.prefix(200))' here; it is called '\(name)'",
      field: "model")
  }
}
