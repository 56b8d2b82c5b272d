// Rate grids: arms that are tuned try every line of a grid on seeds of their own, and run with the best.

import Foundation
import Settings

/// The section `tune` of a study's file.
public struct TuneSettings: Codable, Equatable, Sendable {
  /// Seeds that nothing else uses.
  public var seeds: [Int] = []
  /// The arms that are tuned; the others run as they are.
  public var arms: [String] = []
  /// What is tried, a line of overrides each, such as `actor.optim.lr=3e-5`.
  public var grid: [String] = []

  /// The defaults: nothing is tuned.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case seeds, arms, grid
  }

  /// Runs that it takes.
  package var runs: Int { seeds.count * arms.count * grid.count }

  /// What is wrong beside a study's arms and seeds, a line each.
  func problems(arms known: [String], seeds others: [Int]) -> [String] {
    guard self != TuneSettings() else { return [] }
    var problems: [String] = []
    if seeds.isEmpty || arms.isEmpty || grid.isEmpty {
      problems.append("tune: needs seeds, arms and a grid")
    }
    if Set(seeds).count != seeds.count { problems.append("tune.seeds: no two may be alike") }
    for seed in seeds where others.contains(seed) {
      problems.append("tune.seeds: \(seed) is one of the study's own seeds")
    }
    for (place, arm) in arms.enumerated() {
      if !known.contains(arm) { problems.append("tune.arms: there is no arm '\(arm)'") }
      if arms[..<place].contains(arm) { problems.append("tune.arms: \(arm) is there twice") }
    }
    return problems
  }
}

/// A line of a rate grid.
public struct TuningLine: Equatable, Sendable {
  /// As it was written, words parted by single spaces.
  public var text: String
  /// Its overrides.
  public var overrides: [String]

  /// Reads a line of a study's file.
  package init(_ line: String) throws {
    overrides = line.split(whereSeparator: \.isWhitespace).map(String.init)
    text = overrides.joined(separator: " ")
    guard !overrides.isEmpty, overrides.allSatisfy({ $0.contains("=") && !$0.hasPrefix("-") })
    else {
      throw ConfigurationError.refused("tune.grid: '\(line)' is not made of overrides key=value")
    }
  }
}

/// What the grid of one arm gave.
public struct TuningResult: Equatable, Sendable {
  /// The arm.
  public var arm: String
  /// The number of every run, by line of the grid and by seed; nil where it has not been run.
  public var numbers: [[Double?]]
  /// The mean of each line over its seeds; nil where one is missing.
  public var means: [Double?]
  /// The line of the best mean, the first of several; nil until all of them are there.
  public var chosen: Int?

  /// Takes the numbers of an arm.
  package init(arm: String, numbers: [[Double?]]) {
    (self.arm, self.numbers) = (arm, numbers)
    means = numbers.map { line in
      let known = line.compactMap(\.self)
      return known.isEmpty || known.count < line.count
        ? nil : known.reduce(0, +) / Double(known.count)
    }
    let known = means.compactMap(\.self)
    chosen = known.count == means.count ? known.max().flatMap { means.firstIndex(of: $0) } : nil
  }
}

extension StudyPlan {
  /// What the grids have given so far, an arm each.
  ///
  /// - Throws: ``ConfigurationError`` where a run of a grid was made with other settings.
  func tuning(in ledger: StudyLedger, file: URL) throws -> [TuningResult] {
    try arms.filter { isTuned($0) }.map { arm in
      TuningResult(
        arm: arm.name,
        numbers: try grid.map { line in
          let settings = try configuration(
            of: arm, seed: self.settings.tune.seeds[0], tuning: line
          ).studyHash
          return try self.settings.tune.seeds.map { seed in
            let key = StudyLedger.Key(arm: arm.name, tuning: line.text, seed: seed)
            return try ledger.run(key, settings: settings, in: file).flatMap(primary)
          }
        })
    }
  }

  /// The lines that grids have chosen, by arm.
  func choices(of results: [TuningResult]) -> [String: TuningLine] {
    Dictionary(
      uniqueKeysWithValues: results.compactMap { result in
        result.chosen.map { (result.arm, grid[$0]) }
      })
  }

  /// The number of a run: its accuracy, in the mean over the last part of its tokens.
  func primary(_ run: StudyRun) -> Double? {
    run.curve(StudyResults.accuracy).mean(ofLast: settings.lastShare)
  }
}
