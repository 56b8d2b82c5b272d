// A response as the index has it: what its line in a dump says before the tokens.

import Foundation
public import JSON

/// What a table of responses shows of one.
public struct ResponseRow: Codable, Sendable {
  /// Its line in the dump, from 0.
  public var place: Int
  /// The prompt's id.
  public var prompt: String?
  /// The prompt's data source.
  public var source: String?
  /// Which of the prompt's samples it is.
  public var sample: Int?
  /// What the answer alone is worth.
  public var score: Double?
  /// What training maximizes.
  public var reward: Double?
  /// Whether the verifier says that it is right.
  public var correct: Bool?
  /// The verifier's verdict.
  public var status: String?
  /// Why it ended: stop or length.
  public var finish: String?
  /// Its tokens, the stop token included.
  public var length: Int?
  /// The answer that was graded.
  public var extracted: String?
  /// The right answer.
  public var gold: String?
  /// Whether the policy learned from it.
  public var trained: Bool?
  /// The λ of its advantages.
  public var lambda: Double?
  /// Whether the answer was given without working.
  public var direct: Bool?
  /// Why, in the verifier's words.
  public var reason: String?
  /// The points of a sum's further verifiers, by name.
  public var parts: [String: Double]?
  /// What the critic expected before the first token, the one in the middle and the last; nil without a critic.
  public var values: [Double]?
  /// The first characters of the response, where they were asked for.
  public var opening: String?

  /// The characters of an opening.
  static let openingLength = 160
  /// The characters of an answer that are kept.
  static let answerLength = 400

  init(place: Int) { self.place = place }

  /// Takes the fields of a line of ours or of verl's.
  ///
  /// - Parameters:
  ///   - place: the line's number, from 0.
  ///   - fields: of the line; what is missing or of another kind stays nil.
  public init(place: Int, _ fields: JSONObject) {
    func text(_ key: String) -> String? {
      guard let value = fields[key] else { return nil }
      if case .string(let text) = value { return String(text.prefix(Self.answerLength)) }
      return value.written
    }
    func number(_ key: String) -> Double? { fields[key]?.double }
    func whole(_ key: String) -> Int? { number(key).flatMap { Int(exactly: $0) } }
    func truth(_ key: String) -> Bool? {
      if case .boolean(let truth)? = fields[key] { truth } else { nil }
    }
    self.place = place
    prompt = text("id")
    source = text("source")
    sample = whole("sample")
    score = number("score")
    reward = number("reward")
    correct = number("acc").map { $0 > 0 }
    status = text("status")
    finish = text("finish_reason")
    length = whole("length")
    extracted = text("extracted")
    gold = text("gts")
    trained = truth("trained")
    lambda = number("lambda_policy")
    direct = truth("direct")
    reason = text("reason")
    if case .array(let written)? = fields["values_at"] {
      let values = written.compactMap(\.double)
      if values.count == 3 { self.values = values }
    }
    let named = fields.compactMap { member in
      member.key.hasPrefix("reward_") ? member.value.double.map { (member.key, $0) } : nil
    }
    if !named.isEmpty {
      parts = Dictionary(named.map { (String($0.dropFirst("reward_".count)), $1) }) { first, _ in
        first
      }
    }
    if case .string(let output)? = fields["output"] {
      opening = String(output.prefix(Self.openingLength))
    }
  }

  /// How the answer is written, its digits and letters left out: `\frac{12}{5}` is `\frac{#}{#}`.
  ///
  /// Rare forms among many rewarded answers are where a verifier is fooled first.
  public static func form(of answer: String) -> String {
    var form = ""
    var last: Character?
    var isCommand = false
    for character in answer.prefix(answerLength) where form.count < 60 {
      if isCommand, character.isASCII, character.isLetter {
        form.append(character)
        continue
      }
      isCommand = character == "\\"
      let kind: Character =
        character.isNumber
        ? "#" : character.isLetter ? "a" : character.isWhitespace ? " " : character
      // A run of one kind is one of it; marks stand for themselves.
      if kind == last, "#a ".contains(kind) { continue }
      form.append(kind)
      last = isCommand ? nil : kind
    }
    return form
  }
}
