// The MLP of a layer: down(silu(gate x) · up x).
// Source: GLU Variants Improve Transformer, arXiv:2002.05202, equation 6 (SwiGLU).

import Torch

/// The gated MLP.
struct GatedMLP {
  let gateAndUp: Linear
  let down: Linear

  init(_ path: String, _ source: WeightSource) {
    gateAndUp = Linear(["\(path).gate_proj", "\(path).up_proj"], source)
    down = Linear(["\(path).down_proj"], source)
  }

  /// `[N, D]` to `[N, D]`.
  func callAsFunction(_ x: Tensor) -> Tensor { down(gateAndUp(x).gated()) }
}
