// x / √(mean x² + ε) · weight.
// Source: Root Mean Square Layer Normalization, arXiv:1910.07467, equation 4.

import Torch

/// A norm over the last axis.
struct RMSNorm {
  let weight: Weight
  let epsilon: Double

  init(_ path: String, _ source: WeightSource, epsilon: Double) {
    weight = source.weight("\(path).weight")
    self.epsilon = epsilon
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNormalized(weight.value, epsilon: epsilon) }
}
