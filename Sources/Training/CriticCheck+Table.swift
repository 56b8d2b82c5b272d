// A critic's check in words.

import Foundation

extension CriticCheck {
  /// The figures for people: a line a tenth of the response, all together, and a step's share.
  public var table: String {
    guard let whole else { return "no place has two graded continuations" }
    func number(_ value: Double) -> String { String(format: "%.3f", value) }
    func cells(_ name: String, _ figures: Figures) -> [String] {
      [
        name, "\(figures.places)", number(figures.expected), number(figures.realized),
        number(figures.bias), number(figures.error), figures.explained.map(number) ?? "–",
      ]
    }
    let rows =
      [["tenth", "places", "expected", "realized", "bias", "error", "explained"]]
      + tenths.map { cells("\($0.tenth)", $0.figures) } + [cells("all", whole)]
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines = rows.map { row in
      zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
        .joined(separator: "  ")
    }
    let variance = rewardVariance
    if variance > 0 {
      lines.append("error over the variance of rewards: \(number(whole.error / variance))")
    }
    lines.append(
      shown.map { "share of the change between places that the critic shows: \(number($0))" }
        ?? "no change between places stands out of the noise: take more continuations")
    return lines.joined(separator: "\n")
  }
}
