// OptimizerSettings: AdamW and its learning rate over the steps.

import Foundation
import Records

/// How the learning rate moves over the steps: verl's `optim` section.
public struct OptimizerSettings: Codable, Equatable, Sendable {
  /// The shape after the warm-up.
  public enum Schedule: String, Codable, Sendable, CaseIterable {
    case constant, linear, cosine
  }

  /// How AdamW's moments are kept.
  public enum Moments: String, Codable, Sendable, CaseIterable {
    /// In the type of the weights.
    case asWeights = "as_weights"
    /// In eight bits a number.
    case eightBit = "8bit"
  }

  /// What a schedule counts.
  public enum Unit: String, Codable, Sendable, CaseIterable {
    /// Optimizer steps.
    case update
    /// Rollouts, each with all its optimizer steps, as verl counts.
    case rollout
  }

  /// The learning rate after the warm-up.
  public var rate: Double
  /// Steps over which the rate rises linearly from zero.
  public var warmupSteps: Int
  /// What the warm-up and what follows it are counted in.
  public var unit: Unit
  /// What follows the warm-up.
  public var schedule: Schedule
  /// The share of the rate that a falling schedule ends at.
  public var floor: Double
  /// β₁, β₂ of AdamW.
  public var betas: [Double]
  /// Decoupled weight decay.
  public var weightDecay: Double
  /// ε of AdamW.
  public var epsilon: Double
  /// The largest norm of the gradient over all parameters; 0 clips nothing.
  public var gradientClip: Double
  /// How the moments are kept.
  public var moments: Moments
  /// Whether a GPU's moments lie in the host's memory and visit the GPU when weights are moved.
  public var isOffloaded = false

  /// Puts settings together.
  public init(
    rate: Double, warmupSteps: Int = 0, unit: Unit = .update, schedule: Schedule = .constant,
    floor: Double = 0,
    betas: [Double] = [0.9, 0.999], weightDecay: Double = 0.01, epsilon: Double = 1e-8,
    gradientClip: Double = 1, moments: Moments = .asWeights
  ) {
    self.rate = rate
    self.warmupSteps = warmupSteps
    self.unit = unit
    self.schedule = schedule
    self.floor = floor
    self.betas = betas
    self.weightDecay = weightDecay
    self.epsilon = epsilon
    self.gradientClip = gradientClip
    self.moments = moments
  }

  enum CodingKeys: String, CodingKey {
    case rate = "lr"
    case warmupSteps = "lr_warmup_steps"
    case unit = "lr_steps_unit"
    case schedule = "lr_scheduler_type"
    case floor = "min_lr_ratio"
    case betas
    case weightDecay = "weight_decay"
    case epsilon = "eps"
    case gradientClip = "grad_clip"
    case moments
    case isOffloaded = "offload"
  }

  /// The learning rate of an optimizer step.
  ///
  /// The first rollout of a warm-up counted in rollouts has 1/n of the rate, where verl's has none.
  ///
  /// - Parameters:
  ///   - update: the optimizer step, from 1.
  ///   - time: the rollout it belongs to, and what there is in all.
  /// - Returns: the rate.
  package func rate(at update: Int, _ time: UpdateTime) -> Double {
    switch unit {
    case .update: rate(at: update, of: time.updates)
    case .rollout: rate(at: time.rollout, of: time.rollouts)
    }
  }

  /// The learning rate of a step, in the schedule's own unit.
  ///
  /// - Parameters:
  ///   - step: from 1.
  ///   - total: the steps a falling schedule is spread over.
  /// - Returns: the rate.
  package func rate(at step: Int, of total: Int) -> Double {
    if step <= warmupSteps { return rate * Double(step) / Double(max(1, warmupSteps)) }
    let progress = min(1, Double(step - warmupSteps) / Double(max(1, total - warmupSteps)))
    switch schedule {
    case .constant: return rate
    case .linear: return rate * (floor + (1 - floor) * (1 - progress))
    case .cosine:
      return rate * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
    }
  }
}

/// What a schedule is spread over, in both of its units.
package struct UpdateTime {
  /// The optimizer steps of the whole stage.
  package var updates: Int
  /// The rollout that is learned from, from 1.
  package var rollout: Int
  /// The rollouts of the whole stage.
  package var rollouts: Int

  /// Puts the numbers together.
  package init(updates: Int, rollout: Int, rollouts: Int) {
    self.updates = updates
    self.rollout = rollout
    self.rollouts = rollouts
  }
}

extension OptimizerSettings {
  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(rate >= 0 && rate.isFinite, "lr", "must be 0 or more, is \(rate)")
    rules.require(
      betas.count == 2 && betas.allSatisfy((0..<1).contains), "betas",
      "must be two numbers in [0, 1), is \(betas)")
    rules.atLeast(0, ["lr_warmup_steps": warmupSteps])
    rules.require(epsilon > 0, "eps", "must be above 0, is \(epsilon)")
    rules.require(gradientClip >= 0, "grad_clip", "must be 0 or more, is \(gradientClip)")
    return rules.problems
  }
}
