// What a study's runs say together.

public import Foundation
import Training

/// The readings of every arm's finished runs.
public struct StudyResults: Sendable {
  /// One arm.
  public struct Arm: Sendable {
    /// As the plan calls it.
    public var name: String
    /// By seed.
    public var runs: [Int: RunReadings]
  }

  /// In the plan's order; the first is what the others are compared with.
  public let arms: [Arm]
  /// The shares of right answers whose first reaching is reported.
  public let milestones: [Double]
  /// Evaluations at the end of a run whose mean is its number.
  public let lastEvaluations: Int
  /// Above the page.
  public let title: String

  /// Reads the runs that are finished.
  ///
  /// - Parameters:
  ///   - plan: what was compared.
  ///   - folder: the study's.
  /// - Throws: what a journal has wrong with it.
  public init(_ plan: StudyPlan, in folder: URL) throws {
    title = plan.settings.title
    milestones = plan.settings.milestones
    lastEvaluations = plan.settings.lastEvaluations
    arms = try plan.arms.map { arm in
      var runs: [Int: RunReadings] = [:]
      for seed in plan.settings.seeds {
        let run = folder.appending(path: "\(arm.name)/\(seed)")
        guard StudyRunner.isFinished(run) else { continue }
        runs[seed] = try RunReadings(of: run)
      }
      return Arm(name: arm.name, runs: runs)
    }
  }

  /// The held-out share of right answers, avg@k.
  static let accuracy = "vapo/held_out/avg"

  /// A row of the table.
  struct Row {
    /// When a share of right answers was first reached.
    struct Reached {
      /// The runs that did, and all.
      var count: Int
      var of: Int
      /// The middle run's, of those that did.
      var tokens: Double?
      var updates: Double?
    }

    var name: String
    var seeds: Int
    /// The mean of the last evaluations.
    var accuracy: SeedMean?
    /// Against the first arm; nil for itself.
    var comparison: ArmComparison?
    var reached: [Reached]
    var length: SeedMean?
    var entropy: SeedMean?
    var tokens: SeedMean?
    var updates: SeedMean?
    var seconds: SeedMean?
  }

  /// The table.
  var rows: [Row] {
    let comparisons = comparisons
    return arms.enumerated().map { place, arm in
      func last(_ name: String, _ quantity: (Curve.Point) -> Double) -> SeedMean? {
        SeedMean(inOrder(arm).compactMap { $0.curve(name).points.last.map(quantity) })
      }
      return Row(
        name: arm.name, seeds: arm.runs.count, accuracy: SeedMean(inOrder(arm).compactMap(primary)),
        comparison: comparisons[place], reached: milestones.map { reached($0, arm) },
        length: last("response_length/mean", \.value), entropy: last("actor/entropy", \.value),
        tokens: last(Self.accuracy, \.tokens), updates: last(Self.accuracy, \.updates),
        seconds: last(Self.accuracy, \.seconds))
    }
  }

  private func inOrder(_ arm: Arm) -> [RunReadings] {
    arm.runs.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The number of a run.
  private func primary(_ run: RunReadings) -> Double? {
    run.curve(Self.accuracy).mean(ofLast: lastEvaluations)
  }

  /// Every arm against the first, in the order of arms: nil for the first, and where no seed is shared.
  var comparisons: [ArmComparison?] {
    guard let method = arms.first else { return [] }
    let differences = arms.dropFirst().map { arm in
      SeedMean(
        arm.runs.keys.sorted().compactMap { seed -> Double? in
          guard let own = arm.runs[seed].flatMap(primary),
            let other = method.runs[seed].flatMap(primary)
          else { return nil }
          return own - other
        })
    }
    let adjusted = holm(differences.map { $0?.chance })
    return [nil]
      + zip(differences, adjusted).map { difference, chance in
        difference.map { ArmComparison(difference: $0, adjusted: chance) }
      }
  }

  private func reached(_ share: Double, _ arm: Arm) -> Row.Reached {
    let points = arm.runs.values.compactMap { $0.curve(Self.accuracy).first(reaching: share) }
    func middle(_ numbers: [Double]) -> Double? {
      let sorted = numbers.sorted()
      guard !sorted.isEmpty else { return nil }
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
    return Row.Reached(
      count: points.count, of: arm.runs.count, tokens: middle(points.map(\.tokens)),
      updates: middle(points.map(\.updates)))
  }
}
