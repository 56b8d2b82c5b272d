// Alarms: what is wrong with a run, in words, from the curves that it reports. They only tell; none stops a run.

/// A metric's values at the steps that have it.
public struct Curve: Sendable, Equatable {
  /// Global steps, ascending.
  public var steps: [Int]
  /// A value a step.
  public var values: [Double]

  /// Puts a curve together.
  public init(steps: [Int], values: [Double]) {
    self.steps = steps
    self.values = values
  }

  /// How many there are.
  public var count: Int { min(steps.count, values.count) }

  /// The mean of the last values; nil where there are fewer.
  func mean(last count: Int) -> Double? {
    self.count >= count ? values.suffix(count).reduce(0, +) / Double(count) : nil
  }

  /// The mean of the first values; nil where there are fewer.
  func mean(first count: Int) -> Double? {
    self.count >= count ? values.prefix(count).reduce(0, +) / Double(count) : nil
  }

  /// The step since which every value has been so; nil where the last one is not.
  func since(_ isSo: (Double) -> Bool) -> Int? {
    var place: Int?
    for index in (0..<count).reversed() {
      guard isSo(values[index]) else { break }
      place = index
    }
    return place.map { steps[$0] }
  }
}

/// The curves of a run's reinforcement, by metric.
public typealias Curves = [String: Curve]

extension Curves {
  /// Whether nearly everything is solved: then all rewards are one, nothing is left to explain, and a policy that is
  /// sure of itself is what was wanted.
  var isSolved: Bool { (self["vapo/accuracy"]?.mean(last: AlarmRule.window) ?? 0) >= 0.9 }
}

/// What a rule found.
public struct Finding: Sendable, Equatable {
  /// What is seen, with the numbers.
  public var words: String
  /// The metric that shows it.
  public var metric: String
  /// The step since which it has been so, where that can be told.
  public var since: Int?
}

/// One way in which training goes wrong.
public struct AlarmRule: Sendable {
  /// How bad it is.
  public enum Level: String, Sendable, Codable {
    /// The run learns nothing, or is being ruined.
    case alarm
    /// Something to know.
    case note
  }

  /// Its name, such as `critic-blind`.
  public let name: String
  /// How bad it is.
  public let level: Level
  /// What is wrong, as a sentence without a period.
  public let title: String
  /// When it is said.
  public let when: String
  /// What it means and what to try.
  public let advice: String
  /// The metrics that it reads.
  public let metrics: [String]
  /// Looks at a run's curves.
  ///
  /// What has too few steps to tell is nil.
  public let finding: @Sendable (Curves) -> Finding?

  /// All rules, in the order in which they are looked at when a run goes wrong.
  public static let all = rewards + responses + updates

  /// Every metric that a rule reads.
  public static var metrics: [String] { Set(all.flatMap(\.metrics)).sorted() }

  /// Over how many steps what is there now is averaged: single steps are noise.
  static let window = 10
}

/// A number in words: three digits that count.
func short(_ number: Double) -> String {
  guard number.isFinite else { return "\(number)" }
  var digits = 0
  var size = abs(number)
  while size > 0, size < 100, digits < 6 {
    size *= 10
    digits += 1
  }
  let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
  let text = "\((number * scale).rounded() / scale)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A share in words.
func percent(_ share: Double) -> String { "\(short(share * 100))%" }
