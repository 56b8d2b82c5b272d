// One case of `vapo verify --file`: a right answer, what was answered, and how to grade it.

public import JSON
public import Records

/// A case to grade, as a line of JSON states it.
public struct GradingCase: Sendable {
  /// Why a line is not a case.
  public struct Fault: Error, Equatable, CustomStringConvertible {
    /// The reason in words.
    public let description: String

    /// Puts a reason into an error.
    public init(_ description: String) { self.description = description }
  }

  /// How a case is graded that says so itself: two that are the same share a grader.
  struct Manner: Hashable, Sendable {
    var verifier: VerifierKind?
    var extraction: AnswerExtraction?
  }

  let truth: String
  /// The right answer in its own type, for a reward function; nil where it is a text.
  let label: String?
  let text: String
  let manner: Manner
  let source: String
  let extra: String?

  /// The keys of a case.
  private static let keys = [
    "gold", "answer", "response", "verifier", "extraction", "source", "extra",
  ]

  /// Reads a case.
  ///
  /// - Parameter line: An object with `gold`, of any type, and either `answer`, an answer by itself
  ///   unless there is an `extraction`, or `response`; `verifier`, `extraction`, `source` and `extra`
  ///   where they differ from the settings.
  /// - Throws: `Fault` with the key and what is wrong.
  public init(_ line: JSONValue) throws(Fault) {
    guard case .object(let members) = line else { throw Fault("a case is an object") }
    if let unknown = members.first(where: { !Self.keys.contains($0.key) }) {
      throw Fault("unknown key '\(clipped(unknown.key, to: 60))'" + hint(unknown.key, Self.keys))
    }
    guard let gold = members["gold"], !gold.isNull else { throw Fault("no 'gold'") }
    truth = Self.truth(gold)
    if case .string = gold { label = nil } else { label = gold.text }
    let answer = try Self.text(members, "answer")
    let response = try Self.text(members, "response")
    guard let given = answer ?? response, answer == nil || response == nil else {
      throw Fault("a case has one of 'answer' and 'response'")
    }
    text = given
    var manner = Manner(
      verifier: try Self.name(members, "verifier"), extraction: try Self.name(members, "extraction")
    )
    if answer != nil, manner.extraction == nil { manner.extraction = .whole }
    self.manner = manner
    source = try Self.text(members, "source") ?? "none"
    extra = members["extra"].flatMap { $0.isNull ? nil : $0.text }
  }

  /// The right answer of a line, and where it is from: a case's, or the line itself.
  ///
  /// - Parameters:
  ///   - line: A case, of which nothing else is read, or a right answer by itself.
  ///   - source: Where it is from, unless it says so.
  /// - Returns: The right answer as text, and its source.
  public static func gold(of line: JSONValue, source: String) -> (truth: String, source: String) {
    guard case .object(let members) = line, let gold = members["gold"] else {
      return (truth(line), source)
    }
    return (truth(gold), ((try? text(members, "source")) ?? nil) ?? source)
  }

  /// A right answer as text: texts and numbers as they are, a list as texts of which any is right,
  /// anything else as its JSON.
  public static func truth(_ gold: JSONValue) -> String {
    switch gold {
    case .string(let text): return text
    case .integer, .number: return gold.written ?? ""
    case .array(let parts) where !parts.isEmpty:
      let texts = parts.compactMap { part -> JSONValue? in
        switch part {
        case .string: part
        case .integer, .number: .string(part.written ?? "")
        default: nil
        }
      }
      return texts.count == parts.count ? JSONValue.array(texts).text : gold.text
    default: return gold.text
    }
  }

  private static func text(_ members: JSONObject, _ key: String) throws(Fault) -> String? {
    switch members[key] {
    case nil, .null?: return nil
    case .string(let text)?: return text
    case let number? where number.written != nil: return number.written
    case let other?: throw Fault("'\(key)' is \(other.kind), not a text")
    }
  }

  private static func name<Name: RawRepresentable<String> & CaseIterable>(
    _ members: JSONObject, _ key: String
  ) throws(Fault) -> Name? {
    guard let text = try text(members, key) else { return nil }
    if let name = Name(rawValue: text) { return name }
    let names = Name.allCases.map(\.rawValue)
    throw Fault("'\(key)' is '\(clipped(text, to: 60))', none of \(names)" + hint(text, names))
  }
}

private func hint(_ name: String, _ names: [String]) -> String {
  nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
}

/// What a case came to.
public struct GradedCase: Sendable {
  /// The verdict.
  public let verdict: Verdict
  /// The score of the response by the settings.
  public let score: Double
  /// How long it took, in milliseconds.
  public let milliseconds: Double

  /// The line that says so.
  public var line: String {
    var members: JSONObject = [
      "status": .string(verdict.status.rawValue), "score": .number(score),
      "extracted": .string(verdict.extracted), "reason": .string(verdict.reason),
      "ms": .number((milliseconds * 1000).rounded() / 1000),
    ]
    if let parts = verdict.parts {
      members["parts"] = .object(JSONObject(parts.mapValues { .number($0) }))
    }
    return JSONValue.object(members).text
  }
}
