// The words and columns of the console, as plain functions of numbers.

import Foundation

/// How steps and progress look.
enum StepTable {
  /// Columns: what stands above each and how wide it is.
  ///
  /// All together fill a line of 80 columns.
  private static let columns: [(title: String, width: Int)] = [
    ("step", 6), ("done", 7), ("reward", 7), ("acc", 6), ("len", 6), ("clip-", 6), ("clip+", 6),
    ("entropy", 7), ("ev", 5), ("tok/s", 6), ("left", 7),
  ]

  /// Column titles, as wide as the numbers under them.
  static let heading = row(columns.map(\.title))

  /// A step under the heading.
  static func row(_ line: StepLine) -> String {
    row([
      "\(line.step)", "\(line.done)/\(line.total)", number(line.reward, 3),
      percent(line.accuracy, 1), number(line.length, 1), percent(line.clipLow, 2),
      percent(line.clipHigh, 2), number(line.entropy, 3), number(line.explainedVariance, 2),
      count(line.speed), duration(line.secondsLeft),
    ])
  }

  private static func row(_ texts: [String]) -> String {
    zip(texts, columns).map { padded($0, $1.width) }.joined(separator: " ")
  }

  /// A step by itself, every number with its name.
  static func plain(_ line: StepLine) -> String {
    let parts = [
      ("reward", number(line.reward, 3)), ("acc", percent(line.accuracy, 1)),
      ("len", number(line.length, 1)), ("clip-", percent(line.clipLow, 2)),
      ("clip+", percent(line.clipHigh, 2)), ("entropy", number(line.entropy, 3)),
      ("ev", number(line.explainedVariance, 2)), ("tok/s", count(line.speed)),
      ("left", duration(line.secondsLeft)),
    ]
    let shown = parts.filter { $0.1 != nothing }.map { "\($0.0) \($0.1)" }
    return (["step \(line.step)", "\(line.stage) \(line.done)/\(line.total)"] + shown)
      .joined(separator: "  ")
  }

  /// How far a phase has come.
  static func progress(
    _ name: String, done: Int, of total: Int, unit: String, work: PhaseWork, rate: Double?,
    detail: String, barWidth: Int
  ) -> String {
    let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    var parts = [name]
    if barWidth > 0 {
      let full = Int(share * Double(barWidth))
      let bar = String(repeating: "#", count: full) + String(repeating: ".", count: barWidth - full)
      parts.append("[\(bar)]")
    }
    parts.append("\(done)/\(total) \(unit)")
    if let rate {
      parts.append("\(count(rate)) \(work.unit)/s")
      parts.append("\(duration(max(0, work.expected - work.done) / rate)) left")
    }
    if !detail.isEmpty { parts.append(detail) }
    return parts.joined(separator: "  ")
  }

  /// What stands where there is no number.
  private static let nothing = "-"

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func number(_ value: Double?, _ digits: Int) -> String {
    guard let value else { return nothing }
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    return String(format: "%.\(digits)f", value)
  }

  private static func percent(_ value: Double?, _ digits: Int) -> String {
    guard let value else { return nothing }
    return number(value * 100, digits) + "%"
  }

  /// A count or a rate in three or four characters: 7.2, 830, 12.3k, 4.5M.
  static func count(_ value: Double?) -> String {
    guard let value, value.isFinite else { return nothing }
    switch abs(value) {
    case ..<10: return number(value, 1)
    case ..<999.5: return number(value, 0)
    case ..<999_950: return number(value / 1000, 1) + "k"
    default: return number(value / 1_000_000, 1) + "M"
    }
  }

  /// A time in its two largest units: 8s, 3m 05s, 2h 10m, 4d 06h.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds < 1e9 else { return nothing }
    let whole = max(0, Int(seconds.rounded()))
    func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
      "\(large)\(largeUnit) " + (small < 10 ? "0" : "") + "\(small)\(smallUnit)"
    }
    switch whole {
    case ..<60: return "\(whole)s"
    case ..<3600: return pair(whole / 60, "m", whole % 60, "s")
    case ..<86400: return pair(whole / 3600, "h", whole % 3600 / 60, "m")
    default: return pair(whole / 86400, "d", whole % 86400 / 3600, "h")
    }
  }
}
