// Gemma 3, the text models: norms before and behind attention and MLP, their weights added to one;
// embeddings times √D; a norm on every head; a window in five layers of six, which also rotate by a base
// of their own; GELU in the MLP.
// Source: Gemma 3 Technical Report, arXiv:2503.19786, section 2.

import JSON

extension ModelFamily {
  /// The text models of Gemma 3.
  public static let gemma3 = ModelFamily(
    modelType: "gemma3_text",
    classPrefix: "Gemma3",
    biases: [LayerBiases(), LayerBiases.attention],
    headNorms: .each,
    norms: .around([
      "input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
      "post_feedforward_layernorm",
    ]),
    normsAddOne: true,
    activation: .geluTanh,
    usualTheta: 1_000_000,
    rotatesWindowsApart: true,
    tiesByDefault: true,
    windowRule: .chosenLayers,
    defaultHeadSize: 256,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttention(file)
      for key in ["attn_logit_softcapping", "final_logit_softcapping"] where file[key] != nil {
        throw .unsupported(
          file: file.file, key: key, found: "a cap of logits", supported: ["null"])
      }
      if try file.flag("use_bidirectional_attention") ?? false {
        throw .unsupported(
          file: file.file, key: "use_bidirectional_attention", found: "true", supported: ["false"])
      }
      configuration.slidingWindow = try SlidingWindow.patterned(file, usual: 6)
      let scalar = try file.number("query_pre_attn_scalar") ?? 256
      guard (1...1_048_576).contains(scalar) else {
        throw .badValue(
          file: file.file, key: "query_pre_attn_scalar",
          reason: "\(scalar) is not from 1 to 1048576")
      }
      configuration.multipliers = Multipliers(
        embedding: Double(configuration.hiddenSize).squareRoot(),
        attention: 1 / scalar.squareRoot())
      let old = try file.number("rope_local_base_freq")
      configuration.windowTheta = try RopeScaling.windowTheta(file) ?? old ?? 10_000
      if file["num_key_value_heads"] == nil { configuration.keyValueHeadCount = 4 }
    },
    ownKeys: { configuration in
      let scale = configuration.multipliers.attention ?? 1
      var keys = SlidingWindow.chosenKeys(configuration)
      keys["attention_bias"] = .boolean(configuration.biases.queryKeyValue)
      keys["hidden_activation"] = "gelu_pytorch_tanh"
      keys["query_pre_attn_scalar"] = .number(Int((1 / (scale * scale)).rounded()))
      keys["rope_local_base_freq"] = .number(
        configuration.windowTheta ?? configuration.ropeTheta)
      keys["rope_parameters"] = configuration.ropeParametersByKind
      return keys
    })
}
