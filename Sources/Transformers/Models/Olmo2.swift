// OLMo 2: norms stand behind attention and MLP, before what they give joins the stream, and none before
// them; queries and keys are normalized over all heads at once.
// Source: 2 OLMo 2 Furious, arXiv:2501.00656, section 3.2.

import JSON

extension ModelFamily {
  /// OLMo 2.
  public static let olmo2 = ModelFamily(
    modelType: "olmo2",
    classPrefix: "Olmo2",
    biases: [LayerBiases(), LayerBiases.attention],
    headNorms: .whole,
    norms: .after,
    windowRule: .never,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttention(file)
      try SlidingWindow.none(file)
      // What the reference takes where the file is silent.
      if file["rms_norm_eps"] == nil { configuration.rmsNormEpsilon = 1e-5 }
    },
    ownKeys: { configuration in
      ["attention_bias": .boolean(configuration.biases.queryKeyValue)]
    })
}
