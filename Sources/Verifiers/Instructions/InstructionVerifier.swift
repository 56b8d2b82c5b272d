// The verifier of instructions that a program can check: IFEval's kind, for training and measuring.

public import Records

/// How instructions are graded (`reward.instructions`).
public struct InstructionSettings: Codable, Equatable, Sendable {
  /// Whether an instruction also counts as followed where the response follows it without its first
  /// line, its last line or its asterisks: IFEval's loose reading.
  public var loose = false
  /// Whether the score is the share of the instructions that are followed, from 0 to 1.
  ///
  /// The verdict stays: right is all of them.
  public var partial = false

  /// The defaults: strict, all or nothing.
  public init() {}
}

/// Grades whether a response follows all of its problem's instructions.
///
/// Source: IFEval, arXiv:2311.07911, sec. 2: its strict and its loose accuracy of prompts. A blank
/// response follows none.
public struct InstructionVerifier: AnswerVerifier {
  private let settings: InstructionSettings

  /// Makes the verifier.
  public init(_ settings: InstructionSettings = InstructionSettings()) { self.settings = settings }

  /// Grades one response.
  ///
  /// - Throws: `VerifierError.truth` for instructions that cannot be read.
  public func verify(
    response: String, finish: FinishReason, truth: String
  ) throws(VerifierError) -> Verdict {
    let instructions = try InstructionList(truth).instructions
    let readings = (settings.loose ? Self.looseReadings(of: response) : [response])
      .map(ResponseText.init).filter { !$0.isBlank }
    let missed = instructions.filter { _, instruction in
      !readings.contains { instruction.isFollowed(by: $0) }
    }
    let followed = instructions.count - missed.count
    var verdict = Verdict(
      missed.isEmpty ? .correct : .wrong, extracted: "\(followed) of \(instructions.count)")
    if readings.isEmpty { verdict = Verdict(.noAnswer) }
    if !missed.isEmpty {
      verdict.reason = "not followed: " + missed.map(\.name).joined(separator: ", ")
    }
    if settings.partial { verdict.score = Double(followed) / Double(instructions.count) }
    return verdict
  }

  /// Complains about instructions that cannot be read.
  public func complaint(about truth: String) -> String? {
    do throws(VerifierError) {
      _ = try InstructionList(truth)
      return nil
    } catch {
      if case .truth(_, let reason) = error { return reason }
      return "\(error)"
    }
  }

  /// The response as it is, without its first line, its last line and both, and each of them
  /// without asterisks.
  private static func looseReadings(of response: String) -> [String] {
    let lines = Array(response.unicodeScalars).split(
      separator: "\n", omittingEmptySubsequences: false)
    func joined(_ lines: ArraySlice<ArraySlice<Unicode.Scalar>>) -> String {
      string(of: trimmed(Array(lines.joined(separator: ["\n"]))[...]))
    }
    let readings =
      [response]
      + [lines.dropFirst(), lines.dropLast(), lines.dropFirst().dropLast()].map(joined)
    return readings + readings.map { string(of: $0.unicodeScalars.filter { $0 != "*" }) }
  }
}
