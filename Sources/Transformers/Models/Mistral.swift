// Mistral: the plain decoder without biases, heads of a size of their own where `head_dim` states
// it, and one sliding window for every layer, or none where `sliding_window` is null. A file that
// does not name the key means a window of 4096, as the reference has it.
// Source: Mistral 7B, arXiv:2310.06825, section 2.

import JSON

extension ModelFamily {
  /// Mistral.
  public static let mistral = ModelFamily(
    modelType: "mistral",
    classPrefix: "Mistral",
    biases: [LayerBiases()],
    headNorms: .none,
    windowRule: .everyLayer,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.slidingWindow = try SlidingWindow.everywhere(file)
    },
    ownKeys: { configuration in
      ["sliding_window": configuration.slidingWindow.map { .number($0.length) } ?? .null]
    })
}
