// A pattern as steps: what the matcher runs.

/// A pattern as it is read.
indirect enum PatternNode: Sendable {
  /// How a repetition goes about it.
  enum Manner {
    /// As often as it can, less often where the rest asks for it.
    case greedy
    /// As seldom as it can.
    case lazy
    /// As often as it can, and never less often.
    case possessive
  }

  case one(ScalarSet)
  case textStart
  case textEnd
  case lineEnd
  case sequence([PatternNode])
  case choice([PatternNode])
  case repeated(PatternNode, least: Int, most: Int?, Manner)
  case ahead(PatternNode, isNegative: Bool)
  case behind(PatternNode, isNegative: Bool)
}

/// Steps in a list, from the first on.
struct PatternProgram: Sendable {
  enum Step: Sendable {
    /// Takes a scalar of a set.
    case one(Int)
    /// Goes on at the first place, and where that fails at the second.
    case fork(Int, Int, number: Int)
    case jump(Int)
    case textStart
    case textEnd
    case lineEnd
    /// Goes on if a part matches here, or does not.
    case ahead(Int, isNegative: Bool)
    /// Goes on if a part matches up to here, or does not: alternatives with their lengths.
    case behind([(length: Int, part: Int)], isNegative: Bool)
    /// Goes on behind a part's first match.
    case atomic(Int)
    case end
  }

  /// Why a pattern makes no program.
  struct Refusal: Error {
    let reason: String
  }

  /// The most steps of a pattern with its parts: counted repetitions are written out.
  static let mostSteps = 4096
  /// The most words of bits that the matcher keeps for every scalar of a text.
  static let mostWords = 16

  private(set) var steps: [Step] = []
  private(set) var sets: [ScalarSet] = []
  /// What look-around and possessive repetitions run by themselves.
  private(set) var parts: [PatternProgram] = []
  private(set) var forks = 0
  /// Words of bits, one a fork, for a place of the text.
  var words: Int { (forks + 63) / 64 }
  private var allWords: Int { parts.reduce(words) { $0 + $1.allWords } }
  /// How many steps may still be written, here and in parts to come.
  private var stepsLeft: Int

  /// - Throws: ``Refusal`` where it grows too large or looks behind for no fixed length.
  init(_ node: PatternNode) throws(Refusal) {
    try self.init(node, most: Self.mostSteps)
    guard allWords <= Self.mostWords else {
      throw Refusal(reason: "it has more alternatives and repetitions than can be remembered")
    }
  }

  private init(_ node: PatternNode, most: Int) throws(Refusal) {
    stepsLeft = most
    try write(node)
    steps.append(.end)
  }

  private mutating func add(_ step: Step) throws(Refusal) {
    try spend(1)
    steps.append(step)
  }

  private mutating func spend(_ count: Int) throws(Refusal) {
    stepsLeft -= count
    guard stepsLeft >= 0 else {
      throw Refusal(reason: "its repetitions, written out, have more than \(Self.mostSteps) steps")
    }
  }

  /// Writes a part that is run by itself, and returns its number.
  private mutating func add(part node: PatternNode) throws(Refusal) -> Int {
    let part = try PatternProgram(node, most: stepsLeft)
    try spend(stepsLeft - part.stepsLeft + 1)
    parts.append(part)
    return parts.count - 1
  }

  private mutating func write(_ node: PatternNode) throws(Refusal) {
    switch node {
    case .one(let set):
      sets.append(set)
      try add(.one(sets.count - 1))
    case .textStart: try add(.textStart)
    case .textEnd: try add(.textEnd)
    case .lineEnd: try add(.lineEnd)
    case .sequence(let nodes): for node in nodes { try write(node) }
    case .choice(let nodes): try write(choice: nodes)
    case .repeated(let node, let least, let most, let manner):
      guard manner != .possessive else {
        return try add(
          .atomic(try add(part: .repeated(node, least: least, most: most, .greedy))))
      }
      try write(node, least: least, most: most, isLazy: manner == .lazy)
    case .ahead(let node, let isNegative):
      try add(.ahead(try add(part: node), isNegative: isNegative))
    case .behind(let node, let isNegative):
      var alternatives: [(length: Int, part: Int)] = []
      let nodes = if case .choice(let nodes) = node { nodes } else { [node] }
      for node in nodes {
        guard let length = node.length else {
          throw Refusal(reason: "it looks behind for a text of no fixed length")
        }
        alternatives.append((length, try add(part: node)))
      }
      try add(.behind(alternatives, isNegative: isNegative))
    }
  }

  private mutating func write(choice nodes: [PatternNode]) throws(Refusal) {
    var exits: [Int] = []
    for node in nodes.dropLast() {
      let fork = try openFork()
      try write(node)
      exits.append(steps.count)
      try add(.jump(0))
      close(fork, first: fork + 1, second: steps.count)
    }
    if let last = nodes.last { try write(last) }
    for exit in exits { steps[exit] = .jump(steps.count) }
  }

  private mutating func write(
    _ node: PatternNode, least: Int, most: Int?, isLazy: Bool
  ) throws(Refusal) {
    for _ in 0..<least { try write(node) }
    guard let most else {
      let fork = try openFork()
      try write(node)
      try add(.jump(fork))
      return close(fork, inside: fork + 1, outside: steps.count, isLazy: isLazy)
    }
    var forks: [Int] = []
    for _ in least..<max(least, most) {
      forks.append(try openFork())
      try write(node)
    }
    for fork in forks { close(fork, inside: fork + 1, outside: steps.count, isLazy: isLazy) }
  }

  private mutating func openFork() throws(Refusal) -> Int {
    try add(.fork(0, 0, number: forks))
    forks += 1
    return steps.count - 1
  }

  private mutating func close(_ fork: Int, inside: Int, outside: Int, isLazy: Bool) {
    close(fork, first: isLazy ? outside : inside, second: isLazy ? inside : outside)
  }

  private mutating func close(_ place: Int, first: Int, second: Int) {
    guard case .fork(_, _, let number) = steps[place] else { return }
    steps[place] = .fork(first, second, number: number)
  }
}

extension PatternNode {
  /// Whether it is found nowhere but at the beginning.
  var isBoundToStart: Bool {
    guard case .sequence(let nodes) = self else { return false }
    return nodes.contains { if case .textStart = $0 { true } else { false } }
  }

  /// How many scalars every match has; nil where that is no fixed number.
  fileprivate var length: Int? {
    switch self {
    case .one: return 1
    case .textStart, .textEnd, .lineEnd, .ahead, .behind: return 0
    case .sequence(let nodes):
      return nodes.reduce(0 as Int?) { sum, node in
        node.length.flatMap { length in sum.map { $0 + length } }
      }
    case .choice(let nodes):
      let lengths = Set(nodes.map(\.length))
      return lengths.count == 1 ? lengths.first ?? nil : nil
    case .repeated(let node, let least, let most, _):
      return least == most ? node.length.map { $0 * least } : nil
    }
  }
}
