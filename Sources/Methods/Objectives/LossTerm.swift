// What an objective gives: named terms, each with what is worth reporting of it.

public import Torch

/// One term of a loss.
public struct LossTerm {
  /// `[]`, this micro-batch's share; carries the gradient.
  public var loss: Tensor
  /// What it is multiplied with in the sum.
  public var coefficient: Double
  /// What is reported of it.
  public var measures: [Measure]
  /// What happened at every token; a surrogate's alone.
  public var trace: SurrogateTrace?

  /// Puts a term together.
  public init(
    _ loss: Tensor, coefficient: Double = 1, measures: [Measure] = [], trace: SurrogateTrace? = nil
  ) {
    self.loss = loss
    self.coefficient = coefficient
    self.measures = measures
    self.trace = trace
  }

  /// A term whose own value is reported, as a sum over the optimizer step.
  public init(_ loss: Tensor, coefficient: Double = 1, named name: String) {
    self.init(
      loss, coefficient: coefficient, measures: [Measure(name, loss.detached(), per: .step)])
  }

  /// Σ coefficient·loss of some terms, `[]`; at least one.
  public static func total(_ terms: [LossTerm]) -> Tensor {
    let shares = terms.map { $0.coefficient == 1 ? $0.loss : $0.loss * $0.coefficient }
    return shares.dropFirst().reduce(shares[0]) { $0 + $1 }
  }
}

/// A number that is reported: a sum on the device, and what it is a share of.
public struct Measure {
  /// What the sum over an optimizer step is divided by.
  public enum Share: String, Codable, Equatable, Sendable {
    /// Nothing: the sum over the step itself.
    case step
    /// The step's tokens that count; in a rollout's mean a step weighs as many.
    case countedTokens
    /// The same, but every step weighs as much as another.
    case countedTokensOfStep
    /// All tokens of the step.
    case allTokens
  }

  /// The metric's name.
  public var name: String
  /// `[]`, this micro-batch's part of the sum; no gradient.
  public var sum: Tensor
  /// What it is a share of.
  public var share: Share

  /// Puts a measure together.
  public init(_ name: String, _ sum: Tensor, per share: Share) {
    self.name = name
    self.sum = sum
    self.share = share
  }
}
