// What `vapo explain` says of a name: a setting, a section of them, a metric, or a family of them.

import Alarms
public import Settings

/// Words about one name.
public enum Explanation {
  /// Says what a setting, a metric or an alarm is.
  ///
  /// - Parameter name: a key such as `actor.clip_ratio_high`, a section such as `actor`, a metric such as
  ///   `critic/vf_explained_var`, what several metrics begin with, such as `rollout_corr`, or an alarm of the
  ///   dashboard, such as `critic-blind`.
  /// - Returns: several lines.
  /// - Throws: ``ConfigurationError`` where nothing has this name, with the nearest that does.
  public static func words(of name: String) throws(ConfigurationError) -> String {
    if let setting = SettingEntry.entry(of: name) {
      return setting.isSection ? section(setting) : text(of: setting)
    }
    if let metric = MetricEntry.entry(of: name) { return text(of: metric) }
    if let alarm = AlarmRule.all.first(where: { $0.name == name }) { return text(of: alarm) }
    let beginning = name.hasSuffix("/") ? name : "\(name)/"
    let family = MetricEntry.all.filter { entry in
      entry.spellings.contains { $0.hasPrefix(beginning) }
    }
    if !family.isEmpty { return lines(family.map { ($0.name, $0.words) }) }
    throw .refused(refusal(of: name))
  }

  /// The sections of a recipe and what metrics begin with: where to start reading.
  public static var overview: String {
    let sections = SettingEntry.all.filter { $0.isSection && !$0.key.contains(".") }
    var families: [String] = []
    for entry in MetricEntry.all {
      let family = entry.spellings[0].prefix { $0 != "/" }
      if !families.contains(String(family)) { families.append(String(family)) }
    }
    return """
      Settings, by section: vapo explain actor, vapo explain actor.optim.lr
      \(lines(sections.map { ($0.key, $0.words) }))

      Metrics, by their beginning: vapo explain actor/, vapo explain actor/entropy
      \(families.map { "  \($0)/" }.joined(separator: "\n"))

      What goes wrong, and what to try: vapo explain critic-blind
      \(lines(AlarmRule.all.map { ($0.name, "\($0.title).") }))
      """
  }

  private static func refusal(of name: String) -> String {
    let isMetric = name.contains("/")
    let names =
      isMetric ? MetricEntry.all.flatMap(\.spellings) : SettingEntry.all.map(\.key)
    let near = ConfigurationLoader.suggestions(for: name, among: names)
    let hint =
      near.isEmpty
      ? "`vapo explain` lists all there is" : "did you mean \(near.joined(separator: " or "))?"
    return "there is no \(isMetric ? "metric" : "setting") \(name.prefix(100)); \(hint)"
  }

  private static func text(of setting: SettingEntry) -> String {
    var facts = [("takes", setting.kind ?? ""), ("by default", setting.standard)]
    if !setting.choices.isEmpty {
      facts[0].1 = setting.standard.hasPrefix("[") ? "a list of these" : "one of these"
    }
    // A value and the methods that have it, in the order of the methods.
    var values: [(value: String, methods: [String])] = []
    for one in setting.byMethod {
      if let place = values.firstIndex(where: { $0.value == one.value }) {
        values[place].methods.append(one.method)
      } else {
        values.append((one.value, [one.method]))
      }
    }
    for (value, methods) in values {
      facts.append((value, "in \(methods.joined(separator: ", "))"))
    }
    if let verl = setting.verl { facts.append(("in verl", verl)) }
    if let trl = setting.trl { facts.append(("in TRL", trl)) }
    let choices = setting.choices.map { ("  \($0.name)", $0.words) }
    return """
      \(setting.key)
      \(wrapped(setting.words, indentation: "  "))
      \(lines([facts[0]] + choices + facts.dropFirst()))
      """
  }

  private static func text(of metric: MetricEntry) -> String {
    var parts = [metric.name, wrapped(metric.words, indentation: "  ")]
    if !metric.advice.isEmpty { parts.append(wrapped(metric.advice, indentation: "  ")) }
    if !metric.trl.isEmpty { parts.append(lines([("in TRL", metric.trl)])) }
    return parts.joined(separator: "\n")
  }

  private static func text(of alarm: AlarmRule) -> String {
    """
    \(alarm.name)
    \(wrapped("\(alarm.title): \(alarm.when).", indentation: "  "))
    \(wrapped(alarm.advice, indentation: "  "))
    """
  }

  private static func section(_ section: SettingEntry) -> String {
    let inside = SettingEntry.all.filter { entry in
      entry.key.hasPrefix("\(section.key).")
        && !entry.key.dropFirst(section.key.count + 1).contains(".")
    }
    let rows = inside.map { entry in
      (
        entry.key,
        entry.isSection ? "\(entry.words) A section." : "\(entry.standard) · \(entry.words)"
      )
    }
    return """
      \(section.key)
      \(wrapped(section.words, indentation: "  "))
      \(lines(rows))
      """
  }

  /// The columns that a terminal is sure to have.
  private static let width = 80

  /// Two columns: names, and words that are broken under themselves.
  private static func lines(_ rows: [(name: String, words: String)]) -> String {
    let widest = min(34, rows.reduce(0) { max($0, $1.name.count) })
    let gap = String(repeating: " ", count: widest + 4)
    return rows.map { name, words in
      let text = wrapped(words, indentation: gap)
      guard name.count <= widest else { return "  \(name)\n\(text)" }
      let padding = String(repeating: " ", count: widest - name.count + 2)
      return words.isEmpty ? "  \(name)" : "  \(name)\(padding)\(text.dropFirst(gap.count))"
    }.joined(separator: "\n")
  }

  /// Words in lines of at most 80 columns.
  private static func wrapped(_ words: String, indentation: String) -> String {
    var lines: [String] = []
    var line = indentation
    for word in words.split(separator: " ") {
      if line.count + word.count + 1 > width, line.count > indentation.count {
        lines.append(line)
        line = indentation
      }
      line += line.count == indentation.count ? String(word) : " \(word)"
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
