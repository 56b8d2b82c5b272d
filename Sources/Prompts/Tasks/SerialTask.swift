// Tasks that are one serial computation: a state, and steps that each make the next state from the
// last. The model may write the steps down, or skip them and guess. Only the end is checked.

public import Records

/// A list of moves to be done in order, as numbers that only its rules understand, and how often.
struct Chain: Equatable {
  var start: Int
  var moves: [Int]
  var laps = 1

  /// The steps to be done: the whole list, once a lap.
  var steps: Int { moves.count * laps }

  /// The move of a step.
  func move(at step: Int) -> Int { moves[step % moves.count] }

  /// The state after all steps.
  func end(_ next: (Int, Int) -> Int) -> Int {
    (0..<steps).reduce(start) { next($0, move(at: $1)) }
  }
}

/// What makes a serial computation a task of its own: its steps and how it is written.
protocol ChainRules: Sendable {
  var name: String { get }
  /// The characters of its problems and steps, `#` and `!` apart.
  var symbols: String { get }
  /// The signs that may end a step of the scratchpad; `line` and `idleLine` end with the first.
  var endings: [Character] { get }
  /// The most moves that a problem can list.
  var mostMoves: Int { get }
  /// The most often that the list can be done.
  var mostLaps: Int { get }
  /// A list of `count` moves to be done once, every one as likely as every other.
  func chain(of count: Int, random: inout SplitMix64) -> Chain
  /// The problem as text.
  func text(of chain: Chain) -> String
  /// The problem of a text, or nothing if it is not one.
  func chain(from text: String) -> Chain?
  /// The state after a move.
  func next(_ state: Int, _ move: Int) -> Int
  /// One step of the scratchpad.
  func line(of chain: Chain, step: Int, before: Int, after: Int) -> String
  /// A step of the scratchpad that leaves the state as it was.
  func idleLine(of chain: Chain, step: Int, state: Int) -> String
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

  init(settings: TaskSettings, seed: UInt64, rules: any ChainRules) {
    self.settings = settings
    self.seed = seed
    self.rules = rules
  }

  static func alphabet(of rules: any ChainRules) -> [Character] {
    let signs = Array(rules.symbols + "#!")
    return signs + rules.endings.filter { !signs.contains($0) }
  }

  /// The task's name.
  public var name: String { rules.name }

  /// Name, range and seed.
  public var fingerprint: String {
    "\(name):\(settings.minimumMoves)-\(settings.maximumMoves)x\(settings.maximumLaps)"
      + ":\(settings.uniformShare):\(seed)"
  }

  /// One problem.
  ///
  /// Its laps and its length are drawn first and kept; then problems of that length are drawn until
  /// one is on the right side of the split.
  public func problem(_ index: Int, split: Split, atMost hardest: Int) -> Problem {
    let root = RandomSource(seed: split == .train ? seed : Self.heldOutSeed)
    var random = root["problem"][name][split.rawValue][index].generator
    let isUniform = random.uniform() < settings.uniformShare
    func draw(_ least: Int, _ most: Int) -> Int {
      drawnNumber(from: least, to: max(least, most), isUniform: isUniform, at: random.uniform())
    }
    let count = draw(settings.minimumMoves, min(settings.maximumMoves, hardest))
    let laps = draw(1, min(settings.maximumLaps, hardest / count))
    while true {
      var chain = rules.chain(of: count, random: &random)
      chain.laps = laps
      let text = rules.text(of: chain)
      guard Split.of(text) == split else { continue }
      return Problem(
        id: "\(name)/\(split.rawValue)/\(index)", source: name, text: text,
        truth: rules.answer(chain.end(rules.next)), difficulty: chain.steps)
    }
  }

  /// An answer to imitate.
  public func trace(
    for problem: Problem, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace {
    guard let chain = rules.chain(from: problem.text) else {
      preconditionFailure("'\(problem.text)' is not a problem of the task \(name)")
    }
    let range = settings.minimumMoves...settings.maximumSteps
    if random.uniform() < mistakes.directShare(steps: chain.steps, in: range) {
      return Trace(text: "#" + rules.answer(rules.anyState(random: &random)), kind: .direct)
    }
    return worked(chain, random: &random, mistakes: mistakes)
  }

  /// A step with any of the endings in place of its own.
  private func ended(_ line: String, _ random: inout SplitMix64) -> String {
    guard settings.endings > 1 else { return line }
    return line.dropLast() + String(rules.endings[random.draw(below: settings.endings)])
  }

  private func worked(
    _ chain: Chain, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace {
    var text = ""
    var kind = Trace.Kind.clean
    var state = chain.start
    var step = 0
    var isRetry = false  // A step that was undone is done right the second time.
    while step < chain.steps {
      let slip = isRetry ? nil : mistakes.slip(at: random.uniform())
      isRetry = false
      var done = step
      switch slip {
      case .skip: done = min(step + 1, chain.steps - 1)
      case .repeated: done = max(step - 1, 0)
      case .stop where step > 0: return Trace(text: text + "#" + rules.answer(state), kind: .flawed)
      case .stop, .idle, .wrongDigit, nil: break
      }
      if slip == .idle {
        text += ended(rules.idleLine(of: chain, step: step, state: state), &random)
        kind = .flawed
        step += 1
        continue
      }
      var after = rules.next(state, chain.move(at: done))
      if slip == .wrongDigit { after = rules.spoiled(after, random: &random) }
      text += ended(rules.line(of: chain, step: done, before: state, after: after), &random)
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
