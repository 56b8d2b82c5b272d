// Signs of life. A process that dies is missed at once by whoever exchanges with it; one that is stopped,
// or whose machine is gone without a word, only when a call has waited for all its time. So every
// process gives a sign each second, and looks for that of its neighbor.

import Foundation
import Synchronization
import Torch

/// A process's signs of life, and who has given none.
///
/// Silence is counted in this process's own beats and not by the clock: a machine that sleeps takes
/// nobody for lost when it wakes.
final class Heartbeat: Sendable {
  /// What a process says that has ended as it should.
  private static let rest = "rest"
  /// The seconds between two signs.
  private static let interval = 1.0

  private let store: SharedStore
  private let prefix: String
  private let rank: Int
  private let count: Int
  private let limit: Int
  /// Whether it has ended; no sign may follow the last one.
  private let isResting = Mutex(false)

  /// - Parameters:
  ///   - store: a connection that nobody else waits on.
  ///   - attempt: how often the processes were started again; signs of earlier ones do not count.
  ///   - rank: this process's number.
  ///   - count: how many there are.
  ///   - limit: after how many beats without a sign the neighbor is taken for lost.
  init(_ store: SharedStore, attempt: Int, rank: Int, of count: Int, limit: Int) {
    (self.store, self.rank, self.count, self.limit) = (store, rank, count, limit)
    prefix = "vapo/attempt-\(attempt)"
  }

  /// Beats on a thread of its own until the process ends or rests.
  ///
  /// - Parameter lost: called with the words when somebody is found to be lost.
  func begin(lost: @escaping @Sendable (String) -> Never) {
    Thread.detachNewThread { [self] in
      let neighbor = (rank + 1) % count
      var (beat, silence) = (0, 0)
      var last: String?
      while true {
        beat += 1
        // A sign that cannot be given is given with the next beat; whoever serves the store may also have
        // ended before this process, of which nothing is to be said here.
        let isOver = isResting.withLock { isResting in
          if !isResting { try? store.set(key(rank), "\(beat)") }
          return isResting
        }
        if isOver { return }
        if let words = known { lost(words) }
        do {
          let sign = try store.value(of: key(neighbor))
          silence = sign == last && sign != Self.rest ? silence + 1 : 0
          last = sign
        } catch {
          // Nobody can be asked, which says nothing of the neighbor.
          silence = 0
        }
        if silence >= limit { lost(name([neighbor], "gave no sign of life for \(limit) s")) }
        Thread.sleep(forTimeInterval: Self.interval)
      }
    }
  }

  /// Says that this process ends as it should.
  func end() {
    isResting.withLock { isResting in
      isResting = true
      try? store.set(key(rank), Self.rest)
    }
  }

  /// Who gives no sign, now that a call has failed: waits for a little more than two beats.
  ///
  /// - Returns: the words that the first process to look has found; nil where all give signs, or nobody
  ///   can be asked.
  func culprit() -> String? {
    if let known { return known }
    func signs() -> [String?] {
      (0..<count).map { rank in (try? store.value(of: key(rank))).flatMap(\.self) }
    }
    let before = signs()
    Thread.sleep(forTimeInterval: 2.5 * Self.interval)
    if let known { return known }
    let silent = zip(before, signs()).enumerated()
      .filter { $0.element.0 == $0.element.1 && $0.element.0 != Self.rest && $0.offset != rank }
    return silent.isEmpty ? nil : name(silent.map(\.offset), "gives no sign of life")
  }

  /// What the first that lost somebody has said.
  private var known: String? { (try? store.value(of: "\(prefix)/lost")).flatMap(\.self) }

  /// Puts the lost into words, with what they were at work on, for the others too.
  private func name(_ ranks: [Int], _ what: String) -> String {
    let words = ranks.map { rank in
      let phase = (try? store.value(of: Ranks.phaseKey(rank))).flatMap(\.self)
      return "rank \(rank) \(what)" + (phase.map { ", last seen during \($0)" } ?? "")
    }.joined(separator: "; ")
    try? store.set("\(prefix)/lost", words)
    return words
  }

  private func key(_ rank: Int) -> String { "\(prefix)/sign/\(rank)" }
}
