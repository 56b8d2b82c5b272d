// Llama 2, 3, 3.1 and what shares their shape: the plain decoder without biases, unless
// `attention_bias` or `mlp_bias` asks for them; from 3.1 on with stretched rotary frequencies.
// `pretraining_tp`, into how many slices some old code cut a product, changes no result.
// Source: Llama 2, arXiv:2307.09288, section 2.2; The Llama 3 Herd of Models, arXiv:2407.21783,
// section 3.2.

import JSON

extension ModelFamily {
  /// Llama.
  public static let llama = ModelFamily(
    modelType: "llama",
    classPrefix: "Llama",
    biases: LayerBiases.attentionAndMLP,
    headNorms: .none,
    windowRule: .never,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttentionAndMLP(file)
      try SlidingWindow.none(file)
    },
    ownKeys: { configuration in
      configuration.biases.keys.merging(["pretraining_tp": .number(1)]) { $1 }
    })
}
