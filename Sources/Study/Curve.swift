// What a run's journal says over the tokens it has generated, and over the updates of its policy.

public import Foundation
import Statistics
import Training

/// What the course of a run is measured in.
public enum CourseAxis: CaseIterable, Sendable {
  /// Response tokens generated.
  case tokens
  /// Optimizer steps of the policy.
  case updates

  /// What is along a picture.
  var label: String {
    switch self {
    case .tokens: "response tokens generated"
    case .updates: "updates of the policy"
    }
  }
}

/// One quantity of one run over its course.
public struct Curve: Equatable, Sendable {
  /// A reading.
  public struct Point: Equatable, Sendable {
    /// Response tokens generated until then, in value pretraining and reinforcement learning, those
    /// of groups that were drawn and not learned from included.
    public var tokens: Double
    /// The reinforcement-learning step.
    public var step: Int
    /// Optimizer steps of the policy in reinforcement learning until then.
    public var updates: Double
    /// Seconds of work until then, from value pretraining on, evaluations not counted.
    public var seconds: Double
    /// The reading.
    public var value: Double

    /// Where along an axis it was made.
    public func place(on axis: CourseAxis) -> Double {
      switch axis {
      case .tokens: tokens
      case .updates: updates
      }
    }
  }

  /// In the order of steps.
  public var points: [Point]

  /// Takes readings in their order.
  public init(points: [Point]) { self.points = points }

  /// The value at a place of an axis, on a straight line between two readings; nil outside of them.
  public func value(at place: Double, on axis: CourseAxis = .tokens) -> Double? {
    guard let first = points.first?.place(on: axis), let last = points.last?.place(on: axis),
      place >= first, place <= last
    else { return nil }
    guard let next = points.firstIndex(where: { $0.place(on: axis) >= place }), next > 0 else {
      return points.first?.value
    }
    let (before, after) = (points[next - 1], points[next])
    let width = after.place(on: axis) - before.place(on: axis)
    guard width > 0 else { return after.value }
    return before.value + (place - before.place(on: axis)) / width * (after.value - before.value)
  }

  /// The mean over the last part of the tokens, as ``lateMean(_:share:)`` has it.
  ///
  /// - Parameter share: of the tokens.
  /// - Returns: nil where there are no readings.
  public func mean(ofLast share: Double) -> Double? {
    lateMean(points.map { ($0.tokens, $0.value) }, share: share)
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
    var updates: Double
    var seconds: Double
    var data: [String: Double]
  }

  /// From value pretraining on.
  let lines: [Line]

  /// Reads `metrics.jsonl` of a run's folder.
  ///
  /// - Parameter folder: the run's.
  /// - Throws: what the file has wrong with it.
  public init(of folder: URL) throws {
    let text = try String(
      contentsOf: folder.appending(path: RunFolder.metricsName), encoding: .utf8)
    var step = 0
    var (updates, seconds) = (0.0, 0.0)
    lines = try text.split(separator: "\n").compactMap { line in
      let report = try JSONDecoder().decode(JournalLine.self, from: Data(line.utf8))
      let stage = report.data["training/stage"].flatMap { $0 }
      guard let stage, stage >= Self.countedFrom else { return nil }
      let data = report.data.compactMapValues { $0 }
      if stage == Self.reinforcement {
        step += 1
        updates += data["vapo/actor_updates"] ?? 0
      }
      seconds += (data["timing_s/step"] ?? 0) - (data["timing_s/testing"] ?? 0)
      return Line(
        tokens: data["vapo/response_tokens"] ?? 0, step: step, updates: updates, seconds: seconds,
        data: data)
    }
  }

  private static let countedFrom = Double(Stage.valuePretraining.number)
  private static let reinforcement = Double(Stage.reinforcement.number)

  /// A quantity by its name in the journal; steps that do not report it are left out.
  public func curve(_ name: String) -> Curve {
    Curve(
      points: lines.compactMap { line in
        line.data[name].map { value in
          Curve.Point(
            tokens: line.tokens, step: line.step, updates: line.updates, seconds: line.seconds,
            value: value)
        }
      })
  }
}

private struct JournalLine: Decodable {
  var step: Int
  var data: [String: Double?]
}
