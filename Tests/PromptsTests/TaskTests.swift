// The generated tasks, against an evaluator of this file's own that knows only the text.

import Prompts
import Records
import Testing

/// The end of a walk, worked with coordinates and characters.
func walkEnd(_ problem: String) -> String {
  let characters = Array(problem)
  var x = characters[0].wholeNumberValue ?? -1
  var y = characters[1].wholeNumberValue ?? -1
  for _ in 0..<(characters[characters.count - 2].wholeNumberValue ?? -1) {
    for character in characters[3..<(characters.count - 3)] where !character.isLetter {
      switch character {
      case "^": y = y == 9 ? 0 : y + 1
      case "_": y = y == 0 ? 9 : y - 1
      case ">": x = x == 9 ? 0 : x + 1
      case "<": x = x == 0 ? 9 : x - 1
      case "%": swap(&x, &y)
      default: return "?"
      }
    }
  }
  return "\(x)\(y)"
}

/// The laps of a walk.
func walkLaps(_ problem: String) -> Int { problem.dropLast().last?.wholeNumberValue ?? -1 }

/// The tasks that are one serial computation.
let serialTasks = [TaskKind.walk, .arithmetic]

/// The last digit of a chain, worked as one plain sum.
func sumEnd(_ problem: String) -> String {
  var sum = 0
  var sign = 1
  for character in problem {
    if let digit = character.wholeNumberValue { sum += sign * digit }
    sign = character == "-" ? -1 : 1
  }
  return "\(((sum % 10) + 10) % 10)"
}

func task(
  _ kind: TaskKind, _ moves: ClosedRange<Int> = 2...10, laps: Int = 1, uniform: Double = 0,
  endings: Int = 1, seed: UInt64 = 11
) throws -> any ReasoningTask {
  var settings = TaskSettings()
  settings.name = kind
  (settings.minimumMoves, settings.maximumMoves) = (moves.lowerBound, moves.upperBound)
  settings.maximumLaps = kind == .walk ? laps : 1
  settings.uniformShare = uniform
  settings.endings = endings
  return try settings.makeTask(seed: seed)
}

func end(_ kind: TaskKind, _ problem: String) -> String {
  switch kind {
  case .walk: walkEnd(problem)
  default: sumEnd(problem)
  }
}

