// What the numbers of a step mean: names, words, and what to do where one of them looks wrong.

/// A metric of metrics.jsonl.
public struct MetricEntry: Sendable, Equatable {
  /// Its name.
  ///
  /// Words in capitals stand for what a run puts there, and `{mean,max,min}` for each of them.
  public let name: String
  /// What it is, with its unit.
  public let words: String
  /// What it shows in a run that learns, and what to try where it does not; empty where it only informs.
  public let advice: String
  /// What TRL calls the same number, where it has it; verl's name is the name itself unless it begins
  /// with `vapo/`.
  public let trl: String

  init(_ name: String, _ words: String, _ advice: String = "", trl: String = "") {
    (self.name, self.words, self.advice, self.trl) = (name, words, advice, trl)
  }

  /// Every metric that a run can report, in the order of a step.
  public static let all = rollout + credit + update + course

  /// The entry that a name of metrics.jsonl belongs to.
  ///
  /// - Parameter name: such as `val-core/walk/acc/mean@8`.
  /// - Returns: nil for a name that no run reports.
  public static func entry(of name: String) -> MetricEntry? {
    all.first { $0.spellings.contains { matches(name[...], $0[...]) } }
  }

  /// The name with each of its endings.
  public var spellings: [String] {
    guard let open = name.firstIndex(of: "{"), let close = name.firstIndex(of: "}") else {
      return [name]
    }
    return name[name.index(after: open)..<close].split(separator: ",").map {
      String(name[..<open] + $0 + name[name.index(after: close)...])
    }
  }

  /// Whether a name is one of a pattern, whose words in capitals stand for any text.
  private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    guard first.isUppercase else {
      return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
    }
    let rest = pattern.drop { $0.isUppercase }
    return name.indices.dropFirst().contains { matches(name[$0...], rest) }
      || (rest.isEmpty && !name.isEmpty)
  }
}
