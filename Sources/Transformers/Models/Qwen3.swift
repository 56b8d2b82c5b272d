// Qwen3, dense: heads of a size of their own (128 unless stated), an RMS norm on every head of
// queries and keys before they are rotated, no biases unless `attention_bias` asks for them, and a
// window in layers of its choice.
// Source: Qwen3 Technical Report, arXiv:2505.09388, section 2.

import JSON

extension ModelFamily {
  /// The dense models of Qwen3.
  public static let qwen3 = ModelFamily(
    modelType: "qwen3",
    classPrefix: "Qwen3",
    biases: [LayerBiases(), LayerBiases.attention],
    headNorms: .each,
    windowRule: .chosenLayers,
    defaultHeadSize: 128,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttention(file)
      configuration.slidingWindow = try SlidingWindow.chosen(file)
    },
    ownKeys: { configuration in
      var keys = SlidingWindow.chosenKeys(configuration)
      keys["attention_bias"] = .boolean(configuration.biases.queryKeyValue)
      return keys
    })
}
