// OLMo 3: OLMo 2 with a window in three layers of four; stretched frequencies are for the other layers
// alone.
// Source: Olmo 3, Allen Institute for AI 2025, section 3.

import JSON

extension ModelFamily {
  /// OLMo 3.
  public static let olmo3 = ModelFamily(
    modelType: "olmo3",
    classPrefix: "Olmo3",
    biases: [LayerBiases(), LayerBiases.attention],
    headNorms: .whole,
    norms: .after,
    usualTheta: 500_000,
    rotatesWindowsApart: true,
    windowRule: .chosenLayers,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttention(file)
      configuration.slidingWindow = try SlidingWindow.patterned(file, usual: 4)
      configuration.windowTheta = try RopeScaling.windowTheta(file) ?? configuration.ropeTheta
      // What the reference takes where the file is silent.
      if file["rms_norm_eps"] == nil { configuration.rmsNormEpsilon = 1e-5 }
    },
    ownKeys: { configuration in
      var keys = SlidingWindow.chosenKeys(configuration)
      keys["attention_bias"] = .boolean(configuration.biases.queryKeyValue)
      keys["rope_parameters"] = configuration.ropeParametersByKind
      return keys
    })
}
