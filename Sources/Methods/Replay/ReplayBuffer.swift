// The memory of self-imitation: episodes that ended well, drawn more often the more they still
// have to teach. A value: checkpoints encode it, and a draw depends on nothing but the buffer and
// the randomness it is given.

import Foundation
public import Records

/// Past episodes with a positive reward, drawn by priority.
///
/// The unit of capacity is the token, as in the paper; the unit of storage and of drawing is the
/// episode, because a token's log-probability needs all that came before it. The priority of an
/// episode is the mean of (R - V)₊ over its tokens.
///
///     P(i) = p_i^a / Σ p^a        importance_i = (N·P(i))^-b / max over the buffer
///
/// Source: Self-Imitation Learning, arXiv:1806.05635; the draw: prioritised experience replay,
/// arXiv:1511.05952, eq. 1 and sec. 3.4.
public struct ReplayBuffer: Codable, Equatable, Sendable {
  /// What is kept.
  public struct Entry: Codable, Equatable, Sendable {
    /// Counts insertions; names the entry for ``ReplayBuffer/reprioritize(_:values:)``.
    public var number: Int
    /// The episode, its returns as they were when it was produced.
    public var episode: CreditedEpisode
    /// The mean of (R - V)₊, at least ``ReplayBuffer/leastPriority``.
    public var priority: Double
  }

  /// A drawn episode.
  public struct Draw: Equatable, Sendable {
    /// Its entry.
    public var entry: Entry
    /// How much it counts, in (0, 1], to take back the draw's bias.
    public var importance: Double
  }

  /// What keeps an episode that has nothing left to teach in the draw.
  static let leastPriority = 1e-6

  private let capacity: Int
  private let priorityExponent: Double
  private let importanceExponent: Double
  /// What is kept, oldest first.
  public private(set) var entries: [Entry] = []
  /// The tokens that are kept.
  public private(set) var tokens = 0
  private var inserted = 0

  /// An empty buffer.
  public init(settings: SelfImitationSettings) {
    capacity = settings.capacity
    priorityExponent = settings.priorityExponent
    importanceExponent = settings.importanceExponent
  }

  /// Keeps those episodes of a batch whose response was graded, whose reward is positive and which
  /// the critic has returns for; the oldest make room.
  public mutating func insert(_ episodes: [CreditedEpisode]) {
    for episode in episodes
    where episode.episode.verdict.isGraded && episode.episode.reward > 0
      && !episode.returns.isEmpty && episode.returns.count <= capacity
    {
      let priority = Self.priority(returns: episode.returns, values: episode.values)
      var kept = episode
      // A replay asks the policy anew.
      (kept.scored.oldLogProbs, kept.scored.referenceLogProbs) = ([], [])
      // Imitation raises a token among the whole vocabulary, whatever it was drawn from.
      kept.scored.episode.completion.mask = nil
      entries.append(Entry(number: inserted, episode: kept, priority: priority))
      inserted += 1
      tokens += episode.returns.count
    }
    var excess = 0
    while tokens > capacity {
      tokens -= entries[excess].episode.returns.count
      excess += 1
    }
    entries.removeFirst(excess)
  }

  /// Draws episodes with replacement; none from an empty buffer.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - random: the key of this draw.
  /// - Returns: the draws, in order.
  public func draw(_ count: Int, random: RandomSource) -> [Draw] {
    var sums: [Double] = []
    var total = 0.0
    for entry in entries {
      total += pow(entry.priority, priorityExponent)
      sums.append(total)
    }
    guard let least = entries.map(\.priority).min() else { return [] }
    return (0..<count).map { place in
      let mark = random.uniform(at: place) * total
      var (low, high) = (0, sums.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] > mark { high = middle } else { low = middle + 1 }
      }
      let relative = pow(entries[low].priority / least, priorityExponent)
      return Draw(entry: entries[low], importance: pow(relative, -importanceExponent))
    }
  }

  /// Renews the priorities of drawn episodes after the critic looked at them again.
  ///
  /// - Parameters:
  ///   - draws: what was drawn; entries that have left the buffer since are passed over.
  ///   - values: `[T]` a draw, the critic's present estimates.
  public mutating func reprioritize(_ draws: [Draw], values: [[Float]]) {
    precondition(draws.count == values.count, "\(draws.count) draws, \(values.count) value lists")
    guard let first = entries.first?.number else { return }
    for (draw, values) in zip(draws, values) where draw.entry.number >= first {
      entries[draw.entry.number - first].priority = Self.priority(
        returns: draw.entry.episode.returns, values: values)
    }
  }

  private static func priority(returns: [Float], values: [Float]) -> Double {
    precondition(returns.count == values.count, "\(returns.count) returns, \(values.count) values")
    let excess = zip(returns, values).reduce(0.0) { $0 + Double(max(0, $1.0 - $1.1)) }
    return max(leastPriority, excess / Double(max(returns.count, 1)))
  }
}
