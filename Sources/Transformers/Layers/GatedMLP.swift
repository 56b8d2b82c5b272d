// The MLP of a layer: down(silu(gate x) · up x).
// Source: GLU Variants Improve Transformer, arXiv:2002.05202, equation 6 (SwiGLU).

import Torch

/// The gated MLP.
struct GatedMLP {
  let gate: Linear
  let up: Linear
  let down: Linear

  init(_ key: String, _ parameters: Parameters, _ type: ElementType) {
    gate = Linear("\(key).gate_proj", parameters, type)
    up = Linear("\(key).up_proj", parameters, type)
    down = Linear("\(key).down_proj", parameters, type)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { down(gate(x).silu() * up(x)) }
}
