// Line charts with bands, as SVG that stands alone or in a page.

import Foundation

/// A picture of lines over one axis.
public struct Chart: Sendable {
  /// A line and the band around it.
  public struct Line: Sendable {
    /// A place on the line.
    public struct Point: Sendable {
      /// Where along.
      public var x: Double
      /// How high.
      public var y: Double
      /// The band's lower end; `y` where there is none.
      ///
      /// Bands are cut off at the frame, which holds the lines.
      public var low: Double
      /// The band's upper end.
      public var high: Double

      /// A place with its band.
      public init(x: Double, y: Double, low: Double? = nil, high: Double? = nil) {
        self.x = x
        self.y = y
        self.low = low ?? y
        self.high = high ?? y
      }
    }

    /// What the legend calls it.
    public var name: String
    /// From left to right.
    public var points: [Point]
    /// Whether it is drawn in broken strokes.
    public var isBroken: Bool
    /// Whether its places are marked by dots.
    public var hasMarks: Bool

    /// Puts a line together.
    public init(
      _ name: String, _ points: [Point], isBroken: Bool = false, hasMarks: Bool = false
    ) {
      self.name = name
      self.points = points
      self.isBroken = isBroken
      self.hasMarks = hasMarks
    }
  }

  /// Above the picture.
  public var title: String
  /// What is along the picture.
  public var xLabel: String
  /// What is up the picture.
  public var yLabel: String
  /// What is drawn, the most important line last.
  public var lines: [Line]
  /// Numbers that the y axis holds whatever the lines do.
  public var yRange: ClosedRange<Double>?

  /// Puts a chart together.
  public init(
    title: String, xLabel: String, yLabel: String, lines: [Line],
    yRange: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.lines = lines
    self.yRange = yRange
  }

  /// Eight colors that differ in lightness too, for those who see few of them.
  ///
  /// Source: Okabe and Ito, Color Universal Design, 2008; its yellow, too faint on white, is a gray.
  static let colors = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a7a7a", "#000000",
  ]

  private static let (plotWidth, height) = (560.0, 400.0)
  private static let (left, top, bottom) = (64.0, 40.0, 48.0)

  /// Room for the legend: its stroke, and the longest name at some 6.6 units a letter.
  private var right: Double { 54 + 6.6 * Double(lines.map(\.name.count).max() ?? 0) }
  private var width: Double { Self.left + Self.plotWidth + right }

  /// The picture.
  public var svg: String {
    let points = lines.flatMap(\.points)
    let xs = points.map(\.x)
    let ys = points.map(\.y) + [yRange?.lowerBound, yRange?.upperBound].compactMap(\.self)
    let x = Axis(xs.min() ?? 0, xs.max() ?? 1, count: 6)
    let y = Axis(ys.min() ?? 0, ys.max() ?? 1)
    let frame = Frame(
      x: x, y: y, left: Self.left, right: width - right, top: Self.top,
      bottom: Self.height - Self.bottom)
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(Self.height))" \
      role="img" aria-label="\(escaped(title))" font-family="system-ui, sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(Int(Self.left))" y="22" font-size="15" font-weight="600" fill="#222">\
      \(escaped(title))</text>
      """
    ]
    parts += frame.grid(xLabel: xLabel, yLabel: yLabel)
    for (place, line) in lines.enumerated() {
      let color = Self.colors[place % Self.colors.count]
      parts.append(frame.band(line, color))
      parts.append(frame.path(line, color))
      parts += frame.marks(line, color)
    }
    parts += legend
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private var legend: [String] {
    lines.enumerated().map { place, line in
      let y = Self.top + 14 + Double(place) * 18
      let x = width - right + 16
      let color = Self.colors[place % Self.colors.count]
      return """
        <line x1="\(x)" y1="\(y - 4)" x2="\(x + 20)" y2="\(y - 4)" stroke="\(color)" \
        stroke-width="2.5"\(line.isBroken ? " stroke-dasharray=\"5 3\"" : "")/>
        <text x="\(x + 26)" y="\(y)" fill="#333">\(escaped(line.name))</text>
        """
    }
  }
}

/// The rectangle that lines are drawn in.
private struct Frame {
  let x: Axis
  let y: Axis
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  func place(_ px: Double, _ py: Double) -> String {
    let across = left + x.share(px) * (right - left)
    let down = bottom - min(max(y.share(py), 0), 1) * (bottom - top)
    return String(format: "%.1f,%.1f", across, down)
  }

  func grid(xLabel: String, yLabel: String) -> [String] {
    var parts: [String] = []
    for mark in y.marks {
      let down = bottom - y.share(mark) * (bottom - top)
      parts.append(
        """
        <line x1="\(left)" y1="\(down)" x2="\(right)" y2="\(down)" stroke="#e4e4e4"/>
        <text x="\(left - 8)" y="\(down + 4)" text-anchor="end" fill="#555">\(y.label(mark))</text>
        """)
    }
    for mark in x.marks {
      let across = left + x.share(mark) * (right - left)
      parts.append(
        """
        <line x1="\(across)" y1="\(bottom)" x2="\(across)" y2="\(bottom + 4)" stroke="#888"/>
        <text x="\(across)" y="\(bottom + 18)" text-anchor="middle" fill="#555">\(x.label(mark))</text>
        """)
    }
    parts.append(
      """
      <line x1="\(left)" y1="\(bottom)" x2="\(right)" y2="\(bottom)" stroke="#888"/>
      <text x="\((left + right) / 2)" y="\(bottom + 38)" text-anchor="middle" fill="#333">\
      \(escaped(xLabel))</text>
      <text transform="translate(16 \((top + bottom) / 2)) rotate(-90)" text-anchor="middle" \
      fill="#333">\(escaped(yLabel))</text>
      """)
    return parts
  }

  func band(_ line: Chart.Line, _ color: String) -> String {
    guard line.points.contains(where: { $0.low < $0.high }) else { return "" }
    let edge =
      line.points.map { place($0.x, $0.high) } + line.points.reversed().map { place($0.x, $0.low) }
    return """
      <polygon points="\(edge.joined(separator: " "))" fill="\(color)" fill-opacity="0.14"/>
      """
  }

  func path(_ line: Chart.Line, _ color: String) -> String {
    let places = line.points.map { place($0.x, $0.y) }
    return """
      <polyline points="\(places.joined(separator: " "))" fill="none" stroke="\(color)" \
      stroke-width="2" stroke-linejoin="round"\(line.isBroken ? " stroke-dasharray=\"5 3\"" : "")/>
      """
  }

  func marks(_ line: Chart.Line, _ color: String) -> [String] {
    guard line.hasMarks else { return [] }
    return line.points.map { point in
      let place = place(point.x, point.y).split(separator: ",")
      return """
        <circle cx="\(place[0])" cy="\(place[1])" r="4" fill="\(color)"/>
        """
    }
  }
}

/// Text as XML and HTML want it.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
