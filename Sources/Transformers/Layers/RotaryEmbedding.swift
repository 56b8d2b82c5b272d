// Positions as rotations: places i and i + K/2 of a head turn together by position · θ^(−2i/K).
// Source: RoFormer, arXiv:2104.09864, equation 34, in the half-split layout of Hugging Face.

import Torch

/// The rotation of some positions: cosines and signed sines, ready to broadcast over heads.
struct Rotation {
  /// `[N, 1, K]`.
  let cosine: Tensor
  /// `[N, 1, K]`; the first half is negative, so that a swap of halves completes the rotation.
  let sine: Tensor

  /// Turns every head of `x`, `[…, N, H, K]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let size = x.size(-1)
    let swapped = Tensor.concatenated(
      [x.narrowed(-1, size / 2..<size), x.narrowed(-1, 0..<size / 2)], along: -1)
    return x * cosine + swapped * sine
  }
}

/// The tables of cosines and sines, made in float32, kept in the type of the computation and
/// grown as longer sequences come.
final class RotaryEmbedding {
  private let size: Int
  private let theta: Double
  private let scaling: RopeScaling
  private let largest: Int
  private let type: ElementType
  private let device: Device
  private var rows = 0
  private var tables: Rotation?

  init(_ configuration: ModelConfiguration, type: ElementType, device: Device) {
    size = configuration.headSize
    theta = configuration.ropeTheta
    scaling = configuration.ropeScaling
    largest = configuration.maximumPositions
    self.type = type
    self.device = device
  }

  /// The rotations of positions 0, 1, … below `length`.
  func whole(_ length: Int) -> Rotation {
    let tables = tables(upTo: length)
    return Rotation(
      cosine: tables.cosine.narrowed(0, 0..<length), sine: tables.sine.narrowed(0, 0..<length))
  }

  /// The rotations of single positions `[N]`, all below `bound`.
  func at(_ positions: Tensor, below bound: Int) -> Rotation {
    let tables = tables(upTo: bound)
    return Rotation(
      cosine: tables.cosine.selecting(positions, along: 0),
      sine: tables.sine.selecting(positions, along: 0))
  }

  private func tables(upTo length: Int) -> Rotation {
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
    let made = Rotation(
      cosine: Tensor.concatenated([cosine, cosine], along: 1).unsqueezed(1)
        .to(type, device: device),
      sine: Tensor.concatenated([-sine, sine], along: 1).unsqueezed(1).to(type, device: device))
    tables = made
    return made
  }
}
