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

  /// The most numbers of weights and moments that visit a device together.
  private static let mostVisiting = 1 << 26

  /// Starts with empty moments.
  init(_ share: WeightShare, _ settings: OptimizerSettings) {
    self.share = share
    self.settings = settings
    func moments() -> [Tensor] {
      share.moving.map { weights in
        // Those of weights in the host's memory lie there too.
        let home = settings.isOffloaded ? .cpu : weights.device
        return switch settings.moments {
        case .asWeights: Tensor.zeros(weights.shape, type: weights.type, device: home)
        case .eightBit: compactMoment(count: weights.count, device: home)
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
      for some in visits(places) {
        let moving = visitors(share.moving, some)
        let (first, second) = (visitors(first, some), visitors(second, some))
        adamWStep(
          parameters: moving,
          gradients: some.compactMap { share.gradients[$0] },
          first: first, second: second, offsets: some.map { offsets[$0] }, step: step,
          scale: clip > 0 && norm > clip ? clip / norm : 1, rate: rate, betas: settings.betas,
          weightDecay: settings.weightDecay, epsilon: settings.epsilon)
        goHome(moving, share.moving, some)
        goHome(first, self.first, some)
        goHome(second, self.second, some)
      }
    }
    share.spread()
    return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: nil)
  }

  /// The places whose weights and moments are on the device together: all, or where they lie elsewhere some after the
  /// others.
  private func visits(_ places: [Int]) -> [[Int]] {
    guard first.contains(where: { $0.device != share.device }) else { return [places] }
    var visits: [[Int]] = []
    var count = 0
    for place in places {
      let size = share.moving[place].count
      if visits.isEmpty || count + size > Self.mostVisiting {
        visits.append([])
        count = 0
      }
      visits[visits.count - 1].append(place)
      count += size
    }
    return visits
  }

  /// Weights or moments where gradients are: themselves, or copies.
  private func visitors(_ tensors: [Tensor], _ places: [Int]) -> [Tensor] {
    places.map { tensors[$0].to(device: share.device) }
  }

  private func goHome(_ visitors: [Tensor], _ tensors: [Tensor], _ places: [Int]) {
    for (visitor, place) in zip(visitors, places) where visitor.device != tensors[place].device {
      tensors[place].copy(from: visitor)
    }
  }

  /// The moments under checkpoint names, whole, whatever processes share out: all of them make them
  /// together.
  var stored: [PendingTensor] {
    moments { name, weight, moment in
      let shape = isCompact ? compactMoment(count: weight.count).shape : weight.shape
      return PendingTensor(name: name, shape: shape, type: moment.type) { [share] in
        // Processes exchange what is on their devices.
        share.slices?.whole(
          moment.to(device: weight.device), shape: shape, cutAs: weight.count, name) ?? moment
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
