// Locks: a long task of many small decisions, each visible at once, whose outcome shows at the end.
//
//     problem   n12 37 -5 =          the node to start at, the steps to walk, the score to start with
//     step      37 n12 12b -4 so     steps left, node, door, the score after it, a word that means nothing
//     end       #                    after the last step
//     escape    # red                in place of any work: a guess at a color
//
// Every node has four doors of its own, two of them safe by a fixed hidden table. A safe door adds one to the score
// and another takes one off; the score stays between a lowest and a highest. Right is who does all the
// steps, writes down what is true, and ends with a score of at least 0; or guesses a lucky color.
//
// What is safe is not known when a door is chosen, and known, by rule, when the score is written. So a
// policy that has learned to write steps has everything still to learn about doors, and a critic that can
// read a score and the steps left knows what each choice did.

import Records

/// The table and the words of the task.
public struct LocksRules: Equatable, Sendable {
  /// How many nodes there are.
  public let nodes: Int
  /// The most steps that a problem can ask for; its negative is the lowest score.
  public let longest: Int
  /// `[nodes]`, where each node's doors lead.
  public let next: [Int]
  /// `[nodes][4]`, which doors are safe.
  public let safe: [[Bool]]

  /// The highest score.
  public static let highest = 12
  /// What tells the doors of a node apart.
  public static let doors = ["a", "b", "c", "d"]
  /// The words that mean nothing.
  public static let words = ["so", "ok", "hm", "ah", "oh", "um", "er", "eh"]
  /// The colors that an escape can guess.
  public static let colors = [
    "red", "blue", "green", "black", "white", "pink", "gold", "gray", "brown", "lime", "teal",
    "plum",
  ]
  /// The words of one step.
  public static let stepLength = 5
  /// The most that `nodes` and `longest` can be.
  public static let mostNodes = 256
  /// The most steps.
  public static let mostSteps = 400
  /// The table is one for all seeds, as a language is: runs can then be compared.
  private static let tableSeed: UInt64 = 0x10C5

  /// Draws the table of so many nodes; nil where a number is out of its range.
  ///
  /// - Parameters:
  ///   - nodes: from 2 to ``mostNodes``.
  ///   - longest: from 1 to ``mostSteps``.
  public init?(nodes: Int, longest: Int) {
    guard 2...Self.mostNodes ~= nodes, 1...Self.mostSteps ~= longest else { return nil }
    (self.nodes, self.longest) = (nodes, longest)
    let table = RandomSource(seed: Self.tableSeed)["locks"][nodes]
    let order = table["order"].shuffled(nodes)
    var next = [Int](repeating: 0, count: nodes)
    for (place, node) in order.enumerated() { next[node] = order[(place + 1) % nodes] }
    self.next = next
    var safe = [[Bool]](repeating: [], count: nodes)
    for (place, node) in table["doors"].shuffled(nodes).enumerated() {
      let pair = Self.pairs[place % Self.pairs.count]
      safe[node] = Self.doors.indices.map(pair.contains)
    }
    self.safe = safe
  }

  /// Which two doors are safe somewhere: every pair as often, each before the other two doors.
  ///
  /// So no letter is better than another.
  private static let pairs = [[0, 1], [2, 3], [0, 2], [1, 3], [0, 3], [1, 2]]

  /// The lowest score.
  public var lowest: Int { -longest }

  /// The score after a door.
  public func score(_ score: Int, after isSafe: Bool) -> Int {
    min(max(score + (isSafe ? 1 : -1), lowest), Self.highest)
  }

  /// Every word of problems and answers, each once: the vocabulary of a model of this task.
  public var vocabulary: [String] {
    ["=", "#"] + Self.words + Self.colors + (0...longest).map { "\($0)" }
      + (lowest...Self.highest).map(Self.written) + (0..<nodes).map { "n\($0)" }
      + (0..<nodes).flatMap { node in
        Self.doors.indices.map { Self.written(door: $0, of: node) }
      }
  }

  /// A door as it is written, by its node and its letter: `12b`.
  ///
  /// Doors of different nodes have no word in common: what a critic or a policy makes of a word by itself is
  /// then no reason to take it everywhere.
  public static func written(door: Int, of node: Int) -> String { "\(node)\(doors[door])" }

  /// The node and the place among its doors of a door as it is written; nil where the word is none.
  func door(_ word: some StringProtocol) -> (node: Int, door: Int)? {
    guard let letter = word.last, let door = Self.doors.firstIndex(of: String(letter)),
      let node = Int(word.dropLast()), 0..<nodes ~= node, word.dropLast() == "\(node)"
    else { return nil }
    return (node, door)
  }

  /// A score as it is written, with its sign: `+0`, `-5`.
  public static func written(_ score: Int) -> String { score < 0 ? "\(score)" : "+\(score)" }
}

/// A problem of the task.
public struct LocksProblem: Equatable, Sendable {
  /// The table that holds.
  public let rules: LocksRules
  /// The node to start at.
  public let node: Int
  /// The steps to walk.
  public let steps: Int
  /// The score to start with.
  public let score: Int
  /// The color that is right; nil where none is.
  public let luckyColor: String?

  /// Puts a problem together; nil where a number is out of its range.
  ///
  /// - Parameters:
  ///   - rules: the table that holds.
  ///   - node: the node to start at, one of the rules'.
  ///   - steps: from 1 to `rules.longest`.
  ///   - score: from `rules.lowest` to ``LocksRules/highest``.
  ///   - luckyColor: the color that is right; nil where none is.
  public init?(rules: LocksRules, node: Int, steps: Int, score: Int, luckyColor: String?) {
    guard 0..<rules.nodes ~= node, 1...rules.longest ~= steps,
      rules.lowest...LocksRules.highest ~= score
    else { return nil }
    (self.rules, self.node, self.steps, self.score) = (rules, node, steps, score)
    self.luckyColor = luckyColor
  }

  /// What the model reads: ` n12 37 -5 =`.
  public var text: String { " n\(node) \(steps) \(LocksRules.written(score)) =" }

  /// All that decides which answers are right: `locks 128 80 n12 37 -5 red`, the nodes and the most steps
  /// of the rules first, the lucky color or `none` last.
  public var truth: String {
    "locks \(rules.nodes) \(rules.longest)\(text.dropLast())\(luckyColor ?? "none")"
  }

  /// Reads a ``truth``; nil where the text is none.
  public init?(truth: String) {
    let words = truth.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 7, words[0] == "locks", let nodes = Int(words[1]),
      let longest = Int(words[2]), let rules = LocksRules(nodes: nodes, longest: longest),
      words[3].first == "n", let node = Int(words[3].dropFirst()), let steps = Int(words[4]),
      let score = Int(words[5])
    else { return nil }
    let color = String(words[6])
    guard color == "none" || LocksRules.colors.contains(color) else { return nil }
    self.init(
      rules: rules, node: node, steps: steps, score: score,
      luckyColor: color == "none" ? nil : color)
  }
}
