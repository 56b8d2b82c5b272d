// The MLP of a layer: down(silu(gate x) · up x).
// Source: GLU Variants Improve Transformer, arXiv:2002.05202, equation 6 (SwiGLU).

import Torch

/// The gated MLP.
struct GatedMLP {
  let gate: Linear
  let up: Linear
  let down: Linear

  init(_ path: String, _ source: WeightSource) {
    gate = Linear("\(path).gate_proj", source)
    up = Linear("\(path).up_proj", source)
    down = Linear("\(path).down_proj", source)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { down(gate(x).silu() * up(x)) }
}
