// What a verifier may be fooled by: how rewarded answers are written, and what another verifier says of them.

import Foundation
import GRDB
import Records
import Verifiers

/// An answer and its verdict.
public struct AuditedAnswer: Codable, Sendable {
  /// The step of its dump.
  public var step: Int
  /// Its line there.
  public var place: Int
  /// The answer that was graded.
  public var extracted: String?
  /// The right answer.
  public var gold: String?
  /// The run's verdict.
  public var status: String?
  /// What it was worth.
  public var score: Double?
  /// What is odd about it, in words.
  public var why: String?
  /// What the other verifier says.
  public var otherStatus: String?
  /// Why, in its words.
  public var otherReason: String?
}

/// Answers that are written alike.
public struct AnswerForm: Codable, Sendable {
  /// Digits as `#`, letters as `a`.
  public var form: String
  /// How many answers have it.
  public var answers: Int
  /// How many of them the verifier calls right.
  public var rewarded: Int
  /// Their share of all that it calls right.
  public var share: Double
  /// Some of those.
  public var examples: [AuditedAnswer]
}

/// What is odd about a run's verdicts.
public struct VerifierAudit: Codable, Sendable {
  /// The first and the last step that were looked at.
  public var steps: [Int]
  /// How many responses there are.
  public var responses = 0
  /// How many of them the verifier calls right.
  public var rewarded = 0
  /// Forms of the answers that it calls right, the rarest first.
  public var forms: [AnswerForm] = []
  /// Answers that it calls right although something speaks against them.
  public var suspicious: [AuditedAnswer] = []
  /// Answers on which another verifier differs.
  public var disagreements: [AuditedAnswer] = []
  /// The run's verifier.
  public var verifier: String
  /// The one that its verdicts are compared with; nil where right answers are nothing to compare with.
  public var other: String?
  /// How many answers the other one graded.
  public var checked = 0
  /// How many it was not asked about, or could not grade.
  public var leftOut = 0

  private enum CodingKeys: String, CodingKey {
    case steps, responses, rewarded, forms, suspicious, disagreements, verifier, other, checked
    case leftOut = "left_out"
  }
}

/// A verifier that a run's own verdicts can be held against, of another kind than that one.
private struct SecondVerifier {
  let name: String
  let verifier: any AnswerVerifier

  /// - Parameter settings: the run's; those whose right answers are no texts or formulas get none.
  init?(_ settings: [RunSetting]) {
    let named = settings("reward.verifier") ?? ""
    // Files of problems are graded by math where nothing is said, made tasks by their own rules.
    let files = settings("data.train_files") ?? ""
    let kind = named == "auto" ? files.contains { !"[] ".contains($0) } ? "math" : "task" : named
    switch kind {
    case "math":
      name = "exact"
      verifier = ExactVerifier(extraction: .whole, foldCase: true, foldWhitespace: true)
    case "exact", "numeric":
      name = "math"
      verifier = MathVerifier(extraction: .whole)
    default: return nil
    }
  }
}

extension RunIndex {
  /// The most answers that the other verifier grades, and the most that a list shows.
  private static let mostGraded = 5000
  private static let mostShown = 200

