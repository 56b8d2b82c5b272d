// A study as files: pictures, tables, and a page that shows them.

public import Foundation

/// Writes a study's results.
public struct StudyPage: Sendable {
  /// A picture: a quantity of every arm over tokens.
  private struct Picture {
    var file: String
    var title: String
    var metric: String
    var yLabel: String
    var range: ClosedRange<Double>?
  }

  private static let pictures = [
    Picture(
      file: "accuracy", title: "Held-out accuracy", metric: StudyResults.accuracy,
      yLabel: "share of right answers (avg@k)", range: 0...1),
    Picture(
      file: "length", title: "Response length", metric: "response_length/mean",
      yLabel: "tokens", range: 0...1),
    Picture(
      file: "entropy", title: "Entropy of the policy", metric: "actor/entropy", yLabel: "nats",
      range: 0...0.1),
    Picture(
      file: "explained-variance", title: "Explained variance of the critic",
      metric: "critic/vf_explained_var", yLabel: "share of the returns' variance", range: 0...1),
    Picture(
      file: "direct-answers", title: "Answers without working", metric: "vapo/direct_answers",
      yLabel: "share of responses", range: 0...0.1),
  ]

  private let results: StudyResults
  /// Arms of a picture: more lines than that nobody can tell apart.
  private static let mostLines = 8

  /// Takes what was found.
  public init(_ results: StudyResults) { self.results = results }

  /// Writes `index.html`, `table.md`, `table.csv`, and for every picture an SVG and its numbers.
  ///
  /// - Parameter folder: the study's.
  /// - Throws: what a write throws.
  public func write(to folder: URL) throws {
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }
    try write(results.markdown, "table.md")
    try write(results.csv, "table.csv")
    var sections: [String] = []
    for picture in Self.pictures {
      try write(results.csv(of: picture.metric), "\(picture.file).csv")
      for (number, chart) in charts(of: picture).enumerated() {
        let name = number == 0 ? picture.file : "\(picture.file)-\(number + 1)"
        try write(chart.svg, "\(name).svg")
        sections.append("<figure>\n\(chart.svg)</figure>")
      }
    }
    try write(page(sections.joined(separator: "\n")), "index.html")
  }

  /// The first arm beside the others, seven at a time.
  private func charts(of picture: Picture) -> [Chart] {
    guard let method = results.arms.first else { return [] }
    let others = Array(results.arms.dropFirst())
    return stride(from: 0, to: max(1, others.count), by: Self.mostLines - 1).compactMap { start in
      let part = others[min(start, others.count)..<min(start + Self.mostLines - 1, others.count)]
      let lines = ([method] + part).map { results.line($0, picture.metric) }
        .filter { !$0.points.isEmpty }
      guard !lines.isEmpty else { return nil }
      return Chart(
        title: picture.title, xLabel: "response tokens generated", yLabel: picture.yLabel,
        lines: lines, yRange: picture.range)
    }
  }

  private func page(_ pictures: String) -> String {
    let rows = results.rows.map { row in
      let cells =
        ["\(row.seeds)", results.share(row.accuracy), results.points(row.difference)]
        + row.reached.map(results.words)
      return "<tr><th>\(escaped(row.name))</th>"
        + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }
    let head =
      ["arm", "seeds", "held-out accuracy", "against \(results.arms.first?.name ?? "")"]
      + results.milestones.map { "tokens (steps) to \(results.percent($0, digits: 0))" }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(results.title))</title>
      <style>
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #222; }
      h1 { font-size: 1.6rem; }
      .table { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: .35rem .8rem; text-align: right; border-bottom: 1px solid #e4e4e4; white-space: nowrap; }
      th:first-child { text-align: left; font-weight: 600; }
      thead th { color: #555; font-weight: 500; }
      figure { margin: 2rem 0; }
      svg { width: 100%; height: auto; max-width: 900px; }
      </style>
      </head>
      <body>
      <h1>\(escaped(results.title))</h1>
      <p>Means over seeds; in brackets, and as bands, 95% bootstrap intervals.</p>
      <div class="table"><table>
      <thead><tr>\(head.map { "<th>\(escaped($0))</th>" }.joined())</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      </table></div>
      \(pictures)
      </body>
      </html>

      """
  }
}
