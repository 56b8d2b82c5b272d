// Tasks that are one serial computation: a state, and steps that each make the next state from the
// last. The model may write the steps down, or skip them and guess. Only the end is checked.

import Foundation
public import Records

/// A chain of steps to be done in order, as numbers that only its rules understand.
struct Chain: Equatable {
  var start: Int
  var moves: [Int]
}

/// What makes a serial computation a task of its own: its steps and how it is written.
protocol ChainRules: Sendable {
  var name: String { get }
  /// The characters of its problems and steps, `#` and `!` apart.
  var symbols: String { get }
  /// The most steps a problem can have.
  var mostSteps: Int { get }
  /// A problem of `count` steps, every one as likely as every other.
  func chain(of count: Int, random: inout SplitMix64) -> Chain
  /// The problem as text.
  func text(of chain: Chain) -> String
  /// The problem of a text, or nothing if it is not one.
  func chain(from text: String) -> Chain?
  /// The state after a move.
  func next(_ state: Int, _ move: Int) -> Int
  /// One step of the scratchpad.
  func line(step: Int, move: Int, before: Int, after: Int) -> String
  /// A step of the scratchpad that leaves the state as it was.
  func idleLine(step: Int, state: Int) -> String
  /// A state as the answer writes it.
  func answer(_ state: Int) -> String
  /// Any state.
  func anyState(random: inout SplitMix64) -> Int
  /// A state with one digit changed.
  func spoiled(_ state: Int, random: inout SplitMix64) -> Int
}

/// A generated task that is one serial computation.
public struct SerialTask: ReasoningTask {
  let rules: any ChainRules
  let settings: TaskSettings
  let seed: UInt64

  /// The seed of all held-out problems.
  private static let heldOutSeed: UInt64 = 0x5EED

  init(settings: TaskSettings, seed: UInt64) {
    self.settings = settings
    self.seed = seed
    rules = settings.name.rules
  }

  static func alphabet(of rules: any ChainRules) -> [Character] { Array(rules.symbols + "#!") }

  /// The task's name.
  public var name: String { rules.name }

  /// Its characters.
  public var alphabet: [Character] { Self.alphabet(of: rules) }

  /// Name, range and seed.
  public var fingerprint: String {
    "\(name):\(settings.minimumSteps)-\(settings.maximumSteps):\(settings.uniformShare):\(seed)"
  }

  /// One problem.
  ///
  /// Its length is drawn first and kept; then problems of that length are drawn until one is on
  /// the right side of the split.
  public func problem(_ index: Int, split: Split, atMost hardest: Int) -> Problem {
    let root = RandomSource(seed: split == .train ? seed : Self.heldOutSeed)
    var random = root["problem"][name][split.rawValue][index].generator
    let count = length(atMost: hardest, random: &random)
    while true {
      let chain = rules.chain(of: count, random: &random)
      let text = rules.text(of: chain)
      guard Split.of(text) == split else { continue }
      return Problem(
        id: "\(name)/\(split.rawValue)/\(index)", source: name, text: text,
        truth: rules.answer(chain.moves.reduce(chain.start, rules.next)), difficulty: count)
    }
  }

  private func length(atMost hardest: Int, random: inout SplitMix64) -> Int {
    let least = settings.minimumSteps
    let most = max(least, min(settings.maximumSteps, hardest))
    let isUniform = random.uniform() < settings.uniformShare
    let place = random.uniform()
    if isUniform { return least + Int(place * Double(most - least + 1)) }
    let scale = Double(most + 1) / Double(least)
    return min(Int(Double(least) * pow(scale, place)), most)
  }

  /// An answer to imitate.
  public func trace(
    for problem: Problem, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace {
    guard let chain = rules.chain(from: problem.text) else {
      preconditionFailure("'\(problem.text)' is not a problem of the task \(name)")
    }
    let range = settings.minimumSteps...settings.maximumSteps
    if random.uniform() < mistakes.directShare(steps: chain.moves.count, in: range) {
      return Trace(text: "#" + rules.answer(rules.anyState(random: &random)), kind: .direct)
    }
    return worked(chain, random: &random, mistakes: mistakes)
  }

  private func worked(
    _ chain: Chain, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace {
    var text = ""
    var kind = Trace.Kind.clean
    var state = chain.start
    var step = 0
    var isRetry = false  // A step that was undone is done right the second time.
    while step < chain.moves.count {
      let slip = isRetry ? nil : mistakes.slip(at: random.uniform())
      isRetry = false
      var done = step
      switch slip {
      case .skip: done = min(step + 1, chain.moves.count - 1)
      case .repeated: done = max(step - 1, 0)
      case .stop where step > 0: return Trace(text: text + "#" + rules.answer(state), kind: .flawed)
      case .stop, .idle, .wrongDigit, nil: break
      }
      if slip == .idle {
        text += rules.idleLine(step: step, state: state)
        kind = .flawed
        step += 1
        continue
      }
      var after = rules.next(state, chain.moves[done])
      if slip == .wrongDigit { after = rules.spoiled(after, random: &random) }
      text += rules.line(
        step: done, move: chain.moves[done], before: state, after: after)
      if done != step || slip == .wrongDigit {
        if random.uniform() < mistakes.undo {
          text += "!"
          if kind == .clean { kind = .mended }
          isRetry = true
          continue
        }
        kind = .flawed
      }
      state = after
      step = done + 1
    }
    return Trace(text: text + "#" + rules.answer(state), kind: kind)
  }
}