@Suite("The generated tasks make fair problems")
struct TaskTests {
  @Test("The worked examples of the tasks' pages are right")
  func examples() throws {
    var random = RandomSource(seed: 1).generator
    func trace(_ kind: TaskKind, _ text: String) throws -> String {
      let problem = Problem(id: "", source: "", text: text, truth: "")
      return try task(kind).trace(for: problem, random: &random, mistakes: .none).text
    }
    #expect(
      try trace(.walk, "37:a^b%*2=")
        == "2a^37=38;2b%38=83;1a^83=84;1b%84=48;#48")
    #expect(
      try trace(.walk, "99:a^b>c%d_e<*1=")
        == "1a^99=90;1b>90=00;1c%00=00;1d_00=09;1e<09=99;#99")
    #expect(try trace(.arithmetic, "3+8-5=") == "3+8=1;1-5=6;#6")
  }

  @Test(
    "The truth is what an evaluator of the text finds, over 20000 problems",
    arguments: serialTasks)
  func truth(kind: TaskKind) throws {
    for split in Split.allCases {
      let task = try task(kind, laps: 4)
      for index in 0..<10_000 {
        let problem = task.problem(index, split: split)
        #expect(problem.truth == end(kind, problem.text))
        #expect(problem.id == "\(kind.rawValue)/\(split.rawValue)/\(index)")
        #expect(problem.source == kind.rawValue)
      }
    }
  }

  @Test("Problems have the form of their task and the steps they say")
  func form() throws {
    let labels = Array("abcdefghijklmnopqrstuvwxyz")
    for index in 0..<2000 {
      let walk = try task(.walk, laps: 3).problem(index, split: .train)
      let characters = Array(walk.text)
      #expect(characters[2] == ":" && characters[characters.count - 3] == "*")
      #expect(characters.last == "=" && (1...3).contains(walkLaps(walk.text)))
      let written = stride(from: 3, to: characters.count - 3, by: 2).map { characters[$0] }
      #expect(written == Array(labels[..<written.count]))
      #expect(walk.difficulty == written.count * walkLaps(walk.text))
      let sum = try task(.arithmetic).problem(index, split: .train)
      #expect(sum.text.count == 2 + 2 * sum.difficulty)
    }
  }

  @Test("Lengths are drawn evenly on the scale of logarithms, short ones most")
  func logarithmic() throws {
    let task = try task(.walk)
    var counts: [Int: Int] = [:]
    let total = 40_000
    for index in 0..<total {
      counts[task.problem(index, split: .train).difficulty, default: 0] += 1
    }
    #expect(counts.keys.min() == 2 && counts.keys.max() == 10)
    // P(n) = ln((n + 1) / n) / ln(11 / 2): 0.2379 for 2, 0.0559 for 10; ln 2.5 / ln 5.5 up to 4.
    #expect(abs(Double(counts[2] ?? 0) / Double(total) - 0.2379) < 0.01)
    #expect(abs(Double(counts[10] ?? 0) / Double(total) - 0.0559) < 0.006)
    let upToFour = (2...4).reduce(0) { $0 + (counts[$1] ?? 0) }
    #expect(abs(Double(upToFour) / Double(total) - 0.5375) < 0.012)
  }

  @Test("Laps are drawn in the same way, and a limit cuts their product with the moves")
  func laps() throws {
    let task = try task(.walk, 2...6, laps: 4)
    var counts: [Int: Int] = [:]
    for index in 0..<20_000 {
      counts[walkLaps(task.problem(index, split: .train).text), default: 0] += 1
    }
    // P(n) = ln((n + 1) / n) / ln 5.
    for (laps, share) in [(1, 0.4307), (2, 0.2519), (3, 0.1787), (4, 0.1386)] {
      #expect(abs(Double(counts[laps] ?? 0) / 20_000 - share) < 0.014)
    }
    #expect(counts.count == 4)
    let cut = (0..<3000).map { task.problem($0, split: .train, atMost: 7) }
    #expect(cut.map(\.difficulty).max() == 6)
    #expect(Set(cut.map { walkLaps($0.text) }) == [1, 2, 3])
  }

  @Test("A uniform share draws every length as often; a limit cuts the range")
  func uniform() throws {
    let even = try task(.walk, 1...10, uniform: 1)
    var counts: [Int: Int] = [:]
    for index in 0..<20_000 {
      counts[even.problem(index, split: .train).difficulty, default: 0] += 1
    }
    #expect(Set(counts.keys) == Set(1...10))
    for count in counts.values { #expect(abs(count - 2000) < 215) }
    let short = (0..<2000).map { even.problem($0, split: .train, atMost: 5).difficulty }
    #expect(Set(short) == [1, 2, 3, 4, 5])
    #expect(Set((0..<50).map { even.problem($0, split: .train, atMost: 1).difficulty }) == [1])
  }

  @Test("Moves and starting places are all as likely")
  func evenness() throws {
    let task = try task(.walk, 10...10)
    var moves: [Character: Int] = [:]
    var starts: [String: Int] = [:]
    for index in 0..<10_000 {
      let text = task.problem(index, split: .train).text
      starts[String(text.prefix(2)), default: 0] += 1
      for character in text where "^_<>%".contains(character) { moves[character, default: 0] += 1 }
    }
    #expect(moves.count == 5 && starts.count == 100)
    for count in moves.values { #expect(abs(count - 20_000) < 640) }
    for count in starts.values { #expect(abs(count - 100) < 50) }
  }

  @Test("A problem is a function of seed and place; held-out ones do not depend on the seed")
  func determinism() throws {
    let (one, again) = (try task(.walk, seed: 1), try task(.walk, seed: 1))
    let two = try task(.walk, seed: 2)
    let places = Array(0..<200)
    let problems = places.map { one.problem($0, split: .train) }
    #expect(places.reversed().map { again.problem($0, split: .train) } == problems.reversed())
    #expect(places.map { two.problem($0, split: .train) } != problems)
    #expect(
      places.map { two.problem($0, split: .heldOut) }
        == places.map { one.problem($0, split: .heldOut) })
    #expect(one.fingerprint == again.fingerprint && one.fingerprint != two.fingerprint)
    // Pinned: another text here means that every data set and every result has changed.
    #expect(one.problem(0, split: .train).text == "71:a_b_c>d<e%*1=")
    #expect(one.problem(7, split: .heldOut).text == "36:a^b%*1=")
  }

  @Test("No held-out problem is a training problem, whatever the seed and the settings")
  func disjoint() throws {
    for kind in serialTasks {
      var training: Set<String> = []
      for seed in 0..<4 as Range<UInt64> {
        for steps in [1...3, 2...10] {
          let task = try task(kind, steps, seed: seed)
          for index in 0..<10_000 { training.insert(task.problem(index, split: .train).text) }
        }
      }
      for steps in [1...1, 1...3, 2...10] {
        let task = try task(kind, steps)
        let held = (0..<4000).map { task.problem($0, split: .heldOut).text }
        #expect(held.allSatisfy { !training.contains($0) })
        #expect(held.allSatisfy { Split.of($0) == .heldOut })
        // The short ones are few enough to have met, had they been on one side.
        if steps == 1...1 { #expect((10...100).contains(Set(held).count)) }
      }
      #expect(training.allSatisfy { Split.of($0) == .train })
    }
  }

  @Test("The characters of problems and traces are the tokenizer's")
  func alphabets() throws {
    #expect(Set(TaskKind.alphabet).count == TaskKind.alphabet.count)
    var mistakes = MistakeSettings()
    (mistakes.wrongDigit, mistakes.undo, mistakes.idle) = (0.1, 0.5, 0.1)
    var seen: Set<Character> = []
    for kind in serialTasks {
      let task = try task(kind, 2...26, laps: 9, endings: kind == .walk ? 5 : 1)
      var random = RandomSource(seed: 5).generator
      for index in 0..<3000 {
        let problem = task.problem(index, split: .train)
        seen.formUnion(problem.text)
        seen.formUnion(task.trace(for: problem, random: &random, mistakes: mistakes).text)
      }
    }
    #expect(seen == Set(TaskKind.alphabet))
  }

  @Test("Settings that make no sense are refused under their keys")
  func refused() throws {
    let changes: [(String, (inout DataSettings) -> Void)] = [
      ("data.task.min_moves", { $0.task.minimumMoves = 0 }),
      ("data.task.min_moves", { $0.task.minimumMoves = 26 }),
      ("data.task.max_moves", { $0.task.maximumMoves = 27 }),
      ("data.task.max_laps", { $0.task.maximumLaps = 10 }),
      ("data.task.max_laps", { ($0.task.name, $0.task.maximumLaps) = (.arithmetic, 2) }),
      ("data.task.endings", { $0.task.endings = 0 }),
      ("data.task.endings", { $0.task.endings = 6 }),
      ("data.task.endings", { ($0.task.name, $0.task.endings) = (.arithmetic, 2) }),
      ("data.task.uniform_share", { $0.task.uniformShare = -0.1 }),
      ("data.task.mistakes.skip", { $0.task.mistakes.skip = 1.5 }),
      ("data.task.mistakes.undo", { $0.task.mistakes.undo = .nan }),
      ("data.task.mistakes.idle", { ($0.task.mistakes.skip, $0.task.mistakes.stop) = (0.6, 0.6) }),
      ("data.chat_template_date", { $0.templateDate = "2025-02-31" }),
      ("data.chat_template_date", { $0.templateDate = "today" }),
      ("data.train_batch_size", { $0.trainBatchSize = 0 }),
      ("data.max_response_length", { $0.maximumResponseLength = 0 }),
      ("data.val_max_samples", { $0.validationSamples = 0 }),
    ]
    for (key, change) in changes {
      var settings = DataSettings()
      change(&settings)
      #expect(settings.problems.first.map { "data.\($0.key)" } == key, "\(key)")
    }
    #expect(DataSettings().problems.isEmpty)
  }
}
