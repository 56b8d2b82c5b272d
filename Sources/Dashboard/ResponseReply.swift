// A response as the page gets it: its line's numbers as they are written, and its tokens' texts.

import JSON
import RunIndex

/// Puts a response's answer together.
struct ResponseReply {
  let value: JSONValue

  /// Columns with a number a token, by their names in a dump.
  private static let columns = [
    "log_probs", "old_log_probs", "entropies", "values", "advantages", "returns", "ratios", "clips",
  ]

  /// - Parameters:
  ///   - whole: the response.
  ///   - kind: of its dump.
  ///   - step: of its dump.
  ///   - texts: the texts of tokens; nil where nobody knows them.
  init(_ whole: WholeResponse, kind: DumpKind, step: Int, texts: ([Int]) -> [String]?) {
    let (row, fields) = (whole.row, whole.fields)
    let tokens = Self.tokens(fields["token_ids"])
    var members: [JSONObject.Element] = [
      ("step", .integer(step)), ("kind", .string(kind.rawValue)), ("place", .integer(row.place)),
      ("total", .integer(whole.total)),
      ("prompt", Self.text(row.prompt)), ("source", Self.text(row.source)),
      ("sample", Self.number(row.sample)), ("score", Self.number(row.score)),
      ("reward", Self.number(row.reward)), ("correct", Self.truth(row.correct)),
      ("status", Self.text(row.status)), ("finish", Self.text(row.finish)),
      ("length", Self.number(row.length)), ("reason", Self.text(row.reason)),
      ("trained", Self.truth(row.trained)), ("lambda", Self.number(row.lambda)),
      ("direct", Self.truth(row.direct)),
      (
        "parts",
        .object(JSONObject((row.parts ?? [:]).sorted { $0.key < $1.key }.map { ($0, .number($1)) }))
      ),
      ("extracted", Self.string(fields["extracted"])), ("gold", Self.string(fields["gts"])),
      ("input", Self.string(fields["input"])), ("output", Self.string(fields["output"])),
      ("token_ids", .array(tokens.map { .integer($0) })),
      ("tokens", Self.list(tokens.isEmpty ? nil : texts(tokens))),
      ("prompt_tokens", Self.list(texts(Self.tokens(fields["prompt_ids"])))),
    ]
    let columns = Self.columns.compactMap { name -> JSONObject.Element? in
      guard case .array(let numbers)? = fields[name], numbers.count == tokens.count,
        !numbers.isEmpty
      else {
        return nil
      }
      return (
        name == "entropies" ? "entropy" : name,
        .array(numbers.map { $0.double == nil ? .null : $0 })
      )
    }
    members.append(("columns", .object(JSONObject(columns))))
    if let rewards = Self.rewards(fields, tokens.count) {
      members += [("rewards", .array(rewards)), ("bootstrap", fields["bootstrap"] ?? .integer(0))]
    }
    let siblings = whole.siblings.map { sibling -> JSONValue in
      .object(
        JSONObject([
          ("place", .integer(sibling.place)), ("sample", Self.number(sibling.sample)),
          ("correct", Self.truth(sibling.correct)), ("length", Self.number(sibling.length)),
          ("score", Self.number(sibling.score)), ("status", Self.text(sibling.status)),
        ]))
    }
    members.append(("siblings", .array(siblings)))
    value = .object(JSONObject(members))
  }

  /// The rewards of the tokens as credit had them; nil for a dump that does not say.
  private static func rewards(_ fields: JSONObject, _ count: Int) -> [JSONValue]? {
    if case .array(let rewards)? = fields["token_rewards"], rewards.count == count {
      return rewards
    }
    guard let end = fields["end_reward"], end.double != nil, count > 0 else { return nil }
    return Array(repeating: .integer(0), count: count - 1) + [end]
  }

  private static func tokens(_ value: JSONValue?) -> [Int] {
    guard case .array(let values)? = value else { return [] }
    return values.map { if case .integer(let token) = $0 { token } else { -1 } }
  }

  private static func string(_ value: JSONValue?) -> JSONValue {
    switch value {
    case .string?: value ?? .null
    case .integer?, .number?: .string(value?.written ?? "")
    default: .null
    }
  }

  private static func list(_ texts: [String]?) -> JSONValue {
    texts.map { .array($0.map { .string($0) }) } ?? .null
  }

  private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  private static func truth(_ truth: Bool?) -> JSONValue { truth.map { .boolean($0) } ?? .null }
  private static func number(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
  private static func number(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }
}
