// Positions as rotations: places i and i + K/2 of a head turn together by position · θ^(−2i/K).
// Source: RoFormer, arXiv:2104.09864, equation 34, in the half-split layout of Hugging Face.

import Torch

/// Cosines and sines of the positions 0, 1, …, each `[positions, K/2]` float32.
struct Rotation {
  let cosine: Tensor
  let sine: Tensor

  /// The rotations by nothing, for layers that know no positions.
  var still: Rotation {
    Rotation(cosine: cosine * 0 + 1, sine: sine * 0)
  }
}

/// The tables of cosines and sines, made in float32 and grown as longer sequences come.
final class RotaryEmbedding {
  private let size: Int
  private let theta: Double
  private let scaling: RopeScaling
  private let largest: Int
  private let device: Device
  private var rows = 0
  private var tables: Rotation?

  init(
    _ configuration: ModelConfiguration, theta: Double, scaling: RopeScaling, device: Device
  ) {
    size = configuration.headSize
    (self.theta, self.scaling) = (theta, scaling)
    largest = configuration.maximumPositions
    self.device = device
  }

  /// The rotations of all positions below `length`, and perhaps of more.
  func upTo(_ length: Int) -> Rotation {
    if let tables, length <= rows { return tables }
    precondition(
      length <= largest, "position \(length - 1) of a model with \(largest) positions")
    rows = min(largest, max(length, 2 * rows, 256))
    // As the reference: frequencies and angles in float32.
    let frequencies = scaling.frequencies(headSize: size, theta: theta).map { Float($0) }
    let angles =
      Tensor.arange(0..<rows, type: .float32).unsqueezed(1) * Tensor(frequencies).unsqueezed(0)
    let factor = scaling.attentionFactor
    let made = Rotation(
      cosine: (angles.cosine() * factor).to(device: device),
      sine: (angles.sine() * factor).to(device: device))
    tables = made
    return made
  }
}
