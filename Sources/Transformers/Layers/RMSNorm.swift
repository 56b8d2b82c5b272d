// x / √(mean x² + ε) · weight.
// Source: Root Mean Square Layer Normalization, arXiv:1910.07467, equation 4.

import Torch

/// A norm over the last axis.
struct RMSNorm {
  let weight: Weight
  let epsilon: Double

  init(_ key: String, _ parameters: Parameters, _ type: ElementType, epsilon: Double) {
    weight = Weight(parameters["\(key).weight"], as: type)
    self.epsilon = epsilon
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNormalized(weight.value, epsilon: epsilon) }
}
