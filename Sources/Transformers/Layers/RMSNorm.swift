// x / √(mean x² + ε) · weight, and the sum that stands before every norm but the first.
// Source: Root Mean Square Layer Normalization, arXiv:1910.07467, equation 4.

import Torch

/// A norm over the last axis.
struct RMSNorm {
  let weight: Tensor
  let epsilon: Double

  init(_ path: String, _ source: WeightSource, epsilon: Double) {
    weight = source.parameters["\(path).weight"]
    self.epsilon = epsilon
  }

  /// `x` normalized.
  func callAsFunction(_ x: Tensor) -> Tensor { callAsFunction(x, adding: nil).normed }

  /// The stream `x` with what a layer adds to it, if anything, and that sum normalized.
  func callAsFunction(_ x: Tensor, adding delta: Tensor?) -> (sum: Tensor, normed: Tensor) {
    Tensor.addNorm(x, delta, weight: weight, epsilon: epsilon)
  }
}
