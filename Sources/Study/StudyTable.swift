// The table of a study: Markdown for people, CSV for programs.

import Foundation
import Methods

extension StudyResults {
  /// The table as Markdown.
  public var markdown: String {
    var lines = [
      "| arm | seeds | held-out accuracy | against \(arms.first?.name ?? "") |"
        + milestones.map { " tokens (steps) to \(percent($0, digits: 0)) |" }.joined()
        + " length | entropy | tokens |",
      "|---|---|---|---|" + milestones.map { _ in "---|" }.joined() + "---|---|---|",
    ]
    lines += rows.map { row in
      let cells =
        [row.name, "\(row.seeds)", share(row.accuracy), points(row.difference)]
        + row.reached.map(words)
        + [
          row.length.map { number($0.mean, 1) } ?? "–",
          row.entropy.map { number($0.mean, 3) } ?? "–",
          row.tokens.map { thousands($0.mean) } ?? "–",
        ]
      return "| " + cells.joined(separator: " | ") + " |"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The table as CSV, shares from 0 to 1.
  public var csv: String {
    var head = [
      "arm", "seeds", "accuracy", "accuracy_low", "accuracy_high", "difference", "difference_low",
      "difference_high",
    ]
    for milestone in milestones {
      head += ["runs_to_\(milestone)", "tokens_to_\(milestone)", "steps_to_\(milestone)"]
    }
    head += ["length", "entropy", "tokens"]
    let lines = rows.map { row -> [String] in
      func ends(_ estimate: Estimate?) -> [String] {
        estimate.map { ["\($0.mean)", "\($0.low)", "\($0.high)"] } ?? ["", "", ""]
      }
      func plain(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
      return [row.name, "\(row.seeds)"] + ends(row.accuracy) + ends(row.difference)
        + row.reached.flatMap { ["\($0.count)", plain($0.tokens), plain($0.step)] }
        + [plain(row.length?.mean), plain(row.entropy?.mean), plain(row.tokens?.mean)]
    }
    return ([head] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// Every reading of some quantities, a line each.
  func csv(of names: [String]) -> String {
    var lines = ["arm,seed,step,tokens,quantity,value"]
    for arm in arms {
      for seed in arm.runs.keys.sorted() {
        for name in names {
          for point in arm.runs[seed]?.curve(name).points ?? [] {
            lines.append(
              "\(arm.name),\(seed),\(point.step),\(Int(point.tokens)),\(name),\(point.value)")
          }
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  func share(_ estimate: Estimate?) -> String {
    guard let estimate else { return "–" }
    return "\(percent(estimate.mean)) (\(percent(estimate.low))–\(percent(estimate.high)))"
  }

  func points(_ estimate: Estimate?) -> String {
    guard let estimate else { return "" }
    func signed(_ value: Double) -> String {
      (value < 0 ? "−" : "+") + number(abs(value) * 100, 1)
    }
    return "\(signed(estimate.mean)) (\(signed(estimate.low)) to \(signed(estimate.high)))"
  }

  func words(_ reached: Row.Reached) -> String {
    guard let tokens = reached.tokens, let step = reached.step else { return "–" }
    let all = reached.count == reached.of ? "" : ", \(reached.count) of \(reached.of) runs"
    return "\(thousands(tokens)) (\(number(step, 0))\(all))"
  }

  func thousands(_ tokens: Double) -> String { "\(number(tokens / 1000, 0))k" }

  func percent(_ share: Double, digits: Int = 1) -> String { number(share * 100, digits) + "%" }

  private func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
