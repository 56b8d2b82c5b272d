// What a study's runs say together.

import Statistics
import Settings

/// The runs of every arm, as a ledger has them.
public struct StudyResults: Sendable {
  /// One arm.
  public struct Arm: Sendable {
    /// As the plan calls it.
    public var name: String
    /// By seed.
    public var runs: [Int: StudyRun]
  }

  /// In the plan's order; the first is what the others are compared with.
  public let arms: [Arm]
  /// What rate grids gave, an arm each.
  public let tuning: [TuningResult]
  /// What was compared.
  let plan: StudyPlan

  /// Takes the runs that stand in a study's ledger, and nothing else.
  ///
  /// - Parameter place: the study.
  /// - Throws: ``ConfigurationError`` for a line of the ledger that is broken, or of a run with other
  ///   settings than the study's.
  public init(_ place: StudyPlace) throws {
    let (plan, file) = (place.plan, place.ledger)
    let ledger = try StudyLedger(file)
    let tuning = try plan.tuning(in: ledger, file: file)
    let choices = plan.choices(of: tuning)
    arms = try plan.arms.map { arm in
      var runs: [Int: StudyRun] = [:]
      let choice = choices[arm.name]
      // Runs of a tuned arm are nothing to compare until it is known which line they ought to have.
      guard !plan.isTuned(arm) || choice != nil else { return Arm(name: arm.name, runs: runs) }
      let settings = try plan.configuration(of: arm, seed: plan.settings.seeds[0], tuning: choice)
        .studyHash
      for seed in plan.settings.seeds {
        let key = StudyLedger.Key(arm: arm.name, seed: seed)
        runs[seed] = try ledger.run(key, settings: settings, in: file)
      }
      return Arm(name: arm.name, runs: runs)
    }
    (self.plan, self.tuning) = (plan, tuning)
  }

  /// The shares of right answers whose first reaching is reported.
  var milestones: [Double] { plan.settings.milestones }

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
    /// The mean over the last tokens.
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
        SeedMean(runs(of: arm).compactMap { $0.curve(name).points.last.map(quantity) })
      }
      return Row(
        name: arm.name, seeds: arm.runs.count,
        accuracy: SeedMean(runs(of: arm).compactMap(plan.primary)),
        comparison: comparisons[place], reached: milestones.map { reached($0, arm) },
        length: last("response_length/mean", \.value), entropy: last("actor/entropy", \.value),
        tokens: last(Self.accuracy, \.tokens), updates: last(Self.accuracy, \.updates),
        seconds: last(Self.accuracy, \.seconds))
    }
  }

  /// An arm's runs in the order of their seeds, so that sums round the same every time.
  func runs(of arm: Arm) -> [StudyRun] { arm.runs.sorted { $0.key < $1.key }.map(\.value) }

  /// Every arm against the first, in the order of arms: nil for the first, and where no seed is shared.
  var comparisons: [ArmComparison?] {
    guard let method = arms.first else { return [] }
    let differences = arms.dropFirst().map { arm in
      SeedMean(
        arm.runs.keys.sorted().compactMap { seed -> Double? in
          guard let own = arm.runs[seed].flatMap(plan.primary),
            let other = method.runs[seed].flatMap(plan.primary)
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
    return Row.Reached(
      count: points.count, of: arm.runs.count, tokens: middle(points.map(\.tokens)),
      updates: middle(points.map(\.updates)))
  }
}

/// The median; nil where there is nothing.
func middle(_ numbers: [Double]) -> Double? {
  let sorted = numbers.sorted()
  guard !sorted.isEmpty else { return nil }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
