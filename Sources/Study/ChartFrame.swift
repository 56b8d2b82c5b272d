// The rectangle that lines are drawn in, its grid and its axes.

import Foundation

/// Two axes and where they lie.
struct ChartFrame {
  let x: Axis
  let y: Axis
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// Where a number of the x axis is.
  func across(_ value: Double) -> Double { left + x.share(value) * (right - left) }

  /// Where a number of the y axis is; what lies beyond the frame is at its edge.
  func down(_ value: Double) -> Double {
    bottom - min(max(y.share(value), 0), 1) * (bottom - top)
  }

  private func places(_ points: [(x: Double, y: Double)]) -> String {
    points.map { String(format: "%.1f,%.1f", across($0.x), down($0.y)) }.joined(separator: " ")
  }

  /// Grid, marks and their numbers.
  ///
  /// - Parameters:
  ///   - namesX: whether the x axis gets its numbers.
  ///   - namesY: whether the y axis does.
  /// - Returns: elements of SVG.
  func grid(namesX: Bool = true, namesY: Bool = true) -> [String] {
    var parts = y.marks.map { mark in
      let line = """
        <line class="grid" x1="\(left)" y1="\(down(mark))" x2="\(right)" y2="\(down(mark))"/>
        """
      guard namesY else { return line }
      return line + """
        <text class="marks" x="\(left - 8)" y="\(down(mark) + 4)" text-anchor="end">\(y.label(mark))</text>
        """
    }
    parts += x.marks.map { mark in
      let line = """
        <line class="axis" x1="\(across(mark))" y1="\(bottom)" x2="\(across(mark))" y2="\(bottom + 4)"/>
        """
      guard namesX else { return line }
      return line + """
        <text class="marks" x="\(across(mark))" y="\(bottom + 18)" text-anchor="middle">\
        \(x.label(mark))</text>
        """
    }
    return parts + [
      "<line class=\"axis\" x1=\"\(left)\" y1=\"\(bottom)\" x2=\"\(right)\" y2=\"\(bottom)\"/>"
    ]
  }

  /// What the axes are.
  func labels(x xLabel: String, y yLabel: String) -> [String] {
    [
      """
      <text class="words" x="\((left + right) / 2)" y="\(bottom + 38)" text-anchor="middle">\
      \(escaped(xLabel))</text>
      <text class="words" transform="translate(16 \((top + bottom) / 2)) rotate(-90)" \
      text-anchor="middle">\(escaped(yLabel))</text>
      """
    ]
  }

  /// A line's interval at every place.
  func band(_ line: Chart.Line) -> String {
    guard line.points.contains(where: { $0.low < $0.high }) else { return "" }
    let edge = line.points.map { ($0.x, $0.high) } + line.points.reversed().map { ($0.x, $0.low) }
    return "<polygon points=\"\(places(edge))\" fill=\"currentColor\" fill-opacity=\"0.16\"/>"
  }

  /// A line, and before its first place, where it has something to say of that, a trail from the frame's
  /// edge.
  func path(_ line: Chart.Line, width: Double) -> String {
    var text = """
      <polyline points="\(places(line.points.map { ($0.x, $0.y) }))" fill="none" stroke="currentColor" \
      stroke-width="\(width)" stroke-linejoin="round"/>
      """
    if line.isTrailing, let first = line.points.first, across(first.x) > left + 4 {
      text += """
        <line x1="\(left)" y1="\(down(first.y))" x2="\(across(first.x))" y2="\(down(first.y))" \
        stroke="currentColor" stroke-width="\(width / 2)" stroke-dasharray="2 4"/>
        """
    }
    guard line.hasMarks else { return text }
    return text
      + line.points.map { point in
        String(
          format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"currentColor\"/>",
          across(point.x),
          down(point.y), width + 1.5)
      }.joined()
  }

  /// A line's interval at its last place alone, some way before it, so that those of several lie apart.
  func whisker(_ line: Chart.Line, before: Double = 0) -> String {
    guard let last = line.points.last, last.low < last.high else { return "" }
    let (x, low, high) = (across(last.x) - before, down(last.low), down(last.high))
    return String(
      format:
        "<path d=\"M%.1f %.1fV%.1fM%.1f %.1fh6M%.1f %.1fh6\" stroke=\"currentColor\" stroke-opacity=\"0.7\" "
        + "fill=\"none\"/>", x, low, high, x - 3, low, x - 3, high)
  }
}
