// A window on the past: a token of a windowed layer sees itself and the tokens just before it, not
// the whole text. Source: Longformer, arXiv:2004.05150, section 3.1, read causally.

import JSON

/// How far back some layers see.
public struct SlidingWindow: Equatable, Sendable {
  /// The tokens that a token sees, itself included.
  public var length: Int
  /// The numbers of the layers that have the window.
  public var layers: Set<Int>

  /// A window of `length` tokens in these layers.
  public init(length: Int, layers: Set<Int>) {
    self.length = length
    self.layers = layers
  }
}

extension SlidingWindow {
  private static let (full, windowed) = ("full_attention", "sliding_attention")

  /// The window of a family whose config.json gives it by `use_sliding_window`, and by
  /// `layer_types` or, in older files, as the layers from `max_window_layers` on.
  ///
  /// What is missing has the reference's defaults.
  static func chosen(_ file: JSONFile) throws(ModelError) -> SlidingWindow? {
    let layerCount = try file.required("num_hidden_layers")
    let length = try self.length(file, isOn: file.flag("use_sliding_window") ?? false)
    guard let types = try types(file, layerCount) else {
      guard let length else { return nil }
      let first = max(try file.integer("max_window_layers") ?? 28, 0)
      let layers = first < layerCount ? Set(first..<layerCount) : []
      return layers.isEmpty ? nil : SlidingWindow(length: length, layers: layers)
    }
    let layers = Set(types.indices.filter { types[$0] == windowed })
    guard !layers.isEmpty else { return nil }
    guard let length else {
      throw .badValue(
        file: file.file, key: "layer_types",
        reason: "names \(windowed), and use_sliding_window and sliding_window give no window")
    }
    return SlidingWindow(length: length, layers: layers)
  }

  /// The window of a family that has it in all layers but every so manieth, unless `layer_types` says
  /// which.
  static func patterned(_ file: JSONFile, usual: Int) throws(ModelError) -> SlidingWindow? {
    let layerCount = try file.required("num_hidden_layers")
    guard let length = try self.length(file, isOn: true) else { return nil }
    let interval = try file.integer("sliding_window_pattern") ?? usual
    guard interval >= 1 else {
      throw .badValue(
        file: file.file, key: "sliding_window_pattern", reason: "\(interval) is not from 1")
    }
    let types = try types(file, layerCount)
    let layers = (0..<max(layerCount, 0)).filter { layer in
      types.map { $0[layer] == windowed } ?? ((layer + 1) % interval != 0)
    }
    return layers.isEmpty ? nil : SlidingWindow(length: length, layers: Set(layers))
  }

  /// The window of a family that has it in every layer or in none.
  static func everywhere(_ file: JSONFile) throws(ModelError) -> SlidingWindow? {
    let layerCount = try file.required("num_hidden_layers")
    let length = try self.length(file, isOn: true)
    try requireTypes(file, layerCount, length == nil ? full : windowed)
    return length.map { SlidingWindow(length: $0, layers: Set(0..<max(layerCount, 0))) }
  }

  /// Refuses a window in a family that has none.
  static func none(_ file: JSONFile) throws(ModelError) {
    try requireTypes(file, file.required("num_hidden_layers"), full)
  }

  private static func requireTypes(
    _ file: JSONFile, _ layerCount: Int, _ wanted: String
  ) throws(ModelError) {
    for type in try types(file, layerCount) ?? [] where type != wanted {
      throw .unsupported(
        file: file.file, key: "layer_types", found: "\"\(type)\" in this family",
        supported: [wanted])
    }
  }

  private static func length(_ file: JSONFile, isOn: Bool) throws(ModelError) -> Int? {
    guard isOn else { return nil }
    guard file.fields["sliding_window"] != nil else { return 4096 }
    guard let length = try file.integer("sliding_window") else { return nil }
    guard length >= 1 else {
      throw .badValue(file: file.file, key: "sliding_window", reason: "\(length) is not from 1")
    }
    return length
  }

  /// The kind of every layer; nil when the file does not list them.
  private static func types(_ file: JSONFile, _ layerCount: Int) throws(ModelError) -> [String]? {
    guard file["layer_types"] != nil else { return nil }
    let types = try file.strings("layer_types")
    for type in types where type != full && type != windowed {
      throw .unsupported(
        file: file.file, key: "layer_types", found: "\"\(type)\"", supported: [full, windowed])
    }
    guard types.count == layerCount else {
      throw .badValue(
        file: file.file, key: "layer_types",
        reason: "names \(types.count) layers of \(layerCount)")
    }
    return types
  }

  /// The keys of a family that chooses its windowed layers.
  static func chosenKeys(_ configuration: ModelConfiguration) -> [String: JSONValue] {
    let window = configuration.slidingWindow
    let layers = window?.layers ?? []
    return [
      "use_sliding_window": .boolean(window != nil),
      "sliding_window": window.map { .number($0.length) } ?? .null,
      "max_window_layers": .number(layers.min() ?? configuration.layerCount),
      "layer_types": .array(
        (0..<configuration.layerCount).map { .string(layers.contains($0) ? windowed : full) }),
    ]
  }
}
