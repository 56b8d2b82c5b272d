// The task of locks: problems, answers to imitate, and what every state of an answer is worth.

import Locks
public import Records

/// The generated task of locks; `Locks` has its rules.
public struct LocksTask: ValuedTask {
  let settings: TaskSettings
  let seed: UInt64
  let rules: LocksRules

  /// The seed of all held-out problems.
  private static let heldOutSeed: UInt64 = 0x10C5
  /// How much of the steps the score to start with lies above and below 0.
  private static let headStarts = -0.1...0.7

  init(settings: TaskSettings, seed: UInt64, rules: LocksRules) {
    (self.settings, self.seed, self.rules) = (settings, seed, rules)
  }

  /// The task's name.
  public var name: String { TaskKind.locks.rawValue }

  /// Name, sizes and seed.
  public var fingerprint: String {
    "\(name):\(settings.minimumMoves)-\(settings.maximumMoves):\(settings.nodes)"
      + ":\(settings.uniformShare):\(settings.escapeRight):\(settings.endings):\(seed)"
  }

  /// One problem: its length first, then node and score until the text is on the right side.
  public func problem(_ index: Int, split: Split, atMost hardest: Int) -> Problem {
    let root = RandomSource(seed: split == .train ? seed : Self.heldOutSeed)
    var random = root["problem"][name][split.rawValue][index].generator
    let most = max(settings.minimumMoves, min(settings.maximumMoves, hardest))
    let isUniform = random.uniform() < settings.uniformShare
    let steps = drawnNumber(
      from: settings.minimumMoves, to: most, isUniform: isUniform, at: random.uniform())
    while true {
      let (low, high) = (Self.headStarts.lowerBound, Self.headStarts.upperBound)
      let start = -Double(steps) * (low + (high - low) * random.uniform())
      let score = min(max(Int(start.rounded()), rules.lowest), LocksRules.highest)
      let node = random.draw(below: rules.nodes)
      guard
        let drawn = LocksProblem(
          rules: rules, node: node, steps: steps, score: score, luckyColor: nil)
      else { preconditionFailure("\(steps) steps from node \(node) at \(score) are no problem") }
      guard Split.of(drawn.text) == split else { continue }
      return Problem(
        id: "\(name)/\(split.rawValue)/\(index)", source: name, text: drawn.text,
        truth: withColor(drawn).truth, difficulty: steps)
    }
  }

  /// The problem with its lucky color, a function of its text alone: a fair guess is right in
  /// `escape_right` of all problems.
  private func withColor(_ drawn: LocksProblem) -> LocksProblem {
    let source = RandomSource(seed: Self.heldOutSeed)["color"][drawn.text]
    let colors = LocksRules.colors
    let isLucky = source.uniform(at: 0) < settings.escapeRight * Double(colors.count)
    let color = colors[Int(source.uniform(at: 1) * Double(colors.count))]
    return LocksProblem(
      rules: rules, node: drawn.node, steps: drawn.steps, score: drawn.score,
      luckyColor: isLucky ? color : nil) ?? drawn
  }

  /// An answer to imitate: every door and every word as likely as the others, all else true.
  ///
  /// Of the mistakes only direct answers are made, as guesses at a color.
  public func trace(
    for problem: Problem, random: inout SplitMix64, mistakes: MistakeSettings
  ) -> Trace {
    guard let problem = LocksProblem(truth: problem.truth) else {
      preconditionFailure("'\(problem.text)' is not a problem of the task \(name)")
    }
    let range = settings.minimumMoves...settings.maximumMoves
    if random.uniform() < mistakes.directShare(steps: problem.steps, in: range) {
      let color = LocksRules.colors[random.draw(below: LocksRules.colors.count)]
      return Trace(text: " # \(color)", kind: .direct)
    }
    var (text, node, score) = ("", problem.node, problem.score)
    for step in 0..<problem.steps {
      let door = random.draw(below: LocksRules.doors.count)
      score = rules.score(score, after: rules.safe[node][door])
      let word = LocksRules.words[random.draw(below: settings.endings)]
      text +=
        " \(problem.steps - step) n\(node) \(LocksRules.written(door: door, of: node))"
        + " \(LocksRules.written(score)) \(word)"
      node = rules.next[node]
    }
    return Trace(text: text + " #", kind: score >= 0 ? .clean : .flawed)
  }

  /// What the task knows of a worked answer.
  public func account(of response: String, to truth: String) -> Account? {
    guard let problem = LocksProblem(truth: truth) else { return nil }
    let work = LocksWork(response, to: problem)
    guard !work.steps.isEmpty else { return nil }
    let length = LocksRules.stepLength
    return Account(
      decisions: work.steps.enumerated().map { place, step in
        Account.Decision(token: place * length + 2, isGood: step.isSafe)
      },
      idle: work.steps.indices.map { $0 * length + 4 }, misprints: work.misprints)
  }

  /// The chance to end right before every token of a worked answer.
  ///
  /// What a door did is known before its score is written: the score follows from node and door.
  public func chances(
    of response: String, to truth: String, goodShare: Double, tokens: Int
  ) -> [Double]? {
    guard let problem = LocksProblem(truth: truth) else { return nil }
    let work = LocksWork(response, to: problem)
    let values = LocksValues(problem.rules, safeShare: goodShare)
    var chances = [Double](repeating: 0, count: tokens)
    var (left, score) = (problem.steps, problem.score)
    for token in 0..<tokens {
      let (place, word) = token.quotientAndRemainder(dividingBy: LocksRules.stepLength)
      if place < work.steps.count {
        // Nothing is worth anything behind a misprint.
        if word == 0, place > 0, !work.steps[place - 1].isTrue { break }
        if word == 3 { (left, score) = (work.steps[place].left, work.steps[place].score) }
      }
      chances[token] = values[left, score]
    }
    return chances
  }
}
