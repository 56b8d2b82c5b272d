// Right answers that can earn no reward, or that anybody earns one by: found before training.

import JSON
import Records

/// What is wrong with a right answer.
public struct GoldFault: Equatable, Sendable {
  /// The kinds of it.
  public enum Kind: String, CaseIterable, Sendable {
    /// Nothing can be graded against it.
    case unusable
    /// A response that gives exactly this answer is graded wrong.
    case unequal = "unequal to itself"
    /// Answers that say nothing are equal to it.
    case loose = "equal to too much"
  }

  /// Which of them.
  public let kind: Kind
  /// Why, in words.
  public let reason: String

  /// Puts both together.
  public init(kind: Kind, reason: String) {
    (self.kind, self.reason) = (kind, reason)
  }

  /// A line of JSON that says so.
  ///
  /// - Parameters:
  ///   - number: Which row of the file it is.
  ///   - gold: The right answer.
  /// - Returns: The line.
  public func line(number: Int, gold: String) -> String {
    JSONValue.object([
      "line": .integer(number), "gold": .string(clipped(gold)), "fault": .string(kind.rawValue),
      "reason": .string(clipped(reason, to: 500)),
    ]).text
  }
}

extension Grader {
  /// What is wrong with a right answer of a source, or nothing if it is well.
  public func fault(ofGold truth: String, source: String) -> GoldFault? {
    let verifier = verifier(of: source)
    if let complaint = verifier.complaint(about: truth) {
      return GoldFault(kind: .unusable, reason: complaint)
    }
    return (verifier as? any ExtractingVerifier)?.fault(ofGold: truth)
  }
}

/// Looks for the answer in the response first.
protocol ExtractingVerifier: AnswerVerifier {
  /// Where the answer is looked for.
  var extraction: AnswerExtraction { get }

  /// The right answers that a truth lists; most truths are one.
  func alternatives(of truth: String) -> [String]

  /// Why too many answers are equal to a right one, or nothing.
  func looseness(of truth: String) -> String?
}

extension ExtractingVerifier {
  func alternatives(of truth: String) -> [String] { [truth] }

  func looseness(of truth: String) -> String? { nil }

  func fault(ofGold truth: String) -> GoldFault? {
    for answer in alternatives(of: truth) {
      let response = extraction.response(saying: answer)
      do {
        let verdict = try verify(response: response, finish: .stop, truth: truth)
        guard verdict.status != .correct else { continue }
        let why = verdict.reason.isEmpty ? verdict.status.rawValue : verdict.reason
        return GoldFault(
          kind: .unequal, reason: "'\(clipped(response, to: 80))' is not graded right: \(why)")
      } catch {
        return GoldFault(kind: .unusable, reason: "\(error)")
      }
    }
    return looseness(of: truth).map { GoldFault(kind: .loose, reason: $0) }
  }
}

extension ExactVerifier: ExtractingVerifier {}
extension NumericVerifier: ExtractingVerifier {}
