// Studies of the same arms side by side, such as one a length of response: what the arms come to by
// length, and whether the credit that they give their tokens says it beforehand.

import Statistics
public import Foundation

/// Several studies that have arms in common.
public struct StudySeries: Sendable {
  /// Quantities of the journal that the series is made of.
  private static let (length, credit) = ("response_length/mean", "vapo/credit/times_group")

  /// A study at its length.
  private struct Place {
    var name: String
    /// Tokens a response, before the policy has learned anything: the mean over all runs.
    var length: Double
    var results: StudyResults
  }

  /// From the shortest responses to the longest.
  private let places: [Place]
  /// The arms that two studies or more have runs of, in the order of the studies as given.
  private let arms: [String]

  /// Takes studies; nil where no two of them have an arm in common.
  public init?(_ studies: [StudyResults]) {
    places = studies.compactMap { results -> Place? in
      let first = results.arms.flatMap { results.runs(of: $0) }
        .compactMap { $0.curve(Self.length).points.first?.value }
      return SeedMean(first).map {
        Place(name: results.plan.stem, length: $0.mean, results: results)
      }
    }.sorted { ($0.length, $0.name) < ($1.length, $1.name) }
    var names: [String] = []
    for arm in studies.flatMap(\.arms) where !arm.runs.isEmpty && !names.contains(arm.name) {
      names.append(arm.name)
    }
    let all = places
    arms = names.filter { name in
      all.count { place in
        place.results.arms.contains { $0.name == name && !$0.runs.isEmpty }
      } > 1
    }
    guard !arms.isEmpty else { return nil }
  }

  /// What an arm came to in a study.
  private struct Outcome {
    var place: Place
    var accuracy: SeedMean
    /// How many times the responses the group's mean would need to tell as much, when reinforcement
    /// begins: the middle run's; nil where the task does not know.
    var credit: Double?
  }

  private func outcomes(of name: String) -> [Outcome] {
    places.compactMap { place in
      guard let arm = place.results.arms.first(where: { $0.name == name }) else { return nil }
      let runs = place.results.runs(of: arm)
      guard let accuracy = SeedMean(runs.compactMap(place.results.plan.primary)) else { return nil }
      let credits = runs.compactMap { run in
        run.curve(Self.credit).points.first { $0.step > 0 }?.value
      }
      return Outcome(place: place, accuracy: accuracy, credit: middle(credits))
    }
  }

  /// What arms come to, by the length of responses.
  public var accuracyByLength: Chart {
    Chart(
      title: "Held-out accuracy by length of response", xLabel: "tokens a response, at first",
      yLabel: "share of right answers, mean over the last tokens",
      lines: arms.map { name in
        Chart.Line(
          name, outcomes(of: name).map { .init(x: $0.place.length, $0.accuracy) }, hasMarks: true)
      }, yLimits: 0...1)
  }

  /// What arms come to, by what their credit was worth at first; nil where no task knows.
  public var accuracyByCredit: Chart? {
    let lines = arms.map { name in
      Chart.Line(
        name,
        outcomes(of: name).compactMap { outcome in
          outcome.credit.map { .init(x: $0, outcome.accuracy) }
        }.sorted { $0.x < $1.x }, hasMarks: true)
    }.filter { !$0.points.isEmpty }
    guard !lines.isEmpty else { return nil }
    return Chart(
      title: "Credit at first, and what came of it",
      xLabel: "times the responses that the group's mean would need",
      yLabel: "share of right answers, mean over the last tokens", lines: lines, yLimits: 0...1)
  }

  /// A line an arm and study.
  public var csv: String {
    let head = "study,length,arm,seeds,accuracy,accuracy_low,accuracy_high,times_group\n"
    return arms.flatMap { name in
      outcomes(of: name).map { outcome in
        let mean = outcome.accuracy
        let ends = mean.hasInterval ? "\(mean.low),\(mean.high)" : ","
        let credit = outcome.credit.map { "\($0)" } ?? ""
        return "\(outcome.place.name),\(outcome.place.length),\(name),\(mean.count),\(mean.mean),"
          + "\(ends),\(credit)\n"
      }
    }.reduce(head, +)
  }

  /// Writes `series.csv`, `accuracy-by-length.svg`, and `accuracy-by-credit.svg` where a task knows what
  /// credit is worth.
  ///
  /// The same ledgers and studies give the same bytes.
  ///
  /// - Parameter folder: made where it is not there.
  /// - Throws: what a write throws.
  public func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }
    try write(csv, "series.csv")
    try write(accuracyByLength.svg, "accuracy-by-length.svg")
    if let accuracyByCredit { try write(accuracyByCredit.svg, "accuracy-by-credit.svg") }
  }
}
