// The MLP of a layer: down(silu(gate x) · up x), or with GELU in silu's place.
// Source: GLU Variants Improve Transformer, arXiv:2002.05202, equation 6 (SwiGLU).

import Torch

/// The gated MLP.
struct GatedMLP {
  let gateAndUp: Linear
  let down: Linear
  private let activation: ModelFamily.Activation

  init(_ path: String, _ source: WeightSource, _ family: ModelFamily) {
    activation = family.activation
    let parts = family.fused.gateAndUp ? ["gate_up"] : ["gate", "up"]
    gateAndUp = Linear(parts.map { "\(path).\($0)_proj" }, source)
    down = Linear(["\(path).down_proj"], source)
  }

  /// `[N, D]` to `[N, D]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let both = gateAndUp(x)  // [N, 2I]
    switch activation {
    case .silu: return down(both.gated())
    case .geluTanh:
      let width = both.size(1) / 2
      let gate = both.narrowed(1, 0..<width)
      return down(gate.geluTanh() * both.narrowed(1, width..<2 * width))
    }
  }
}
