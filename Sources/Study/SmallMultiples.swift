// Many lines: a small picture for each, with the line of interest in all of them and the rest in the
// background, over the same axes.

extension Chart {
  private static let (panelWidth, panelHeight) = (230.0, 160.0)
  private static let columns = 3

  /// A small picture a line, the first line in each.
  var smallMultiples: String {
    let others = Array(lines.indices.dropFirst())
    let rows = (others.count + Self.columns - 1) / Self.columns
    let (left, top, row) = (64.0, 48.0, Self.panelHeight + 46)
    let width = left + Double(Self.columns) * (Self.panelWidth + 36) + 8
    let height = top + Double(rows) * row + 36
    let (x, y) = axes(marks: (4, 5))
    var parts = [ChartStyle.opening(width: width, height: height, title: title)]
    let all = background(
      ChartFrame(
        x: x, y: y, left: 0, right: Self.panelWidth, top: 0, bottom: Self.panelHeight))
    parts.append("<defs><g id=\"\(backgroundName)\">\(all)</g></defs>")
    for (number, place) in others.enumerated() {
      let (line, column) = (number / Self.columns, number % Self.columns)
      let start = left + Double(column) * (Self.panelWidth + 36)
      let ceiling = top + Double(line) * row + 18
      let frame = ChartFrame(
        x: x, y: y, left: start, right: start + Self.panelWidth, top: ceiling,
        bottom: ceiling + Self.panelHeight)
      parts += frame.grid(namesY: column == 0)
      parts.append("<use href=\"#\(backgroundName)\" x=\"\(start)\" y=\"\(ceiling)\"/>")
      parts.append(
        "<g class=\"s1\">\(frame.path(lines[place], width: 2))\(frame.whisker(lines[place]))</g>")
      parts.append(
        """
        <g class="s1"><text x="\(start)" y="\(ceiling - 6)" fill="currentColor" font-weight="600">\
        \(escaped(lines[place].name))</text></g>
        """)
    }
    let names = lines.first.map {
      "thick: \($0.name); gray: the others; along: \(xLabel); up: \(yLabel)"
    }
    parts.append(
      "<text class=\"words\" x=\"\(left)\" y=\"\(height - 12)\">\(escaped(names ?? ""))</text>")
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  /// What all panels have, drawn once: with twenty lines it would be most of the file.
  private func background(_ frame: ChartFrame) -> String {
    let rest = lines.dropFirst().map { frame.path($0, width: 0.8) }.joined()
    let first = lines.prefix(1).map { frame.band($0) + frame.path($0, width: 2.6) }.joined()
    return "<g class=\"rest\">\(rest)</g><g class=\"s0\">\(first)</g>"
  }

  /// A page holds many pictures, and a name in it is the whole page's.
  private var backgroundName: String {
    "lines-" + "\(title) \(xLabel)".map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
  }
}
