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

  /// Whether moments lie in the host's memory, and the weights perhaps, while gradients do not.
  private let areAway: Bool
  /// Brings weights and moments that lie in the host's memory.
  private let side: SideStream

  /// How many of so many weights are on a device together; as many more are under way meanwhile.
  static func visiting(of count: Int) -> Int {
    min(max(count / 16, 1 << 12), 1 << 25) / 256 * 256
  }

  /// Starts with empty moments.
  init(_ share: WeightShare, _ settings: OptimizerSettings) {
    self.share = share
    self.settings = settings
    func moments() -> [Tensor] {
      share.moving.map { weights in
        // Those of weights in the host's memory lie there too.
        let home = settings.isOffloaded ? .cpu : weights.device
        let moment =
          switch settings.moments {
          case .asWeights: Tensor.zeros(weights.shape, type: weights.type, device: home)
          case .eightBit: compactMoment(count: weights.count, device: home)
          }
        return home == share.device ? moment : moment.pinned(for: share.device)
      }
    }
    (first, second) = (moments(), moments())
    areAway = first.contains { $0.device != share.device }
    side = SideStream(of: areAway ? share.device : .cpu)
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
      var visits = visits(places)[...]
      var next = visits.popFirst().map(begun)
      while let visit = next {
        side.join()
        // These come while the others are moved and go home.
        next = visits.popFirst().map(begun)
        adamWStep(
          parameters: visit.moving,
          gradients: visit.pieces.compactMap { piece in
            share.gradients[piece.place].map { piece.part(of: $0) }
          },
          first: visit.first, second: visit.second,
          offsets: visit.pieces.map { offsets[$0.place] + ($0.range?.lowerBound ?? 0) }, step: step,
          scale: clip > 0 && norm > clip ? clip / norm : 1, rate: rate,
          betas: settings.betas, weightDecay: settings.weightDecay, epsilon: settings.epsilon)
        goHome(visit.moving, share.moving, visit.pieces)
        goHome(visit.first, first, visit.pieces)
        goHome(visit.second, second, visit.pieces)
      }
      if areAway { share.device.synchronize() }
    }
    share.spread()
    return UpdateOutcome(gradientNorm: norm, rate: rate, skipped: nil)
  }

  /// Elements of one of the weights, with their moments.
  private struct Piece {
    let place: Int
    /// From a multiple of 256 on, where a block of moments in eight bits begins; nil for all, as they lie.
    let range: Range<Int>?

    /// The elements' part of the weight, its gradient or a moment.
    func part(of tensor: Tensor) -> Tensor {
      guard let range else { return tensor }
      guard tensor.type == .uint8 else {
        return tensor.reshaped([tensor.count]).narrowed(0, range)
      }
      return tensor.narrowed(0, range.lowerBound / 256..<(range.upperBound + 255) / 256)
    }
  }

  /// What is on the device together: all, or of what lies elsewhere some after the other.
  private func visits(_ places: [Int]) -> [[Piece]] {
    guard areAway else { return [places.map { Piece(place: $0, range: nil) }] }
    let visiting = Self.visiting(of: share.moving.reduce(0) { $0 + $1.count })
    var visits: [[Piece]] = []
    var room = 0
    for place in places {
      var rest = 0..<share.moving[place].count
      while !rest.isEmpty {
        if room < 256 {
          visits.append([])
          room = visiting
        }
        let range = rest.prefix(rest.count <= room ? rest.count : room / 256 * 256)
        visits[visits.count - 1].append(Piece(place: place, range: range))
        room -= range.count
        rest = range.upperBound..<rest.upperBound
      }
    }
    return visits
  }

  /// Weights and moments where gradients are: themselves, or copies that are under way.
  private typealias Visit = (
    pieces: [Piece], moving: [Tensor], first: [Tensor], second: [Tensor]
  )

  private func begun(_ pieces: [Piece]) -> Visit {
    func visitors(_ tensors: [Tensor]) -> [Tensor] {
      pieces.map { $0.part(of: tensors[$0.place]).sent(to: share.device) }
    }
    return side.begin { (pieces, visitors(share.moving), visitors(first), visitors(second)) }
  }

  private func goHome(_ visitors: [Tensor], _ tensors: [Tensor], _ pieces: [Piece]) {
    for (visitor, piece) in zip(visitors, pieces)
    where visitor.device != tensors[piece.place].device {
      piece.part(of: tensors[piece.place]).copyLater(from: visitor)
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
