// A low-rank adapter: beside a frozen W two thin matrices, y = W x + scale · B (A x).
// Source: LoRA, arXiv:2106.09685, equation 3.

import Torch

/// The thin matrices of a model, under the names of its layers.
public final class Adapter {
  /// What it was made by.
  public let configuration: LoRAConfiguration
  /// A as "<path>.lora_A.weight", `[r, inputs]`, and B as "<path>.lora_B.weight", `[outputs, r]`.
  public let parameters: Parameters
  private let targets: [String: LoRATarget]

  init(_ configuration: LoRAConfiguration, _ targets: [LoRATarget], _ parameters: Parameters) {
    self.configuration = configuration
    self.parameters = parameters
    self.targets = Dictionary(uniqueKeysWithValues: targets.map { ($0.path, $0) })
  }

  /// A fresh adapter, which changes nothing yet: B is zero, and A even over ±1/√inputs, which is
  /// Kaiming's uniform with a = √5.
  ///
  /// Each matrix depends on the seed and its name alone. Float32, whatever the model is stored as:
  /// an optimizer's steps are too small for less.
  static func fresh(
    _ configuration: LoRAConfiguration, _ targets: [LoRATarget], seed: UInt64, device: Device
  ) -> Adapter {
    let entries = targets.flatMap { target in
      let (down, up) = (Adapter.down(target.path), Adapter.up(target.path))
      let bound = 1 / Double(target.inputs).squareRoot()
      let first = Tensor.uniform(
        target.shapes.down, in: -bound..<bound, seed: mixed(seed, down))
      return [
        (name: down, tensor: first.to(device: device)),
        (name: up, tensor: Tensor.zeros(target.shapes.up, device: device)),
      ]
    }
    return Adapter(configuration, targets, Parameters(entries))
  }

  static func down(_ path: String) -> String { "\(path).lora_A.weight" }
  static func up(_ path: String) -> String { "\(path).lora_B.weight" }

  /// What stands beside the linear layer of a path; nil when nothing does.
  func layer(_ path: String, as type: ElementType) -> LowRank? {
    guard let target = targets[path] else { return nil }
    return LowRank(
      down: Weight(parameters[Self.down(path)], as: type),
      up: Weight(parameters[Self.up(path)], as: type), scale: target.scale)
  }

  /// W + scale · B A of a weight's name, added in float32; nil when nothing stands beside it.
  private func merged(_ name: String, _ weight: Tensor) -> Tensor? {
    let ending = ".weight"
    guard name.hasSuffix(ending), let target = targets[String(name.dropLast(ending.count))]
    else { return nil }
    let (down, up) = (parameters[Self.down(target.path)], parameters[Self.up(target.path)])
    return weight.to(.float32) + up.matmul(down) * target.scale
  }

  /// A table's weights with the adapter added to them; what it does not touch is shared.
  ///
  /// - Parameter base: the frozen weights.
  /// - Returns: plain weights of the same names and types.
  func merged(into base: Parameters) -> Parameters {
    withoutGradient {
      Parameters(
        base.entries.map { name, weight in
          (name: name, tensor: merged(name, weight)?.to(weight.type) ?? weight)
        })
    }
  }

  /// Overwrites a table of the same names with the base's weights and the adapter added to them.
  func merge(_ base: Parameters, into target: Parameters) {
    precondition(base.names == target.names, "tables of different names")
    withoutGradient {
      for ((name, weight), place) in zip(base.entries, target.tensors) {
        place.copy(from: merged(name, weight) ?? weight)
      }
    }
  }
}

/// What stands beside one linear layer.
struct LowRank {
  let down: Weight
  let up: Weight
  let scale: Double

  /// scale · B (A x), `[…, inputs]` to `[…, outputs]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    (x.linear(down.value) * scale).linear(up.value)
  }
}
