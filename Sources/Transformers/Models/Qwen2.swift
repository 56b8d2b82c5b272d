// Qwen2 and Qwen2.5: the plain decoder (grouped-query attention, rotary positions, RMS norms, a
// gated MLP) with biases on the query, key and value projections and on nothing else, and a window
// in layers of its choice.
// Source: Qwen2 Technical Report, arXiv:2407.10671, section 2.2.1.

extension ModelFamily {
  /// Qwen2, Qwen2.5.
  public static let qwen2 = ModelFamily(
    modelType: "qwen2",
    classPrefix: "Qwen2",
    biases: [LayerBiases(queryKeyValue: true)],
    headNorms: .none,
    windowRule: .chosenLayers,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.slidingWindow = try SlidingWindow.chosen(file)
    },
    ownKeys: SlidingWindow.chosenKeys)
}
