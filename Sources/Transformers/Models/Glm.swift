// GLM-4: half of every head rotates, neighbor with neighbor; gate and up in one product; biases on
// queries, keys and values. The models of 2024 (`glm`) have norms before attention and MLP, those of 2025
// (`glm4`) behind them too.
// Source: ChatGLM, arXiv:2406.12793, section 2; the names are config.json's.

import JSON

extension ModelFamily {
  /// GLM-4 as it was published in 2024.
  public static let glm = glm("glm", classPrefix: "Glm", norms: .before)

  /// GLM-4-0414.
  public static let glm4 = glm(
    "glm4", classPrefix: "Glm4",
    norms: .around([
      "input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm",
      "post_mlp_layernorm",
    ]))

  private static func glm(
    _ modelType: String, classPrefix: String, norms: LayerNorms
  ) -> ModelFamily {
    ModelFamily(
      modelType: modelType,
      classPrefix: classPrefix,
      biases: [LayerBiases(queryKeyValue: true), LayerBiases()],
      headNorms: .none,
      norms: norms,
      fused: FusedProjections(gateAndUp: true),
      rotationPairs: .neighbors,
      usualRotaryShare: 0.5,
      windowRule: .never,
      defaultHeadSize: 128,
      readOwnKeys: { (file, configuration) throws(ModelError) in
        configuration.biases = LayerBiases(
          queryKeyValue: try file.flag("attention_bias") ?? true)
        try SlidingWindow.none(file)
        // What the reference takes where the file is silent.
        if file["rms_norm_eps"] == nil { configuration.rmsNormEpsilon = 0.00000015625 }
        if file["num_key_value_heads"] == nil { configuration.keyValueHeadCount = 2 }
      },
      ownKeys: { configuration in
        ["attention_bias": .boolean(configuration.biases.queryKeyValue)]
      })
  }
}
