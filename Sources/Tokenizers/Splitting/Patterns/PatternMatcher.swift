// Runs a pattern over a text. Alternatives are tried in their order, as engines that try again do, but
// nothing is tried twice: what has failed at a place fails there again, whoever asks. So the time
// grows with the text's length and never faster, whatever the pattern.

/// A program at work on one text.
///
/// What follows a fork depends on its place in the text alone, for nothing is remembered but the
/// place: no groups are captured, and counted repetitions are written out. Where a part is repeated that
/// may match nothing, a fork leads back to itself at the same place, and that way ends there: whether
/// there is a match stays right, and where it ends may not, so that `PatternSyntax` lets only the
/// dialect for whole names have it.
final class PatternMatcher {
  private let program: PatternProgram
  private let text: [UInt32]
  private let parts: [PatternMatcher]
  /// A bit a fork and place: it leads nowhere.
  private var failed: [UInt64]
  private let words: Int
  /// Where forks on the way of matches led to, in a part that is asked again and again.
  private var ends: [Int: Int] = [:]
  private let remembersEnds: Bool
  private var stack: [(step: Int, place: Int)] = []

  /// - Parameters:
  ///   - program: what to look for.
  ///   - text: the scalars, all that there are.
  convenience init(_ program: PatternProgram, text: [UInt32]) {
    self.init(program, text: text, remembersEnds: false)
  }

  private init(_ program: PatternProgram, text: [UInt32], remembersEnds: Bool) {
    self.program = program
    self.text = text
    self.remembersEnds = remembersEnds
    parts = program.parts.map { PatternMatcher($0, text: text, remembersEnds: true) }
    words = program.words
    failed = Array(repeating: 0, count: words * (text.count + 1))
  }

  /// Where the match that begins at `start` ends; nil where none begins there.
  func end(from start: Int) -> Int? {
    stack.removeAll(keepingCapacity: true)
    var (step, place) = (0, start)
    while true {
      if let next = advance(&step, &place) {
        if next { return finish(from: start, at: place) }
      } else {
        guard let last = stack.popLast() else { return nil }
        (step, place) = last
      }
    }
  }

  /// Takes one step.
  ///
  /// - Returns: whether that was the end; nil where the way leads nowhere.
  @inline(__always)
  private func advance(_ step: inout Int, _ place: inout Int) -> Bool? {
    switch program.steps[step] {
    case .one(let set):
      guard place < text.count, program.sets[set].contains(text[place]) else { return nil }
      place += 1
      step += 1
    case .fork(let first, let second, let number):
      if remembersEnds, let end = ends[key(number, place)] {
        place = end
        return true
      }
      let (word, bit) = (place * words + number / 64, UInt64(1) << UInt64(number % 64))
      guard failed[word] & bit == 0 else { return nil }
      // Until a match comes of it.
      failed[word] |= bit
      stack.append((second, place))
      step = first
    case .jump(let target): step = target
    case .textStart:
      guard place == 0 else { return nil }
      step += 1
    case .textEnd:
      guard place == text.count else { return nil }
      step += 1
    case .lineEnd:
      guard place == text.count || text[place] == 0x0A else { return nil }
      step += 1
    case .ahead(let part, let isNegative):
      guard (parts[part].end(from: place) != nil) != isNegative else { return nil }
      step += 1
    case .behind(let alternatives, let isNegative):
      let found = alternatives.contains { length, part in
        length <= place && parts[part].end(from: place - length) == place
      }
      guard found != isNegative else { return nil }
      step += 1
    case .atomic(let part):
      guard let end = parts[part].end(from: place) else { return nil }
      place = end
      step += 1
    case .end: return true
    }
    return false
  }

  private func key(_ number: Int, _ place: Int) -> Int { place * program.forks + number }

  /// Walks the way of a match once more: its forks have not failed.
  ///
  /// The forks that went their first way are those whose second one is still on the stack.
  private func finish(from start: Int, at end: Int) -> Int {
    var (step, place) = (0, start)
    var waiting = stack[...]
    var isDone = false
    while !isDone {
      guard case .fork(let first, let second, let number) = program.steps[step] else {
        isDone = advance(&step, &place) ?? true
        continue
      }
      if remembersEnds, ends[key(number, place)] != nil { break }
      failed[place * words + number / 64] &= ~(UInt64(1) << UInt64(number % 64))
      if remembersEnds { ends[key(number, place)] = end }
      if let next = waiting.first, next.step == second, next.place == place {
        waiting.removeFirst()
        step = first
      } else {
        step = second
      }
    }
    return end
  }
}
