// A study as files: pictures, tables, and a page that shows them.

public import Foundation

/// Writes a study's results.
public struct StudyPage: Sendable {
  private let results: StudyResults

  /// Takes what was found.
  public init(_ results: StudyResults) { self.results = results }

  /// Writes `index.html`, `table.md`, `table.csv`, an SVG for every picture, and what rate grids gave,
  /// `tuning.csv`.
  ///
  /// The same ledger and study give the same bytes.
  ///
  /// - Parameter folder: the study's.
  /// - Throws: what a write throws.
  public func write(to folder: URL) throws {
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }
    try write(results.markdown, "table.md")
    try write(results.csv, "table.csv")
    if !results.tuning.isEmpty { try write(results.tuningCSV, "tuning.csv") }
    let outcome = results.outcome.svg
    try write(outcome, "outcome.svg")
    var sections = ["<figure>\n\(outcome)</figure>"]
    for picture in results.plan.pictures {
      var figures: [String] = []
      for axis in picture.axes {
        guard let chart = results.chart(of: picture, over: axis) else { continue }
        try write(chart.svg, "\(picture.file)\(axis == .updates ? "-updates" : "").svg")
        figures.append("<figure>\n\(chart.svg)</figure>")
      }
      sections += figures
    }
    try write(page(sections.joined(separator: "\n")), "index.html")
  }

  private func page(_ pictures: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(results.plan.settings.title))</title>
    <style>
    body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #222; }
    h1 { font-size: 1.6rem; }
    h2 { font-size: 1.2rem; }
    .table { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: .35rem .8rem; text-align: right; border-bottom: 1px solid #e4e4e4; white-space: nowrap; }
    th:first-child { text-align: left; font-weight: 600; }
    thead th { color: #555; font-weight: 500; }
    figure { margin: 2rem 0; }
    svg { width: 100%; height: auto; max-width: 900px; }
    @media (prefers-color-scheme: dark) {
    body { background: #16181c; color: #d4d4d4; }
    th, td { border-color: #34373d; }
    thead th { color: #a8a8a8; }
    }
    </style>
    </head>
    <body>
    <h1>\(escaped(results.plan.settings.title))</h1>
    \(table(results.heads, results.rows.map(results.cells)))
    <p>\(escaped(results.legend))</p>
    \(grids)
    \(pictures)
    </body>
    </html>

    """
  }

  private var grids: String {
    guard !results.tuning.isEmpty else { return "" }
    return "<h2>Rates</h2>\n" + table(results.tuningHeads, results.tuningCells)
      + "\n<p>\(escaped(results.tuningLegend))</p>"
  }

  private func table(_ heads: [String], _ rows: [[String]]) -> String {
    let lines = rows.map { cells in
      "<tr><th>\(escaped(cells.first ?? ""))</th>"
        + cells.dropFirst().map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }
    return """
      <div class="table"><table>
      <thead><tr>\(heads.map { "<th>\(escaped($0))</th>" }.joined())</tr></thead>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }
}
