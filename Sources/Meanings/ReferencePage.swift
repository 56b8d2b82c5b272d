// The pages docs/settings.md, docs/metrics.md and docs/troubleshooting.md, written from the program's own tables.

import Alarms

/// A page of reference, as Markdown.
public enum ReferencePage: String, CaseIterable, Sendable {
  /// Every setting.
  case settings
  /// Every metric.
  case metrics
  /// Every alarm of the dashboard: what goes wrong, and what to try.
  case troubleshooting

  /// The page's file in the folder `docs`.
  public var fileName: String { "\(rawValue).md" }

  /// The page's text.
  public var text: String {
    switch self {
    case .settings: Self.settingsText
    case .metrics: Self.metricsText
    case .troubleshooting: Self.troubleshootingText
    }
  }

  private static var settingsText: String {
    let top = SettingEntry.all.filter { $0.isSection && !$0.key.contains(".") }
    let sections = top.map { section -> String in
      let inside = SettingEntry.all.filter { $0.key.hasPrefix("\(section.key).") }
      let rows = inside.map { $0.isSection ? row("`\($0.key)`", "", $0.words) : row(of: $0) }
      return """
        ## \(section.key)

        \(cell(section.words))

        | setting | by default | what it is |
        |---|---|---|
        \(rows.joined(separator: "\n"))
        """
    }
    return """
      # Settings

      Every setting of a run, as `vapo explain KEY` tells it too. A recipe is a YAML file of these, and any of
      them can be given on the command line as `key=value`. The defaults are VAPO's; `algorithm=grpo` lays
      another method's over them, and what each method sets is said here. verl's and TRL's names are given
      where they differ or where TRL has the setting; verl's section `actor_rollout_ref` may stand in front
      as it does there. This page is written by the program (`vapo explain --pages docs`).

      \(sections.joined(separator: "\n\n"))

      """
  }

  private static func row(of entry: SettingEntry) -> String {
    var words = [entry.words]
    words += entry.choices.map { choice in
      "`\(choice.name)`" + (choice.words.isEmpty ? "" : ": \(choice.words)")
    }
    if !entry.byMethod.isEmpty {
      let values = entry.byMethod.map { "\($0.method) `\($0.value)`" }
      words.append("By method: \(values.joined(separator: ", ")).")
    }
    let own = entry.key.split(separator: ".").last
    if let verl = entry.verl, verl.split(separator: ".").last != own {
      words.append("verl: `\(verl)`.")
    }
    if let trl = entry.trl { words.append("TRL: `\(trl)`.") }
    return row("`\(entry.key)`", "`\(entry.standard)`", words.joined(separator: "\n"))
  }

  private static var metricsText: String {
    let families: [(String, [MetricEntry])] = [
      ("The rollout", MetricEntry.rollout), ("Credit and critic", MetricEntry.credit),
      ("Updates", MetricEntry.update), ("The course of a run", MetricEntry.course),
    ]
    let sections = families.map { title, entries -> String in
      let rows = entries.map { entry in
        var words = [entry.words]
        if !entry.advice.isEmpty { words.append("*\(entry.advice)*") }
        if !entry.trl.isEmpty { words.append("TRL: `\(entry.trl)`.") }
        return "| `\(entry.name)` | \(cell(words.joined(separator: "\n"))) |"
      }
      return """
        ## \(title)

        | metric | what it is |
        |---|---|
        \(rows.joined(separator: "\n"))
        """
    }
    return """
      # Metrics

      Every number of a run's `metrics.jsonl`, one line a step, as `vapo explain NAME` tells it too. Names are
      verl's where verl has the number, and begin with `vapo/` where it has not. Words in capitals stand for
      what a run puts there. In italics: what a run that learns shows, and what to try where it does not.
      This page is written by the program (`vapo explain --pages docs`).

      \(sections.joined(separator: "\n\n"))

      """
  }

  private static var troubleshootingText: String {
    let sections = AlarmRule.all.map { rule in
      """
      ## \(rule.title)

      *\(rule.level == .alarm ? "Alarm" : "Note") `\(rule.name)`: \(rule.when).* \
      Read from \(rule.metrics.map { "`\($0)`" }.joined(separator: ", ")).

      \(rule.advice)
      """
    }
    return """
      # Troubleshooting

      What goes wrong when a model is trained, how the numbers of a run show it, and what to try, in the order in
      which to look. `./vapo dashboard` says these of a run by itself, with its numbers; they inform and stop
      nothing. Steps are those of reinforcement learning; single ones are noise, so means of ten are looked at. For
      any metric named here `vapo explain NAME` says what it is, for any setting what it does. This page is written
      by the program (`vapo explain --pages docs`).

      \(sections.joined(separator: "\n\n"))

      """
  }

  private static func row(_ key: String, _ standard: String, _ words: String) -> String {
    "| \(key) | \(cell(standard)) | \(cell(words)) |"
  }

  /// Text as a cell of a table has it.
  private static func cell(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "|": result += "\\|"
      case "\n": result += "<br>"
      default: result.append(character)
      }
    }
    return result
  }
}
