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
    for (number, place) in others.enumerated() {
      let (line, column) = (number / Self.columns, number % Self.columns)
      let start = left + Double(column) * (Self.panelWidth + 36)
      let ceiling = top + Double(line) * row + 18
      let frame = ChartFrame(
        x: x, y: y, left: start, right: start + Self.panelWidth, top: ceiling,
        bottom: ceiling + Self.panelHeight)
      parts += frame.grid(namesY: column == 0)
      let rest = others.filter { $0 != place }.map { frame.path(lines[$0], width: 0.8) }
      parts.append("<g class=\"rest\">\(rest.joined())</g>")
      parts.append(
        "<g class=\"s0\">\(frame.band(lines[0]))\(frame.path(lines[0], width: 2.6))</g>")
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
}
