// What arms come to, as bars with their intervals.

import Foundation

/// A picture of a number an arm.
public struct BarChart: Sendable {
  /// A bar.
  public struct Bar: Sendable {
    /// What it is called.
    public var name: String
    /// How long it is, from 0 to 1.
    public var share: Double
    /// The interval's ends; the share itself where there is none.
    public var low: Double
    /// The interval's upper end.
    public var high: Double

    /// A bar with its interval.
    public init(_ name: String, _ share: Double, low: Double? = nil, high: Double? = nil) {
      self.name = name
      self.share = share
      self.low = low ?? share
      self.high = high ?? share
    }
  }

  /// Above the picture.
  public var title: String
  /// What the bars are.
  public var label: String
  /// From top to bottom, the one of interest first.
  public var bars: [Bar]

  /// Puts a picture together.
  public init(title: String, label: String, bars: [Bar]) {
    self.title = title
    self.label = label
    self.bars = bars
  }

  private static let (plotWidth, top, pitch) = (460.0, 44.0, 28.0)

  /// The picture.
  public var svg: String {
    let left = 24 + ChartStyle.room(for: bars.map(\.name))
    let (right, bottom) = (left + Self.plotWidth, Self.top + Self.pitch * Double(bars.count))
    func across(_ share: Double) -> Double { left + min(max(share, 0), 1) * Self.plotWidth }
    var parts = [ChartStyle.opening(width: right + 64, height: bottom + 48, title: title)]
    for mark in [0, 0.25, 0.5, 0.75, 1] {
      parts.append(
        """
        <line class="grid" x1="\(across(mark))" y1="\(Self.top)" x2="\(across(mark))" y2="\(bottom)"/>\
        <text class="marks" x="\(across(mark))" y="\(bottom + 16)" text-anchor="middle">\
        \(Int(100 * mark))%</text>
        """)
    }
    for (place, bar) in bars.enumerated() {
      let middle = Self.top + Self.pitch * (Double(place) + 0.5)
      let (low, high, end) = (across(bar.low), across(bar.high), across(bar.share))
      let bold = place == 0 ? " font-weight=\"700\"" : ""
      parts.append(
        """
        <g class="\(place == 0 ? "s0" : "s6")"><rect x="\(left)" y="\(middle - 8)" width="\(end - left)" \
        height="16" fill="currentColor" fill-opacity="\(place == 0 ? 0.85 : 0.55)"/></g>\
        <path class="axis" d="M\(low) \(middle)H\(high)M\(low) \(middle - 4)v8M\(high) \(middle - 4)v8" \
        stroke-width="1.5"/>\
        <text class="words" x="\(left - 8)" y="\(middle + 4)" text-anchor="end"\(bold)>\
        \(escaped(bar.name))</text>\
        <text class="words" x="\(max(end, high) + 8)" y="\(middle + 4)"\(bold)>\
        \(String(format: "%.1f%%", 100 * bar.share))</text>
        """)
    }
    parts.append(
      """
      <text class="words" x="\((left + right) / 2)" y="\(bottom + 38)" text-anchor="middle">\
      \(escaped(label))</text>
      """)
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }
}
