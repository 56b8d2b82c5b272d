// Settings that stand under keys of the user's choice, such as one set of them a data source.

/// Settings that a dictionary of a recipe may hold: those of a new key start from the defaults, so
/// that what is not written has its usual value and what is written is checked like any setting.
public protocol KeyedSettings: Codable {
  /// The defaults.
  init()
}
