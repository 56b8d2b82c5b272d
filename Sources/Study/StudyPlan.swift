// What a study compares: arms, each a recipe with overrides, and the seeds they all run with.

public import Foundation
public import Methods
public import Settings
import Training

/// A file such as Studies/ablation.yaml.
public struct StudySettings: Codable, Equatable, Sendable {
  /// Above the page.
  public var title = "Study"
  /// The recipe of all arms: a YAML file, its path counted from this file's folder.
  public var recipe = "default.yaml"
  /// Settings `key=value` of all arms, over the recipe's and under the arms' own.
  public var overrides: [String] = []
  /// One run of every arm each.
  public var seeds = [0, 1, 2, 3, 4]
  /// Runs side by side; 0 takes one a core.
  public var jobs = 0
  /// Threads of each.
  public var threads = 1
  /// Quantities of the journal that are drawn beside those of every study, such as `vapo/accuracy`.
  public var quantities: [String] = []
  /// The ledger's file, its path counted from this file's folder; empty for one in the study's folder.
  public var ledger = ""
  /// The rate grids.
  public var tune = TuneSettings()
  /// The share of a run's tokens, at their end, over which its accuracy's mean is its number.
  public var lastShare = 0.25
  /// The shares of right answers whose first reaching is reported.
  public var milestones = [0.5, 0.75, 0.9]
  /// An arm a line, the others compared with the first.
  ///
  /// A line is a name, then overrides `key=value` and techniques to leave out, `--without technique`.
  public var arms: [String] = []

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case title, recipe, overrides, seeds, jobs, threads, milestones, arms, quantities, ledger, tune
    case lastShare = "last_share"
  }
}

/// One arm.
public struct StudyArm: Equatable, Sendable {
  /// What tables call it, and what its runs' folders begin with.
  public var name: String
  /// Overrides, later ones winning.
  public var overrides: [String]
  /// Techniques left out.
  public var techniques: [Technique]

  /// Reads a line of a study's file.
  package init(_ line: String) throws {
    var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let name = words.first, !name.contains("=") else {
      throw ConfigurationError.refused("arms: '\(line)' does not begin with a name")
    }
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }),
      !name.hasPrefix(".")
    else {
      throw ConfigurationError.refused(
        "arms: '\(name)' becomes a folder's name: letters, digits, -, _ and . are allowed")
    }
    words.removeFirst()
    var (overrides, techniques): ([String], [Technique]) = ([], [])
    var isTechnique = false
    for word in words {
      if isTechnique {
        guard let technique = Technique(rawValue: word) else {
          throw ConfigurationError.refused(
            "arms: \(name): '\(word)' is none of "
              + Technique.allCases.map(\.rawValue).joined(separator: ", "))
        }
        techniques.append(technique)
        isTechnique = false
      } else if word == "--without" {
        isTechnique = true
      } else {
        overrides.append(word)
      }
    }
    guard !isTechnique else {
      throw ConfigurationError.refused("arms: \(name): --without names no technique")
    }
    (self.name, self.overrides, self.techniques) = (name, overrides, techniques)
  }
}

/// A study whose arms and recipe have been read.
public struct StudyPlan: Sendable {
  /// The file's settings.
  public let settings: StudySettings
  /// The arms, the method that the others are compared with first.
  public let arms: [StudyArm]
  /// The file's name, less its ending.
  public let stem: String
  /// What tuned arms try.
  let grid: [TuningLine]
  private let file: URL

  /// Reads a study's file and tries every arm's settings.
  ///
  /// - Parameter file: YAML.
  /// - Throws: ``ConfigurationError`` that name file, line, arm and key.
  public init(file: URL) throws {
    settings = try ConfigurationLoader.apply(
      ConfigurationLoader.parse(file: file), to: StudySettings())
    self.file = file.absoluteURL
    stem = file.deletingPathExtension().lastPathComponent
    arms = try settings.arms.map(StudyArm.init)
    grid = try settings.tune.grid.map(TuningLine.init)
    var problems: [String] = []
    if arms.isEmpty { problems.append("arms: a study needs one at least") }
    for (place, arm) in arms.enumerated()
    where arms[..<place].contains(where: { $0.name == arm.name }) {
      problems.append("arms: \(arm.name) is there twice")
    }
    for arm in arms where Self.reserved.contains(arm.name) {
      problems.append("arms: \(arm.name) is the name of a folder that the study itself makes")
    }
    if settings.seeds.isEmpty || Set(settings.seeds).count != settings.seeds.count {
      problems.append("seeds: must be some, no two alike")
    }
    if settings.jobs < 0 { problems.append("jobs: must be 0 or more, is \(settings.jobs)") }
    if !(settings.lastShare > 0 && settings.lastShare <= 1) {
      problems.append("last_share: must be over 0 and at most 1, is \(settings.lastShare)")
    }
    if settings.threads < 1 { problems.append("threads: must be 1 or more") }
    problems += settings.tune.problems(arms: arms.map(\.name), seeds: settings.seeds)
    if Set(grid.map(\.text)).count != grid.count {
      problems.append("tune.grid: no two lines may be alike")
    }
    if let name = settings.quantities.first(where: { !$0.contains("/") }) {
      problems.append("quantities: '\(name)' is no name of the journal, such as vapo/accuracy")
    }
    guard problems.isEmpty else {
      throw ConfigurationError.refused(problems.joined(separator: "\n"))
    }
    for arm in arms {
      do {
        _ = try configuration(of: arm, seed: settings.seeds[0])
        for line in grid where isTuned(arm) {
          _ = try configuration(of: arm, seed: settings.seeds[0], tuning: line)
        }
      } catch {
        throw ConfigurationError.refused("arms: \(arm.name): \(error)")
      }
    }
  }

  /// Names that arms cannot have.
  private static let reserved: Set = ["base", "pretraining", "tune"]

  /// Whether an arm's rates are chosen by the grid.
  func isTuned(_ arm: StudyArm) -> Bool { settings.tune.arms.contains(arm.name) }

  /// The settings of one arm's run.
  ///
  /// - Parameters:
  ///   - arm: the arm.
  ///   - seed: the run's.
  ///   - tuning: a line of the grid, which wins over the arm's own overrides.
  /// - Returns: every setting of the run.
  /// - Throws: ``ConfigurationError`` that names the key.
  public func configuration(
    of arm: StudyArm, seed: Int, tuning: TuningLine? = nil
  ) throws -> RunConfiguration {
    let own = ["trainer.seed=\(seed)", "trainer.threads=\(settings.threads)"]
    return try RunConfiguration.load(
      recipe: URL(filePath: settings.recipe, relativeTo: file),
      overrides: settings.overrides + arm.overrides + (tuning?.overrides ?? []) + own,
      without: arm.techniques)
  }

  /// Where the ledger lies.
  ///
  /// - Parameter folder: the study's, for a study whose file names no place.
  /// - Returns: the file.
  func ledger(in folder: URL) -> URL {
    settings.ledger.isEmpty
      ? folder.appending(path: "ledger-\(stem).csv")
      : URL(filePath: settings.ledger, relativeTo: file).standardizedFileURL
  }
}
