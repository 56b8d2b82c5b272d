// The table of a study: Markdown for people, CSV for programs.

import Statistics
import Foundation

extension StudyResults {
  /// The heads of the table that people read.
  var heads: [String] {
    let method = arms.first?.name ?? ""
    var heads = [
      "arm", "seeds", "held-out accuracy", "against \(method)", "p", "p (Holm)", "apart",
    ]
    heads += milestones.map { "tokens (updates) to \(percent($0, digits: 0))" }
    return heads + ["length", "entropy", "tokens", "updates", "seconds"]
  }

  /// A row of it.
  func cells(_ row: Row) -> [String] {
    let comparison = row.comparison
    let apart = (comparison?.difference.mean ?? 0) < 0 ? "below" : "above"
    var cells = [row.name, "\(row.seeds)", share(row.accuracy), points(comparison?.difference)]
    cells += [chance(comparison?.difference.chance), chance(comparison?.adjusted)]
    cells.append(comparison?.isApart == true ? apart : "")
    cells += row.reached.map(words)
    func plain(_ mean: SeedMean?, _ digits: Int) -> String {
      mean.map { number($0.mean, digits) } ?? "–"
    }
    cells += [plain(row.length, 1), plain(row.entropy, 3)]
    cells.append(row.tokens.map { thousands($0.mean) } ?? "–")
    return cells + [plain(row.updates, 0), plain(row.seconds, 0)]
  }

  /// What the numbers of the table and of the pictures are.
  var legend: String {
    """
    Held-out accuracy of a run is its mean over the last \(percent(plan.settings.lastShare, digits: 0)) of the run's \
    tokens, on straight lines between evaluations; the table gives the \
    mean over seeds with its 95% t-interval, which pictures show as a band around the first arm and as a \
    bar at the end of the others. Differences are paired by seed, p is that of the paired t-test, and p \
    (Holm) is corrected for all arms of the study. An arm is apart where that is below 0.05 and the \
    difference is 5 points or more.
    """
  }

  /// The table as Markdown.
  public var markdown: String {
    markdown([heads] + rows.map(cells)) + "\n\(legend)\n" + tuningMarkdown
  }

  /// Lines of cells as a Markdown table, the heads first.
  func markdown(_ lines: [[String]]) -> String {
    let rule = [lines.first?.map { _ in "---" } ?? []]
    return (lines.prefix(1) + rule + lines.dropFirst())
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// The table as CSV, shares from 0 to 1.
  public var csv: String {
    func ends(_ name: String) -> [String] { [name, "\(name)_low", "\(name)_high"] }
    var head = ["arm", "seeds"] + ends("accuracy") + ends("difference") + ["p", "p_holm", "apart"]
    for milestone in milestones {
      head += ["runs_to_\(milestone)", "tokens_to_\(milestone)", "updates_to_\(milestone)"]
    }
    head += ["length", "entropy", "tokens", "updates", "seconds"]
    let lines = rows.map { row -> [String] in
      func ends(_ mean: SeedMean?) -> [String] {
        guard let mean else { return ["", "", ""] }
        guard mean.hasInterval else { return ["\(mean.mean)", "", ""] }
        return ["\(mean.mean)", "\(mean.low)", "\(mean.high)"]
      }
      func plain(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
      let comparison = row.comparison
      let means = [row.length, row.entropy, row.tokens, row.updates, row.seconds]
      var cells = [row.name, "\(row.seeds)"]
      cells += ends(row.accuracy)
      cells += ends(comparison?.difference)
      cells += [plain(comparison?.difference.chance), plain(comparison?.adjusted)]
      cells.append(comparison.map { "\($0.isApart)" } ?? "")
      for reached in row.reached {
        cells += ["\(reached.count)", plain(reached.tokens), plain(reached.updates)]
      }
      return cells + means.map { plain($0?.mean) }
    }
    return ([head] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  private func share(_ mean: SeedMean?) -> String {
    guard let mean else { return "–" }
    guard mean.hasInterval else { return percent(mean.mean) }
    return "\(percent(mean.mean)) (\(percent(mean.low))–\(percent(mean.high)))"
  }

  private func points(_ mean: SeedMean?) -> String {
    guard let mean else { return "" }
    func signed(_ value: Double) -> String {
      (value < 0 ? "−" : "+") + number(abs(value) * 100, 1)
    }
    guard mean.hasInterval else { return signed(mean.mean) }
    return "\(signed(mean.mean)) (\(signed(mean.low)) to \(signed(mean.high)))"
  }

  private func chance(_ value: Double?) -> String {
    guard let value else { return "" }
    return value < 0.0005 ? "<0.001" : number(value, 3)
  }

  private func words(_ reached: Row.Reached) -> String {
    guard let tokens = reached.tokens, let updates = reached.updates else { return "–" }
    let all = reached.count == reached.of ? "" : ", \(reached.count) of \(reached.of) runs"
    return "\(thousands(tokens)) (\(number(updates, 0))\(all))"
  }

  private func thousands(_ tokens: Double) -> String { "\(number(tokens / 1000, 0))k" }

  func percent(_ share: Double, digits: Int = 1) -> String { number(share * 100, digits) + "%" }

  private func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
