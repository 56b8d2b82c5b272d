// Where an axis puts its marks, and what it writes beside them.

import Foundation

/// A straight axis between two numbers.
package struct Axis: Equatable {
  /// The ends.
  package var low: Double
  package var high: Double
  /// Between two marks.
  package var step: Double

  /// Round marks around a range: 1, 2 or 5 times a power of ten apart, about `count` of them.
  ///
  /// Source: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
  package init(_ low: Double, _ high: Double, count: Int = 5) {
    self.init(tight: low, high, count: count)
    self.low = (low / step).rounded(.down) * step
    self.high = max((high / step).rounded(.up) * step, self.low + step)
  }

  /// The same marks, on an axis that ends where the range does.
  package init(tight low: Double, _ high: Double, count: Int = 5) {
    precondition(low.isFinite && high.isFinite && count >= 2, "an axis from \(low) to \(high)")
    // Below that a tenth of it would be no number any more.
    let width = high - low > 1e-300 ? high - low : max(abs(low), 1)
    let rough = width / Double(count - 1)
    let power = pow(10, log10(rough).rounded(.down))
    let share = rough / power
    step = (share < 1.5 ? 1 : share < 3 ? 2 : share < 7 ? 5 : 10) * power
    (self.low, self.high) = (low, low + width)
  }

  /// The numbers that get a mark.
  package var marks: [Double] {
    // A mark may miss the axis's end by what rounding makes of it.
    let first = (low / step - 1e-6).rounded(.up)
    let last = (high / step + 1e-6).rounded(.down)
    return first > last ? [] : (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// The share of the axis at which a number stands, 0 at its low end.
  package func share(_ value: Double) -> Double { (value - low) / (high - low) }

  /// A mark in words, as short as the distance of marks allows.
  package func label(_ value: Double) -> String {
    for (size, letter) in [(1e9, "B"), (1e6, "M"), (1e3, "k")] where high >= size {
      return number(value / size, step / size) + (value == 0 ? "" : letter)
    }
    return number(value, step)
  }

  private func number(_ value: Double, _ step: Double) -> String {
    let digits = max(0, Int((-log10(step * 1.000_001)).rounded(.up)))
    let text = String(format: "%.\(digits)f", value)
    return text == "-0" ? "0" : text.replacing("-", with: "\u{2212}")
  }
}
