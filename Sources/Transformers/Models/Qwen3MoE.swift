// Qwen3, mixtures of experts: the attention of dense Qwen3, and in every layer, or every so manieth but
// those of `mlp_only_layers`, many small MLPs of which a token goes through a few.
// Source: Qwen3 Technical Report, arXiv:2505.09388, section 2.

import JSON

extension ModelFamily {
  /// The mixtures of experts of Qwen3.
  public static let qwen3MoE = ModelFamily(
    modelType: "qwen3_moe",
    classPrefix: "Qwen3Moe",
    biases: [LayerBiases(), LayerBiases.attention],
    headNorms: .each,
    windowRule: .everyLayer,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttention(file)
      if try file.flag("use_sliding_window") ?? false {
        configuration.slidingWindow = try SlidingWindow.everywhere(file)
      }
      let (named, other) = (try file.integer("num_experts"), try file.integer("num_local_experts"))
      configuration.experts = ExpertShape(
        count: named ?? other ?? 128, perToken: try file.integer("num_experts_per_tok") ?? 8,
        width: try file.integer("moe_intermediate_size") ?? 768,
        normalizesShares: try file.flag("norm_topk_prob") ?? false,
        layers: try expertLayers(file, configuration.layerCount))
      if file["num_key_value_heads"] == nil { configuration.keyValueHeadCount = 4 }
    },
    ownKeys: { configuration in
      guard let experts = configuration.experts else { return [:] }
      let dense = (0..<configuration.layerCount).filter { !experts.layers.contains($0) }
      return [
        "attention_bias": .boolean(configuration.biases.queryKeyValue),
        "use_sliding_window": .boolean(configuration.slidingWindow != nil),
        "sliding_window": configuration.slidingWindow.map { .number($0.length) } ?? .null,
        "num_experts": .number(experts.count),
        "num_experts_per_tok": .number(experts.perToken),
        "moe_intermediate_size": .number(experts.width),
        "norm_topk_prob": .boolean(experts.normalizesShares),
        "decoder_sparse_step": .number(1),
        "mlp_only_layers": .array(dense.map(JSONValue.number)),
      ]
    })

  /// The layers that have experts.
  private static func expertLayers(
    _ file: JSONFile, _ layerCount: Int
  ) throws(ModelError) -> Set<Int> {
    let interval = try file.integer("decoder_sparse_step") ?? 1
    guard interval >= 1 else {
      throw .badValue(
        file: file.file, key: "decoder_sparse_step", reason: "\(interval) is not from 1")
    }
    let dense = Set(try file.tokens("mlp_only_layers"))
    return Set((0..<layerCount).filter { !dense.contains($0) && ($0 + 1) % interval == 0 })
  }
}