  /// Looks for verdicts to doubt.
  ///
  /// The answers are those that the run's own verifier found; another one compares them with the right answers.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - kind: of the dumps.
  ///   - steps: which.
  /// - Returns: what was found; nil where there is no such run.
  /// - Throws: what SQLite throws.
  public func audit(
    of run: Int64, _ kind: DumpKind, steps: ClosedRange<Int>
  ) async throws -> VerifierAudit? {
    guard let settings = try await self.run(run)?.settings else { return nil }
    let verifier = settings("reward.verifier") ?? ""
    let second = SecondVerifier(settings)
    let source =
      "FROM response JOIN dump ON dump.id = response.dump WHERE dump.run = ? AND dump.kind = ? AND dump.step BETWEEN ? AND ?"
    let arguments: StatementArguments = [run, kind.rawValue, steps.lowerBound, steps.upperBound]
    let (found, answers) = try await pool.read { database -> (VerifierAudit, [AuditedAnswer]) in
      var audit = VerifierAudit(
        steps: [steps.lowerBound, steps.upperBound], verifier: verifier, other: second?.name)
      let counts = try Row.fetchOne(
        database,
        sql: """
          SELECT count(*) AS n, total(status = 'ok') AS good, min(dump.step) AS first, max(dump.step) AS last
          \(source)
          """,
        arguments: arguments)
      if let counts {
        audit.responses = counts["n"]
        audit.rewarded = Int(counts["good"] as Double)
        if let first: Int = counts["first"], let last: Int = counts["last"] {
          audit.steps = [first, last]
        }
      }
      let forms = try Row.fetchAll(
        database,
        sql: """
          SELECT form, count(*) AS n, total(status = 'ok') AS good \(source) AND form IS NOT NULL
          GROUP BY form HAVING good > 0 ORDER BY good, form LIMIT \(Self.mostShown)
          """, arguments: arguments)
      let examples = try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM (
            SELECT dump.step, response.*, row_number() OVER (PARTITION BY form ORDER BY dump.step DESC, place) AS n
            \(source) AND form IS NOT NULL AND status = 'ok')
          WHERE n <= 3
          """, arguments: arguments
      ).reduce(into: [String: [AuditedAnswer]]()) { examples, row in
        examples[row["form"], default: []].append(AuditedAnswer(row))
      }
      for row in forms {
        let good = Int(row["good"] as Double)
        audit.forms.append(
          AnswerForm(
            form: row["form"], answers: row["n"], rewarded: good,
            share: Double(good) / Double(max(1, audit.rewarded)),
            examples: examples[row["form"]] ?? []))
      }
      let odd = try Row.fetchAll(
        database,
        sql: """
          SELECT dump.step, response.* \(source) AND status = 'ok'
          AND (finish = 'length' OR direct OR extracted IS NULL OR trim(extracted) = ''
            OR length(extracted) > 4 * length(gold) + 16)
          ORDER BY dump.step DESC, place LIMIT \(Self.mostShown)
          """, arguments: arguments)
      audit.suspicious = odd.map { row in
        var answer = AuditedAnswer(row)
        answer.why = Self.why(row)
        return answer
      }
      // The newest first: what the policy has learned last is what fools a verifier.
      let graded = try Row.fetchAll(
        database,
        sql: """
          SELECT dump.step, response.* \(source) AND extracted <> '' AND gold <> ''
          AND status IN ('ok', 'wrong') ORDER BY dump.step DESC, place LIMIT \(Self.mostGraded)
          """, arguments: arguments)
      return (audit, graded.map { AuditedAnswer($0) })
    }
    var audit = found
    for var answer in answers {
      guard let second, let extracted = answer.extracted, let gold = answer.gold,
        let verdict = try? second.verifier.verify(response: extracted, finish: .stop, truth: gold),
        verdict.isGraded
      else { continue }
      audit.checked += 1
      guard (verdict.status == .correct) != (answer.status == "ok"),
        audit.disagreements.count < Self.mostShown
      else { continue }
      answer.otherStatus = verdict.status.rawValue
      answer.otherReason = verdict.reason
      audit.disagreements.append(answer)
    }
    if second != nil { audit.leftOut = audit.responses - audit.checked }
    return audit
  }

  private static func why(_ row: Row) -> String {
    let (extracted, gold): (String?, String?) = (row["extracted"], row["gold"])
    if (row["finish"] as String?) == "length" { return "it is called right, and was cut off" }
    if (row["direct"] as Bool?) == true {
      return "it is called right, and gives the answer without working"
    }
    if (extracted ?? "").allSatisfy(\.isWhitespace) {
      return "it is called right, and no answer was found"
    }
    return
      "it is called right, and its answer has \(extracted?.count ?? 0) characters where the right one has "
      + "\(gold?.count ?? 0)"
  }
}

extension AuditedAnswer {
  fileprivate init(_ row: Row) {
    (step, place, extracted, gold) = (row["step"], row["place"], row["extracted"], row["gold"])
    (status, score) = (row["status"], row["score"])
  }

  private enum CodingKeys: String, CodingKey {
    case step, place, extracted, gold, status, score, why
    case otherStatus = "other_status"
    case otherReason = "other_reason"
  }
}
