// Line charts as SVG that stands alone or in a page: the line of interest thick and in front, with its band;
// the others thin, with their interval at the end; every line named where it ends.

import Foundation

/// A picture of lines over one axis.
public struct Chart: Sendable {
  /// A line and the interval around it.
  public struct Line: Sendable {
    /// A place on the line.
    public struct Point: Sendable {
      /// Where along.
      public var x: Double
      /// How high.
      public var y: Double
      /// The interval's lower end; `y` where there is none.
      ///
      /// Intervals are cut off at the frame, which holds the lines.
      public var low: Double
      /// The interval's upper end.
      public var high: Double

      /// A place with its interval.
      public init(x: Double, y: Double, low: Double? = nil, high: Double? = nil) {
        self.x = x
        self.y = y
        self.low = low ?? y
        self.high = high ?? y
      }
    }

    /// What it is called.
    public var name: String
    /// From left to right.
    public var points: [Point]
    /// Whether its places are marked by dots.
    public var hasMarks: Bool
    /// Whether something went on before its first place, which a trail shows.
    public var isTrailing: Bool

    /// Puts a line together.
    public init(
      _ name: String, _ points: [Point], hasMarks: Bool = false, isTrailing: Bool = false
    ) {
      self.name = name
      self.points = points
      self.hasMarks = hasMarks
      self.isTrailing = isTrailing
    }
  }

  /// Above the picture.
  public var title: String
  /// What is along the picture.
  public var xLabel: String
  /// What is up the picture.
  public var yLabel: String
  /// What is drawn, the line of interest first.
  public var lines: [Line]
  /// Numbers that the y axis holds whatever the lines do.
  public var yRange: ClosedRange<Double>?
  /// Numbers beyond which intervals mean nothing, such as shares below 0.
  public var yLimits: ClosedRange<Double>?
  /// What the trails before lines are; empty where there are none.
  public var trail = ""

  /// Puts a chart together.
  public init(
    title: String, xLabel: String, yLabel: String, lines: [Line],
    yRange: ClosedRange<Double>? = nil, yLimits: ClosedRange<Double>? = nil, trail: String = ""
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.lines = lines
    self.yRange = yRange
    self.yLimits = yLimits
    self.trail = trail
  }

  /// More lines than these nobody can tell apart: they get a small picture each.
  static let mostLines = 6
  private static let (plotWidth, height) = (600.0, 400.0)
  private static let (left, top, bottom) = (64.0, 44.0, 52.0)
  /// From the frame to the names, and between two of them.
  private static let (gap, pitch) = (22.0, 15.0)

  /// The picture.
  public var svg: String {
    lines.count > Self.mostLines ? smallMultiples : wholePicture
  }

  /// The axes that hold the lines, the band of the first, and the ends of the others.
  func axes(marks: (x: Int, y: Int)) -> (x: Axis, y: Axis) {
    let points = lines.flatMap(\.points)
    let ends = (lines.first?.points ?? []) + lines.dropFirst().compactMap(\.points.last)
    let limits = yLimits ?? -.infinity ... .infinity
    let intervals = ends.flatMap { [$0.low, $0.high] }.map {
      min(max($0, limits.lowerBound), limits.upperBound)
    }
    let ys =
      points.map(\.y) + intervals + [yRange?.lowerBound, yRange?.upperBound].compactMap(\.self)
    let xs = points.map(\.x)
    return (
      Axis(tight: xs.min() ?? 0, xs.max() ?? 1, count: marks.x),
      Axis(ys.min() ?? 0, ys.max() ?? 1, count: marks.y)
    )
  }

  private var wholePicture: String {
    let right = Self.gap + ChartStyle.room(for: lines.map(\.name)) + 12
    let width = Self.left + Self.plotWidth + right
    let (x, y) = axes(marks: (6, 6))
    let frame = ChartFrame(
      x: x, y: y, left: Self.left, right: width - right, top: Self.top,
      bottom: Self.height - Self.bottom)
    var parts = [ChartStyle.opening(width: width, height: Self.height, title: title)]
    parts += frame.grid() + frame.labels(x: xLabel, y: yLabel)
    for (place, line) in lines.enumerated().dropFirst() {
      parts.append(
        group(
          place, frame.path(line, width: 1.6) + frame.whisker(line, before: 8 * Double(place - 1))))
    }
    if let first = lines.first {
      parts.append(group(0, frame.band(first) + frame.path(first, width: 3.2) + trailName(frame)))
    }
    parts += names(frame)
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func group(_ place: Int, _ content: String) -> String {
    "<g class=\"\(ChartStyle.series(place))\">\(content)</g>"
  }

  private func trailName(_ frame: ChartFrame) -> String {
    guard !trail.isEmpty, let line = lines.first, line.isTrailing, let first = line.points.first,
      frame.across(first.x) > frame.left + 40
    else { return "" }
    return """
      <text class="marks" x="\(frame.left + 4)" y="\(frame.down(first.y) + 14)" font-size="11">\
      \(escaped(trail))</text>
      """
  }

  /// The lines' names beside their ends, apart from each other.
  private func names(_ frame: ChartFrame) -> [String] {
    let ends = lines.enumerated().compactMap { place, line in
      line.points.last.map { (place: place, x: frame.across($0.x), y: frame.down($0.y)) }
    }.sorted { ($0.y, $0.place) < ($1.y, $1.place) }
    var heights = ends.map(\.y)
    for place in heights.indices.dropFirst() {
      heights[place] = max(heights[place], heights[place - 1] + Self.pitch)
    }
    // Too far down, they move up together.
    var floor = frame.bottom
    for place in heights.indices.reversed() {
      heights[place] = min(heights[place], floor)
      floor = heights[place] - Self.pitch
    }
    return zip(ends, heights).map { end, height in
      let weight = end.place == 0 ? " font-weight=\"700\"" : ""
      let x = frame.right + Self.gap
      return """
        <g class="\(ChartStyle.series(end.place))"><line x1="\(end.x + 4)" y1="\(end.y)" x2="\(x - 4)" \
        y2="\(height)" stroke="currentColor" stroke-opacity="0.5"/>\
        <text x="\(x)" y="\(height + 4)" fill="currentColor"\(weight)>\
        \(escaped(lines[end.place].name))</text></g>
        """
    }
  }
}
