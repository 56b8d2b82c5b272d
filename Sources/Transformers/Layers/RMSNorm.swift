// x / √(mean x² + ε) · weight, and the sum that stands before every norm but the first.
// Source: Root Mean Square Layer Normalization, arXiv:1910.07467, equation 4.

import Torch

/// A norm over the last axis.
struct RMSNorm {
  private let stored: Tensor
  private let addsOne: Bool
  let epsilon: Double

  init(_ path: String, _ source: WeightSource, _ configuration: ModelConfiguration) {
    stored = source.parameters["\(path).weight"]
    addsOne = configuration.family.normsAddOne
    epsilon = configuration.rmsNormEpsilon
  }

  /// How many numbers it norms together.
  var width: Int { stored.size(0) }

  /// What it multiplies by: the weight, or in some families the weight and one.
  private var weight: Tensor { addsOne ? stored.to(.float32) + 1 : stored }

  /// `x` normalized.
  func callAsFunction(_ x: Tensor) -> Tensor { callAsFunction(x, adding: nil).normed }

  /// The stream `x` with what a layer adds to it, if anything, and that sum normalized.
  func callAsFunction(_ x: Tensor, adding delta: Tensor?) -> (sum: Tensor, normed: Tensor) {
    Tensor.addNorm(x, delta, weight: weight, epsilon: epsilon)
  }
}
