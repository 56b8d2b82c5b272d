// Optimizer: AdamW over one model's parameters, with a learning-rate schedule, clipping by the
// global norm, and a guard that skips a step whose numbers are not finite.

import Settings
import Torch
import Transformers

/// What one optimizer step did.
struct UpdateOutcome {
  /// The gradient's norm before clipping.
  var gradientNorm: Double
  /// The learning rate used.
  var rate: Double
  /// The name of the first thing that was not finite, when the step was skipped for it.
  var skipped: String?
}

/// AdamW with its moments.
final class Optimizer {
  let parameters: Parameters
  let settings: OptimizerSettings
  private let names: [String]
  private let first: [Tensor]
  private let second: [Tensor]
  /// Steps taken so far.
  private(set) var step = 0

  /// Starts with empty moments over every parameter of a model.
  init(_ parameters: Parameters, _ settings: OptimizerSettings) {
    self.parameters = parameters
    self.settings = settings
    names = parameters.names
    func moments() -> [Tensor] {
      parameters.tensors.map { parameter in
        switch settings.moments {
        case .asWeights:
          Tensor.zeros(parameter.shape, type: parameter.type, device: parameter.device)
        case .eightBit: compactMoment(count: parameter.count, device: parameter.device)
        }
      }
    }
    (first, second) = (moments(), moments())
    parameters.requireGradients(true)
  }

  /// Moves the parameters by their gathered gradients, and forgets the gradients.
  ///
  /// - Parameters:
  ///   - loss: the step's loss, looked at only for being finite.
  ///   - time: where the schedule stands.
  ///   - factor: what the scheduled rate is multiplied with.
  /// - Returns: what was done, or what was not finite.
  func update(loss: Double, at time: UpdateTime, factor: Double = 1) -> UpdateOutcome {
    defer { for parameter in parameters.tensors { parameter.dropGradient() } }
    // A parameter that took no part in the loss has no gradient, and stays.
    var moving: [(value: Tensor, gradient: Tensor, first: Tensor, second: Tensor)] = []
    for (index, parameter) in parameters.tensors.enumerated() {
      guard let gradient = parameter.gradient else { continue }
      moving.append((parameter, gradient, first[index], second[index]))
    }
    let gradients = moving.map(\.gradient)
    let norm = totalNorm(gradients)
    let rate = settings.rate(at: step + 1, time) * factor
    guard loss.isFinite else {
      return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: "loss")
    }
    guard norm.isFinite else {
      return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: firstNonFiniteGradient)
    }
    step += 1
    withoutGradient {
      let clip = settings.gradientClip
      adamWStep(
        parameters: moving.map(\.value), gradients: gradients, first: moving.map(\.first),
        second: moving.map(\.second), step: step,
        scale: clip > 0 && norm > clip ? clip / norm : 1, rate: rate, betas: settings.betas,
        weightDecay: settings.weightDecay, epsilon: settings.epsilon)
    }
    return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: nil)
  }

  private var firstNonFiniteGradient: String {
    for (name, parameter) in zip(names, parameters.tensors) {
      if let gradient = parameter.gradient, !gradient.isFinite().all() {
        return "gradient of \(name)"
      }
    }
    return "gradient norm"
  }

  /// The moments under checkpoint names.
  var state: [(name: String, tensor: Tensor)] {
    zip(names, first).map { (name: "first.\($0)", tensor: $1) }
      + zip(names, second).map { (name: "second.\($0)", tensor: $1) }
  }

  /// Takes over the moments and the step count of a checkpoint.
  func restore(step: Int, from file: SafetensorsFile) throws(SafetensorsError) {
    for (name, tensor) in state {
      let stored = try file.tensor(name)
      precondition(stored.shape == tensor.shape, "moment \(name) of another shape")
      withoutGradient { tensor.copy(from: stored) }
    }
    self.step = step
  }
}
