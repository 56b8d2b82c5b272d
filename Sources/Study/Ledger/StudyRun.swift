// What a study keeps of a finished run: its evaluations, and what pictures and tables draw beside them.

import Foundation

/// A finished run, evaluation by evaluation.
public struct StudyRun: Equatable, Sendable {
  /// An evaluation.
  public struct Point: Equatable, Sendable {
    /// The reinforcement-learning step.
    public var step: Int
    /// Optimizer steps of the policy until then.
    public var updates: Double
    /// Response tokens generated until then.
    public var tokens: Double
    /// Seconds of work until then.
    public var seconds: Double
    /// The held-out share of right answers, avg@k, to its last digit.
    public var accuracy: Double
    /// The last readings of other quantities since the evaluation before, by name, to four digits.
    public var values: [String: Double]
  }

  /// In the order of steps; not empty.
  public var points: [Point]
  /// Families of quantities at one time of the run, by the picture they are drawn in; nil where one was
  /// not read.
  public var profiles: [String: [Double?]]

  /// A quantity by its name in the journal; evaluations without it are left out.
  public func curve(_ name: String) -> Curve {
    Curve(
      points: points.compactMap { point in
        let value = name == StudyResults.accuracy ? point.accuracy : point.values[name]
        return value.map {
          Curve.Point(
            tokens: point.tokens, step: point.step, updates: point.updates,
            seconds: point.seconds, value: $0)
        }
      })
  }
}

extension StudyPlan {
  /// What a ledger keeps of a run's journal.
  ///
  /// - Returns: nil where it has no evaluation.
  package func run(of readings: RunReadings) -> StudyRun? { StudyRun(readings, for: pictures) }
}

extension StudyRun {
  /// What pictures need of a run's journal; nil where it has no evaluation.
  init?(_ readings: RunReadings, for pictures: [StudyPicture]) {
    let courses = pictures.compactMap(\.course)
    var values: [String: Double] = [:]
    points = []
    for line in readings.lines {
      for name in courses {
        if let value = line.data[name].flatMap(Self.short) { values[name] = value }
      }
      guard let accuracy = line.data[StudyResults.accuracy] else { continue }
      points.append(
        Point(
          step: line.step, updates: line.updates, tokens: line.tokens,
          seconds: (line.seconds * 10).rounded() / 10, accuracy: accuracy, values: values))
      values = [:]
    }
    guard !points.isEmpty else { return nil }
    profiles = [:]
    for picture in pictures {
      guard case .profile(_, _, let moment) = picture.content else { continue }
      let profile = picture.metrics.map { moment.value(of: readings.curve($0)).flatMap(Self.short) }
      // Places that nothing was read at are many where a task has few difficulties.
      let known = profile.lastIndex { $0 != nil }
      profiles[picture.file] = known.map { Array(profile[...$0]) }
    }
  }

  /// A reading to four digits; nil where it is none that a ledger takes.
  private static func short(_ value: Double) -> Double? {
    abs(value) <= LedgerReader.largestNumber ? Double(String(format: "%.4g", value)) : nil
  }
}
