// Drawing tokens from logits: small and large vocabularies, with and without filters.

import Benchmark
import Generation
import Torch

/// "Each" is a row.
func drawing() {
  for (rows, vocabulary) in [(512, 64), (128, 4096), (8, 151_936)] {
    let logits = Tensor.normal([rows, vocabulary], seed: 4)
    let uniforms = (0..<rows).map { (Double($0) + 0.5) / Double(rows) }
    for (name, settings) in [
      ("plain", SamplingSettings()), ("top-p 0.95", SamplingSettings(topP: 0.95)),
      ("top-k 20", SamplingSettings(topK: 20)),
    ] {
      benchmark("drawing, \(rows) of \(vocabulary), \(name), a row", count: rows) {
        blackHole(sample(logits: logits, settings: settings, uniforms: uniforms))
      }
    }
  }
}
