// Phi-3, Phi-3.5 and Phi-4, the text models: queries, keys and values in one product, gate and up in
// another; in some models a window in every layer, in some only a part of each head rotates, in some by
// frequencies that were searched for.
// Source: Phi-3 Technical Report, arXiv:2404.14219, section 2; Phi-4-Mini Technical Report,
// arXiv:2503.01743, section 2.

import JSON

extension ModelFamily {
  /// The text models of Phi-3 and Phi-4.
  public static let phi3 = ModelFamily(
    modelType: "phi3",
    classPrefix: "Phi3",
    biases: [LayerBiases()],
    headNorms: .none,
    fused: FusedProjections(queryKeyValue: true, gateAndUp: true),
    usualRotaryShare: 1,
    windowRule: .everyLayer,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      if file["sliding_window"] != nil {
        configuration.slidingWindow = try SlidingWindow.everywhere(file)
      } else {
        try SlidingWindow.none(file)
      }
      // What the reference takes where the file is silent.
      if file["rms_norm_eps"] == nil { configuration.rmsNormEpsilon = 1e-5 }
    },
    ownKeys: { configuration in
      var keys: [String: JSONValue] = [
        "sliding_window": configuration.slidingWindow.map { .number($0.length) } ?? .null,
        "resid_pdrop": .number(0.0), "embd_pdrop": .number(0.0),
      ]
      if case .longRope(let scaling) = configuration.ropeScaling {
        keys["original_max_position_embeddings"] = .number(scaling.originalPositions)
        if scaling.isUsual(positions: configuration.maximumPositions) {
          // Version 4 takes these three keys and no other.
          keys["rope_scaling"] = [
            "type": "longrope", "short_factor": .array(scaling.shortFactors.map(JSONValue.number)),
            "long_factor": .array(scaling.longFactors.map(JSONValue.number)),
          ]
        }
      }
      return keys
    })
}
