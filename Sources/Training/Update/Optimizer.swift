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

/// AdamW with its moments, of what this process moves.
final class Optimizer {
  let share: WeightShare
  let settings: OptimizerSettings
  private let first: [Tensor]
  private let second: [Tensor]
  /// Steps taken so far.
  private(set) var step = 0

  /// Starts with empty moments.
  init(_ share: WeightShare, _ settings: OptimizerSettings) {
    self.share = share
    self.settings = settings
    func moments() -> [Tensor] {
      share.moving.map { weights in
        switch settings.moments {
        case .asWeights:
          Tensor.zeros(weights.shape, type: weights.type, device: weights.device)
        case .eightBit: compactMoment(count: weights.count, device: weights.device)
        }
      }
    }
    (first, second) = (moments(), moments())
  }

  /// Moves the weights by their gathered gradient, and forgets the gradient.
  ///
  /// - Parameters:
  ///   - loss: the step's loss, looked at only for being finite.
  ///   - time: where the schedule stands.
  ///   - factor: what the scheduled rate is multiplied with.
  /// - Returns: what was done, or what was not finite.
  func update(loss: Double, at time: UpdateTime, factor: Double = 1) -> UpdateOutcome {
    defer { share.dropGradients() }
    let norm = share.gradientNorm
    let rate = settings.rate(at: step + 1, time) * factor
    guard loss.isFinite else {
      return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: "loss")
    }
    guard norm.isFinite else {
      let culprit = share.firstNotFinite.map { "gradient of \($0)" } ?? "gradient norm"
      return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: culprit)
    }
    step += 1
    // A parameter that took no part in the loss has no gradient, and stays.
    let places = share.gradients.indices.filter { share.gradients[$0] != nil }
    let offsets = share.offsets
    withoutGradient {
      let clip = settings.gradientClip
      adamWStep(
        parameters: places.map { share.moving[$0] }, gradients: share.gradients.compactMap(\.self),
        first: places.map { first[$0] }, second: places.map { second[$0] },
        offsets: places.map { offsets[$0] }, step: step,
        scale: clip > 0 && norm > clip ? clip / norm : 1, rate: rate, betas: settings.betas,
        weightDecay: settings.weightDecay, epsilon: settings.epsilon)
    }
    share.spread()
    return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: nil)
  }

  /// The moments under checkpoint names, whole, whatever processes share out: all of them make them
  /// together.
  var stored: [PendingTensor] {
    moments { name, weight, moment in
      let shape = isCompact ? compactMoment(count: weight.count).shape : weight.shape
      return PendingTensor(name: name, shape: shape, type: moment.type) { [share] in
        share.slices?.whole(moment, shape: shape, cutAs: weight.count, name) ?? moment
      }
    }
  }

  /// Takes over the moments and the step count of a checkpoint, whoever wrote it.
  func restore(step: Int, from file: SafetensorsFile) throws(SafetensorsError) {
    for (name, weight, moment) in moments({ ($0, $1, $2) }) {
      var stored = try file.tensor(name)
      if let slices = share.slices {
        stored =
          isCompact ? slices.ownRows(stored, cutAs: weight.count) : slices.own(stored)
      }
      precondition(stored.shape == moment.shape, "moment \(name) of another shape")
      withoutGradient { moment.copy(from: stored) }
    }
    self.step = step
  }

  private var isCompact: Bool { settings.moments == .eightBit }

  private func moments<Result>(
    _ body: (_ name: String, _ weight: Tensor, _ moment: Tensor) -> Result
  ) -> [Result] {
    [("first", first), ("second", second)].flatMap { prefix, moments in
      zip(share.trained.entries, moments).map { entry, moment in
        body("\(prefix).\(entry.name)", entry.tensor, moment)
      }
    }
  }
}
