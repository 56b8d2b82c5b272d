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
  /// How many pairs of places stand still.
  private let stillPairs: Int
  private let theta: Double
  private let scaling: RopeScaling
  private let largest: Int
  private let device: Device
  private var rows = 0
  private var tables: Rotation?

  init(
    _ configuration: ModelConfiguration, theta: Double, scaling: RopeScaling, device: Device
  ) {
    size = configuration.rotarySize
    stillPairs = (configuration.headSize - size) / 2
    (self.theta, self.scaling) = (theta, scaling)
    largest = configuration.readablePositions
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
    let (cosine, sine) = (angles.cosine() * factor, angles.sine() * factor)
    let still = [rows, stillPairs]
    let made = Rotation(
      cosine: Tensor.concatenated([cosine, .ones(still)], along: 1).to(device: device),
      sine: Tensor.concatenated([sine, .zeros(still)], along: 1).to(device: device))
    tables = made
    return made
  }
}

/// Where the places that turn together lie in a head.
///
/// The kernels turn places i and i + K/2, all of them. A head whose pairs lie otherwise, or of which a
/// part stands still, has its places moved there, in queries and keys alike: their products, all that
/// attention takes of them, stay what they are.
struct RotaryPlaces {
  private let rotated: Int
  private let pairs: ModelFamily.RotationPairs

  /// Nil for heads that need no moving.
  init?(_ configuration: ModelConfiguration) {
    rotated = configuration.rotarySize
    pairs = configuration.family.rotationPairs
    if pairs == .acrossHalves && rotated == configuration.headSize { return nil }
  }

  /// `[N, heads, K]`, pairs moved K/2 apart: those that turn first, those that stand still behind them.
  func halved(_ x: Tensor) -> Tensor {
    let (rows, heads, size) = (x.size(0), x.size(1), x.size(2))
    var turning = x.narrowed(2, 0..<rotated)
    if pairs == .neighbors {
      turning = turning.reshaped([rows, heads, rotated / 2, 2]).transposed(2, 3)
        .reshaped([rows, heads, rotated])
    }
    let middle = (rotated + size) / 2
    return Tensor.concatenated(
      [
        turning.narrowed(2, 0..<rotated / 2), x.narrowed(2, rotated..<middle),
        turning.narrowed(2, rotated / 2..<rotated), x.narrowed(2, middle..<size),
      ], along: 2)
  }
}
