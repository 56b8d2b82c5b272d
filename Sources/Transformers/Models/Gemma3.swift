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
    biases: [LayerBiases(), LayerBiases(queryKeyValue: true, attentionOutput: true)],
    headNorms: .each,
    norms: .around,
    normsAddOne: true,
    activation: .geluTanh,
    rotatesWindowsApart: true,
    tiesByDefault: true,
    windowRule: .chosenLayers,
    defaultHeadSize: 256,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      let attention = try file.flag("attention_bias") ?? false
      configuration.biases = LayerBiases(queryKeyValue: attention, attentionOutput: attention)
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
      guard scalar > 0 else {
        throw .badValue(
          file: file.file, key: "query_pre_attn_scalar", reason: "\(scalar) is not above 0")
      }
      configuration.multipliers = Multipliers(
        embedding: Double(configuration.hiddenSize).squareRoot(),
        attention: 1 / scalar.squareRoot())
      let own = try file.object("rope_parameters")?.object("sliding_attention")
      let kind = try own?.string("rope_type") ?? "default"
      guard kind == "default" else {
        throw .unsupported(
          file: file.file, key: "rope_parameters.sliding_attention", found: "\"\(kind)\"",
          supported: ["default"])
      }
      let old = try file.number("rope_local_base_freq")
      configuration.windowTheta = try own?.number("rope_theta") ?? old ?? 10_000
      if file["num_key_value_heads"] == nil { configuration.keyValueHeadCount = 4 }
    },
    ownKeys: { configuration in
      let theta = configuration.windowTheta ?? configuration.ropeTheta
      let full = (configuration.ropeScaling.json ?? ["rope_type": .string("default")])
        .merging(["rope_theta": .number(configuration.ropeTheta)]) { $1 }
      let windowed: JSONValue = ["rope_type": "default", "rope_theta": .number(theta)]
      let scale = configuration.multipliers.attention ?? 1
      var keys = SlidingWindow.chosenKeys(configuration)
      keys["attention_bias"] = .boolean(configuration.biases.queryKeyValue)
      keys["hidden_activation"] = "gelu_pytorch_tanh"
      keys["query_pre_attn_scalar"] = .number(Int((1 / (scale * scale)).rounded()))
      keys["rope_local_base_freq"] = .number(theta)
      keys["rope_parameters"] = [
        "full_attention": .object(JSONObject(full)), "sliding_attention": windowed,
      ]
      return keys
    })
}
