// What rate grids gave: Markdown for people, CSV for programs.

extension StudyResults {
  /// The seeds of the grids.
  private var tuningSeeds: [Int] { plan.settings.tune.seeds }

  /// The heads of the grids' table.
  var tuningHeads: [String] {
    ["arm", "line of the grid"] + tuningSeeds.map { "seed \($0)" } + ["mean", "chosen"]
  }

  /// Its rows, a line of the grid for every arm.
  var tuningCells: [[String]] {
    tuning.flatMap { result in
      plan.grid.indices.map { line in
        var cells = [result.arm, plan.grid[line].text]
        cells += result.numbers[line].map { $0.map { percent($0) } ?? "–" }
        cells.append(result.means[line].map { percent($0) } ?? "–")
        cells.append(result.chosen == line ? "yes" : "")
        return cells
      }
    }
  }

  /// How the grids are read.
  var tuningLegend: String {
    """
    Rates were chosen before, on seeds of their own: every tuned arm tried every line of the grid, and the \
    line of the best mean is its own in the table above. The numbers are means over the last \
    \(percent(plan.settings.lastShare, digits: 0)) of a run's tokens.
    """
  }

  /// The grids as Markdown; empty where nothing is tuned.
  var tuningMarkdown: String {
    guard !tuning.isEmpty else { return "" }
    return "\n" + markdown([tuningHeads] + tuningCells) + "\n\(tuningLegend)\n"
  }

  /// The grids as CSV, shares from 0 to 1.
  var tuningCSV: String {
    var lines = [["arm", "line"] + tuningSeeds.map { "seed_\($0)" } + ["mean", "chosen"]]
    for result in tuning {
      for line in plan.grid.indices {
        func plain(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
        var cells = [result.arm, plan.grid[line].text]
        cells += result.numbers[line].map(plain)
        cells += [plain(result.means[line]), "\(result.chosen == line)"]
        lines.append(cells)
      }
    }
    return lines.map(csvLine).joined()
  }
}
