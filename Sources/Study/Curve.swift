// What a run's journal says over the tokens it has generated.

public import Foundation
import Training

/// One quantity of one run over its tokens.
public struct Curve: Equatable, Sendable {
  /// A reading.
  public struct Point: Equatable, Sendable {
    /// Response tokens generated until then, in value pretraining and reinforcement learning, those
    /// of groups that were drawn and not learned from included.
    public var tokens: Double
    /// The reinforcement-learning step.
    public var step: Int
    /// The reading.
    public var value: Double
  }

  /// In the order of tokens.
  public var points: [Point]

  /// The value at so many tokens, on a straight line between two readings; nil outside of them.
  public func value(at tokens: Double) -> Double? {
    guard let first = points.first, let last = points.last, tokens >= first.tokens,
      tokens <= last.tokens
    else { return nil }
    guard let next = points.firstIndex(where: { $0.tokens >= tokens }), next > 0 else {
      return first.value
    }
    let (before, after) = (points[next - 1], points[next])
    let width = after.tokens - before.tokens
    guard width > 0 else { return after.value }
    return before.value + (tokens - before.tokens) / width * (after.value - before.value)
  }

  /// The first reading that reaches a value.
  public func first(reaching value: Double) -> Point? { points.first { $0.value >= value } }
}

/// The readings of one run.
public struct RunReadings: Sendable {
  /// One line of the journal.
  struct Line: Sendable {
    var tokens: Double
    var step: Int
    var data: [String: Double]
  }

  private let lines: [Line]

  /// Reads `metrics.jsonl` of a run's folder.
  ///
  /// - Parameter folder: the run's.
  /// - Throws: what the file has wrong with it.
  public init(of folder: URL) throws {
    let text = try String(
      contentsOf: folder.appending(path: RunFolder.metricsName), encoding: .utf8)
    var step = 0
    lines = try text.split(separator: "\n").compactMap { line in
      let report = try JSONDecoder().decode(JournalLine.self, from: Data(line.utf8))
      let stage = report.data["training/stage"].flatMap { $0 }
      guard let stage, stage >= Self.countedFrom else { return nil }
      let tokens = report.data["vapo/response_tokens"].flatMap { $0 } ?? 0
      if stage == Self.reinforcement { step += 1 }
      return Line(tokens: tokens, step: step, data: report.data.compactMapValues { $0 })
    }
  }

  private static let countedFrom = Double(Stage.valuePretraining.number)
  private static let reinforcement = Double(Stage.reinforcement.number)

  /// A quantity by its name in the journal; steps that do not report it are left out.
  public func curve(_ name: String) -> Curve {
    Curve(
      points: lines.compactMap { line in
        line.data[name].map { Curve.Point(tokens: line.tokens, step: line.step, value: $0) }
      })
  }
}

private struct JournalLine: Decodable {
  var step: Int
  var data: [String: Double?]
}
