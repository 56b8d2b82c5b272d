// The settings of a configuration one by one, for whoever lists them.

/// A setting or a section, as a recipe writes it.
public struct ConfigurationSetting: Equatable, Sendable {
  /// The dotted key.
  public var key: String
  /// What it takes, in words; nil for a section.
  public var kind: String?
  /// Its value, as YAML; empty for a section.
  public var value: String
}

extension ConfigurationLoader {
  /// Every section and setting of a configuration, in the order of declaration.
  ///
  /// - Parameter value: the configuration.
  /// - Returns: sections before what is in them.
  public static func settings(of value: some Encodable) -> [ConfigurationSetting] {
    settings(of: configurationTree(of: value), under: "")
  }

  /// The names of settings that somebody may have meant, the likeliest first, at most three.
  public static func suggestions(for key: String, among keys: [String]) -> [String] {
    Settings.suggestions(for: key, among: keys)
  }

  private static func settings(
    of tree: ConfigurationValue, under path: String
  ) -> [ConfigurationSetting] {
    guard case .section(let section) = tree else { return [] }
    return section.entries.flatMap { entry -> [ConfigurationSetting] in
      let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      guard case .section(let inner) = entry.value, !inner.isOpen else {
        return [.init(key: key, kind: words(of: entry.value), value: plainYAML(entry.value))]
      }
      return [.init(key: key, value: "")] + settings(of: entry.value, under: key)
    }
  }

  private static func words(of value: ConfigurationValue) -> String {
    guard case .list(_, let element) = value else {
      guard case .section(let section) = value else { return value.words }
      return "names of your own, each with " + (section.element?.words ?? "settings")
    }
    return switch element {
    case .integer: "a list of whole numbers"
    case .number: "a list of numbers"
    default: "a list, such as [a, b]"
    }
  }
}
