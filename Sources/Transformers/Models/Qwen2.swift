// Qwen2 and Qwen2.5: the plain decoder (grouped-query attention, rotary positions, RMS norms, a
// gated MLP) with biases on the query, key and value projections and on nothing else.
// Source: Qwen2 Technical Report, arXiv:2407.10671, section 2.2.1.

extension ModelFamily {
  /// Qwen2, Qwen2.5.
  public static let qwen2 = ModelFamily(
    modelType: "qwen2",
    classPrefix: "Qwen2",
    hasAttentionBias: true,
    check: { file throws(ModelError) in
      // A window counts only when it is switched on, given, and begins below the last layer.
      let layers = try file.required("num_hidden_layers")
      let firstWindowed = try file.integer("max_window_layers") ?? layers
      if try file.flag("use_sliding_window") ?? false, let window = file["sliding_window"],
        firstWindowed < layers
      {
        throw .unsupported(
          file: file.file, key: "use_sliding_window", found: "a window of \(window.text())",
          supported: ["full attention in every layer"])
      }
      for type in try file.strings("layer_types") where type != "full_attention" {
        throw .unsupported(
          file: file.file, key: "layer_types", found: "\"\(type)\"", supported: ["full_attention"])
      }
    },
    ownKeys: { configuration in
      [
        "use_sliding_window": .boolean(false),
        "sliding_window": .null,
        "max_window_layers": .number(configuration.layerCount),
        "layer_types": .array(
          Array(repeating: .string("full_attention"), count: configuration.layerCount)),
      ]
    })
}
