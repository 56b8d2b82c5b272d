// The mistakes of the answers that a policy first learns to imitate. They give the later training
// something to unlearn, and the critic something to see.

import Foundation
public import Records

/// How often which mistake is made; every number is a share from 0 to 1.
///
/// After a mistake the answer goes on from the wrong state as if it were right.
public struct MistakeSettings: Codable, Equatable, Sendable {
  /// A step is written down with a `?` for its move and changes nothing.
  public var idle = 0.0
  /// A step is left out, and the next one done in its place.
  public var skip = 0.02
  /// The step before is done once more.
  public var repeated = 0.015
  /// The answer is given before all steps are done.
  public var stop = 0.01
  /// A step's result has one digit wrong.
  public var wrongDigit = 0.0
  /// The share of skipped, repeated and wrong steps that are undone at once, by `!`, and then done
  /// right.
  public var undo = 0.0
  /// The share of answers by chance, without working, to the shortest problems.
  public var directShortest = 0.15
  /// The same to the longest ones; between the two it grows with the logarithm of the length.
  public var directLongest = 0.7

  /// The defaults.
  public init() {}

  /// No mistakes at all.
  public static var none: MistakeSettings {
    var settings = MistakeSettings()
    settings.idle = 0
    settings.skip = 0
    settings.repeated = 0
    settings.stop = 0
    settings.wrongDigit = 0
    settings.undo = 0
    settings.directShortest = 0
    settings.directLongest = 0
    return settings
  }

  enum CodingKeys: String, CodingKey {
    case idle, skip, stop, undo
    case repeated = "repeat"
    case wrongDigit = "wrong_digit"
    case directShortest = "direct_shortest"
    case directLongest = "direct_longest"
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    for (key, share) in [
      ("idle", idle), ("skip", skip), ("repeat", repeated), ("stop", stop),
      ("wrong_digit", wrongDigit), ("undo", undo), ("direct_shortest", directShortest),
      ("direct_longest", directLongest),
    ] {
      rules.require((0...1).contains(share), key, "\(share) is not a share from 0 to 1")
    }
    let step = idle + skip + repeated + stop + wrongDigit
    rules.require(
      step <= 1, "idle", "idle, skip, repeat, stop and wrong_digit are \(step) of all steps")
    return rules.problems
  }

  /// The share of direct answers to problems of `steps` steps, in a task of `range` steps.
  func directShare(steps: Int, in range: ClosedRange<Int>) -> Double {
    guard range.count > 1 else { return directShortest }
    let whole = log(Double(range.upperBound) / Double(range.lowerBound))
    let part = log(Double(steps) / Double(range.lowerBound)) / whole
    return directShortest + (directLongest - directShortest) * min(max(part, 0), 1)
  }

  /// What goes wrong at a step.
  enum Slip { case idle, skip, repeated, stop, wrongDigit }

  /// The slip that a uniform number stands for.
  func slip(at uniform: Double) -> Slip? {
    var rest = uniform
    for (slip, share) in [
      (Slip.idle, idle), (.skip, skip), (.repeated, repeated), (.stop, stop),
      (.wrongDigit, wrongDigit),
    ] {
      if rest < share { return slip }
      rest -= share
    }
    return nil
  }
}
