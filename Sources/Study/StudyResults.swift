// What a study's runs say together.

public import Foundation
import Methods
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
      var step: Double?
    }

    var name: String
    var seeds: Int
    /// At the end of training.
    var accuracy: Estimate?
    /// Against the first arm, seed by seed; nil for itself.
    var difference: Estimate?
    var reached: [Reached]
    var length: Estimate?
    var entropy: Estimate?
    var tokens: Estimate?
  }

  /// The table.
  var rows: [Row] {
    arms.map { arm in
      let seeds = arm.runs.keys.sorted()
      func last(_ name: String) -> Estimate? {
        let numbers = seeds.compactMap { arm.runs[$0]?.curve(name).points.last?.value }
        return numbers.isEmpty ? nil : Estimate(numbers)
      }
      let tokens = seeds.compactMap { arm.runs[$0]?.curve(Self.accuracy).points.last?.tokens }
      return Row(
        name: arm.name, seeds: seeds.count, accuracy: last(Self.accuracy),
        difference: difference(arm),
        reached: milestones.map { reached($0, arm) },
        length: last("response_length/mean"), entropy: last("actor/entropy"),
        tokens: tokens.isEmpty ? nil : Estimate(tokens))
    }
  }

  private func difference(_ arm: Arm) -> Estimate? {
    guard let method = arms.first, arm.name != method.name else { return nil }
    func last(_ arm: Arm, _ seed: Int) -> Double? {
      arm.runs[seed]?.curve(Self.accuracy).points.last?.value
    }
    let pairs = arm.runs.keys.sorted().compactMap { seed -> (Double, Double)? in
      guard let one = last(arm, seed), let other = last(method, seed) else { return nil }
      return (one, other)
    }
    return pairs.isEmpty ? nil : Estimate(difference: pairs)
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
      step: middle(points.map { Double($0.step) }))
  }

  /// A quantity of one arm over tokens: mean and interval over its seeds, at places that all have.
  func line(_ arm: Arm, _ name: String, places: Int = 40) -> Chart.Line {
    let curves = arm.runs.values.map { $0.curve(name) }.filter { !$0.points.isEmpty }
    let low = curves.compactMap(\.points.first?.tokens).max() ?? 0
    let high = curves.compactMap(\.points.last?.tokens).min() ?? 0
    guard !curves.isEmpty, high > low else { return Chart.Line(arm.name, []) }
    let points = (0...places).compactMap { place -> Chart.Line.Point? in
      let tokens = low + (high - low) * Double(place) / Double(places)
      let values = curves.compactMap { $0.value(at: tokens) }
      guard values.count == curves.count else { return nil }
      let estimate = Estimate(values, resamples: 1000)
      return Chart.Line.Point(x: tokens, y: estimate.mean, low: estimate.low, high: estimate.high)
    }
    return Chart.Line(arm.name, points)
  }
}
