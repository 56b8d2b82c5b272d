// SmolLM3: Llama's decoder with layers that do not rotate, every fourth unless `no_rope_layers` lists
// them (1 for a layer that rotates, 0 for one that does not).
// Source: SmolLM3, Hugging Face 2025; layers without positions: RoPE to NoPE and Back Again,
// arXiv:2501.18795.

import JSON

extension ModelFamily {
  /// SmolLM3.
  public static let smolLM3 = ModelFamily(
    modelType: "smollm3",
    classPrefix: "SmolLM3",
    biases: LayerBiases.attentionAndMLP,
    headNorms: .none,
    usualTheta: 2_000_000,
    tiesByDefault: true,
    windowRule: .chosenLayers,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttentionAndMLP(file)
      configuration.slidingWindow = try SlidingWindow.chosen(file)
      configuration.stillLayers = try stillLayers(file)
      // What the reference takes where the file is silent.
      if file["num_key_value_heads"] == nil { configuration.keyValueHeadCount = 4 }
    },
    ownKeys: { configuration in
      var keys = SlidingWindow.chosenKeys(configuration)
      keys.merge(configuration.biases.keys) { $1 }
      keys["no_rope_layers"] = .array(
        (0..<configuration.layerCount).map {
          .number(configuration.stillLayers.contains($0) ? 0 : 1)
        })
      return keys
    })

  /// The layers that do not rotate.
  private static func stillLayers(_ file: JSONFile) throws(ModelError) -> Set<Int> {
    let count = try file.required("num_hidden_layers")
    guard let value = file["no_rope_layers"] else {
      let interval = try file.integer("no_rope_layer_interval") ?? 4
      guard interval >= 1 else {
        throw .badValue(
          file: file.file, key: "no_rope_layer_interval", reason: "\(interval) is not from 1")
      }
      return Set((0..<max(count, 0)).filter { ($0 + 1) % interval == 0 })
    }
    guard case .array(let marks) = value, marks.count == count,
      marks.allSatisfy({ $0 == .integer(0) || $0 == .integer(1) })
    else {
      throw .badValue(
        file: file.file, key: "no_rope_layers", reason: "is not a list of 0 or 1 for every layer")
    }
    return Set(marks.indices.filter { marks[$0] == .integer(0) })
  }
}
