// What a setting is: its key, what it takes, what it does, and what it is called elsewhere.

import Foundation
import Methods
import Settings

/// A choice of a setting that takes one of several words.
public struct SettingChoice: Sendable, Equatable {
  /// The word.
  public let name: String
  /// What it does; empty where the word says it.
  public let words: String
}

/// What a method sets a setting to.
public struct MethodValue: Sendable, Equatable {
  /// The method's name, such as `dapo`.
  public let method: String
  /// The value, as YAML.
  public let value: String
}

/// A setting of a run, or a section of settings.
public struct SettingEntry: Sendable, Equatable {
  /// The dotted key, such as `actor.optim.lr`.
  public let key: String
  /// What it does.
  public let words: String
  /// What it may be; empty where it takes any value of its kind.
  public let choices: [SettingChoice]
  /// What it takes, in words; nil for a section.
  public let kind: String?
  /// What it is where nothing is said, as YAML; empty for a section.
  public let standard: String
  /// What methods set it to, where that is not the standard value.
  public let byMethod: [MethodValue]
  /// verl's name; nil where verl has no such setting.
  public let verl: String?
  /// TRL's name; nil where TRL has no such setting.
  public let trl: String?

  /// Whether it is a section.
  public var isSection: Bool { kind == nil }

  /// Every section and setting of a run, in the order of a recipe.
  public static let all: [SettingEntry] = {
    let standard = RunConfiguration()
    let methods = Preset.allCases.map { preset in
      (preset.rawValue, differences(of: preset, from: standard))
    }
    let texts = SettingText.all
    return ConfigurationLoader.settings(of: standard).map { setting in
      let text = texts[setting.key]
      let elsewhere = NamesElsewhere.of(setting.key)
      return SettingEntry(
        key: setting.key, words: text?.words ?? "", choices: text?.choices ?? [],
        kind: setting.kind, standard: setting.value,
        byMethod: methods.compactMap { name, changed in
          changed[setting.key].map { MethodValue(method: name, value: $0) }
        },
        verl: elsewhere.verl, trl: elsewhere.trl)
    }
  }()

  /// The entry of a key as somebody writes it: with verl's prefix, or under a name of their own.
  ///
  /// - Parameter key: such as `actor_rollout_ref.actor.optim.lr` or `reward.parts.style.verifier`.
  /// - Returns: nil where there is no such setting.
  public static func entry(of key: String) -> SettingEntry? {
    var path = key.split(separator: ".", omittingEmptySubsequences: false)
    if path.first == "actor_rollout_ref" { path.removeFirst() }
    // What stands under names of a user's own is what stands around them.
    for open in ["by_source", "parts"]
    where path.count > 3 && path[0] == "reward" && path[1] == open {
      path.removeSubrange(1...2)
    }
    let plain = path.joined(separator: ".")
    return all.first { $0.key == plain } ?? all.first { $0.verl == key }
  }

  private static func differences(
    of preset: Preset, from standard: RunConfiguration
  ) -> [String: String] {
    guard
      let configuration = try? RunConfiguration.load(
        recipe: nil, overrides: ["algorithm.preset=\(preset.rawValue)"])
    else { return [:] }
    let found = ConfigurationLoader.differences(between: standard, and: configuration)
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.new) })
  }
}

/// The words of a setting, as its declaration has them.
package struct SettingText {
  var words: String
  var choices: [SettingChoice] = []

  /// By key.
  package static let all: [String: SettingText] = {
    var result: [String: SettingText] = [:]
    var key = ""
    for line in (settingTexts + "\n" + laterSettingTexts).split(separator: "\n") {
      let isInside = line.hasPrefix("  ")
      let parts = line.drop { $0 == " " }.split(separator: ": ", maxSplits: 1).map(String.init)
      let words = parts.count > 1 ? parts[1] : ""
      if !isInside {
        key = parts[0]
        result[key] = SettingText(words: words)
      } else if parts[0].hasPrefix("= ") {
        let other = parts[0].dropFirst(2) + "."
        for (name, text) in result where name.hasPrefix(other) {
          result["\(key).\(name.dropFirst(other.count))"] = text
        }
      } else {
        let names = words.isEmpty ? parts[0].components(separatedBy: ", ") : [parts[0]]
        result[key]?.choices += names.map { SettingChoice(name: $0, words: words) }
      }
    }
    return result
  }()
}
