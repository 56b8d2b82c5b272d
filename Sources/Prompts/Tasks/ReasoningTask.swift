// Generated tasks: problems without end, with worked answers for the warm start.

import Foundation
public import Records

/// A family of problems made by rule.
///
/// Problem i of a split is a pure function of the task's seed and i. Training and held-out problems
/// are disjoint by construction: which side a problem is on is a function of its text alone.
public protocol ReasoningTask: Sendable {
  /// The name, which is also the source of its prompts.
  var name: String { get }
  /// Says in a few characters which task this is, its settings and seed included.
  var fingerprint: String { get }

  /// One problem.
  ///
  /// - Parameters:
  ///   - index: Which one, from 0.
  ///   - split: Training or held-out.
  ///   - hardest: The largest difficulty that is drawn, where the task's own is larger; for a
  ///     curriculum.
  /// - Returns: The problem with its right answer.
  func problem(_ index: Int, split: Split, atMost hardest: Int) -> Problem

  /// An answer to imitate, without a stop token.
  ///
  /// - Parameters:
  ///   - problem: A problem of this task; another one's stops the program.
  ///   - random: Where the mistakes come from.
  ///   - mistakes: Which mistakes, and how often.
  /// - Returns: The answer and its kind.
  func trace(
    for problem: Problem, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace
}

extension ReasoningTask {
  /// One problem of the task's whole range.
  public func problem(_ index: Int, split: Split) -> Problem {
    problem(index, split: split, atMost: .max)
  }
}

/// A task that knows what every state of a worked answer is worth: what a critic is measured with.
public protocol ValuedTask: ReasoningTask {
  /// What the task knows of an answer, token by token, where its own vocabulary is used.
  ///
  /// - Parameters:
  ///   - response: any text, without a stop token.
  ///   - truth: the problem's.
  /// - Returns: nil where nothing was worked.
  func account(of response: String, to truth: String) -> Account?

  /// The chance to end right before every token of a worked answer.
  ///
  /// - Parameters:
  ///   - response: an answer that has an account.
  ///   - truth: the problem's.
  ///   - goodShare: the share of good decisions that the policy makes.
  ///   - tokens: how many tokens the answer has, a stop token included.
  /// - Returns: `[tokens]`, from 0 to 1; nil where `truth` is no problem's.
  func chances(
    of response: String, to truth: String, goodShare: Double, tokens: Int
  ) -> [Double]?
}

/// Where a worked answer decides something, and whether well.
public struct Account: Equatable, Sendable {
  /// A choice that the outcome depends on.
  public struct Decision: Equatable, Sendable {
    /// Which token makes it, from 0.
    public var token: Int
    /// Whether it is one of the good ones.
    public var isGood: Bool
  }

  /// In the answer's order.
  public var decisions: [Decision]
  /// The tokens of choices that mean nothing.
  public var idle: [Int]
  /// The steps in which something is written that is not so.
  public var misprints: Int
}

/// A number of a range, evenly or so that its logarithm is even.
func drawnNumber(from least: Int, to most: Int, isUniform: Bool, at place: Double) -> Int {
  if isUniform { return least + Int(place * Double(most - least + 1)) }
  let scale = Double(most + 1) / Double(least)
  return min(Int(Double(least) * pow(scale, place)), most)
}

/// An answer made by rule.
public struct Trace: Equatable, Sendable {
  /// What kind of answer it is.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Worked without a mistake, hence right.
    case clean
    /// Worked, with every mistake undone, hence right.
    case mended
    /// Worked, with a mistake left in or stopped early; right only by luck.
    case flawed
    /// An answer by chance, without working.
    case direct
  }

  /// The answer, without a stop token.
  public var text: String
  /// What kind of answer it is.
  public var kind: Kind

  /// Puts a trace together.
  public init(text: String, kind: Kind) {
    self.text = text
    self.kind = kind
  }
}

extension Split {
  /// One text in this many is held out.
  private static let heldOutStride = 8

  /// The side a problem is on, decided by its text and nothing else: no seed and no setting can put
  /// one text on both sides.
  package static func of(_ text: String) -> Split {
    let hash = RandomSource(seed: 0)["split"][text].seed
    return hash % UInt64(heldOutStride) == 0 ? .heldOut : .train
  }
}
