// The answers a policy first learns from: right when clean, wrong in the shares asked for.

import Foundation
import Prompts
import Records
import Testing

/// What a reader of a walk's trace sees, knowing only problem and trace.
private struct Reading {
  var isDirect = false
  /// Attempts at a step that may go wrong, how many of them could skip (not the last step), and how
  /// many could repeat or stop (not the first).
  var attempts = 0
  var skippable = 0
  var repeatable = 0
  var idle = 0
  var skips = 0
  var repeats = 0
  var stops = 0
  var wrongDigits = 0
  var undone = 0
  var isConsistent = true

  init(problem: String, trace: String) {
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    let list = Array(problem)[3...].dropLast(3).enumerated().filter { $0.offset % 2 == 1 }
      .map(\.element)
    let laps = walkLaps(problem)
    let moves = (0..<laps).flatMap { _ in list }
    // The laps left and the letter: together they name one step of the whole walk.
    let labels = moves.indices.map { "\(laps - $0 / list.count)\(letters[$0 % list.count])" }
    var rest = Array(trace)[...]
    var place = String(problem.prefix(2))
    var expected = 0
    var isRetry = false
    isDirect = rest.first == "#"
    while rest.first != "#", rest.count >= 9 {
      let name = String(rest.prefix(2))
      let step = Array(rest.dropFirst().prefix(8))
      rest = rest.dropFirst(9)
      let marks = [4, 7].map { step[$0] }
      guard let label = labels.firstIndex(of: name), String(marks) == "=;",
        String([step[2], step[3]]) == place
      else {
        isConsistent = false
        return
      }
      if step[1] == "?" {
        countAttempt(expected, of: moves.count)
        idle += 1
        if label != expected || String([step[5], step[6]]) != place || isRetry {
          isConsistent = false
        }
        expected += 1
        continue
      }
      guard label < moves.count, moves[label] == step[1] else {
        isConsistent = false
        return
      }
      if !isRetry { countAttempt(expected, of: moves.count) }
      let written = String([step[5], step[6]])
      let isWrong = written != walkEnd("\(place):a\(step[1])*1=")
      if label == expected + 1 { skips += 1 }
      if label + 1 == expected { repeats += 1 }
      if isWrong { wrongDigits += 1 }
      if isWrong, zip(written, walkEnd("\(place):a\(step[1])*1=")).allSatisfy({ $0 != $1 }) {
        isConsistent = false  // two digits wrong
      }
      if abs(label - expected) > 1 || (isRetry && (label != expected || isWrong)) {
        isConsistent = false
      }
      isRetry = rest.first == "!"
      if isRetry {
        rest = rest.dropFirst()
        undone += 1
        if label == expected, !isWrong { isConsistent = false }
      } else {
        place = written
        expected = label + 1
      }
    }
    if !isDirect, expected < moves.count {
      countAttempt(expected, of: moves.count)
      stops += 1
      if isRetry { isConsistent = false }
    }
    if !isDirect, String(rest) != "#\(place)" { isConsistent = false }
    if isDirect, rest.count != 3 { isConsistent = false }
  }

  private mutating func countAttempt(_ step: Int, of count: Int) {
    attempts += 1
    if step + 1 < count { skippable += 1 }
    if step > 0 { repeatable += 1 }
  }
}

@Suite("Traces are worked as asked")
struct TraceTests {
  @Test("Without mistakes every trace ends in the right answer", arguments: serialTasks)
  func clean(kind: TaskKind) throws {
    let task = try task(kind, laps: 4)
    var random = RandomSource(seed: 1).generator
    for index in 0..<5000 {
      let problem = task.problem(index, split: .train)
      let trace = task.trace(for: problem, random: &random, mistakes: .none)
      #expect(trace.kind == .clean)
      let answer = trace.text.split(separator: "#").last.map(String.init)
      #expect(answer == end(kind, problem.text))
      #expect(
        trace.text.count
          == (kind == .walk ? 9 * problem.difficulty + 3 : 6 * problem.difficulty + 2))
    }
  }

  @Test("Any of the endings ends a step, each as often, and the answer is the same")
  func endings() throws {
    let (plain, free) = (try task(.walk, laps: 3), try task(.walk, laps: 3, endings: 3))
    var counts: [Character: Int] = [:]
    for index in 0..<2000 {
      var random = RandomSource(seed: 6)[index].generator
      var same = random
      let problem = free.problem(index, split: .train)
      let trace = Array(free.trace(for: problem, random: &random, mistakes: .none).text)
      var bare = trace
      for place in stride(from: 8, to: trace.count, by: 9) {
        counts[trace[place], default: 0] += 1
        bare[place] = ";"
      }
      #expect(
        String(bare) == plain.trace(for: problem, random: &same, mistakes: .none).text)
    }
    let all = Double(counts.values.reduce(0, +))
    #expect(Set(counts.keys) == [";", ":", "*"] && all > 10_000)
    for count in counts.values { #expect(abs(Double(count) / all - 1.0 / 3) < 0.015) }
  }

  @Test("Mistakes that are all undone leave every trace right", arguments: serialTasks)
  func mended(kind: TaskKind) throws {
    var mistakes = MistakeSettings.none
    (mistakes.skip, mistakes.repeated, mistakes.wrongDigit, mistakes.undo) = (0.4, 0.3, 0.3, 1)
    let task = try task(kind, 3...10)  // the step in the middle always goes wrong
    var random = RandomSource(seed: 2).generator
    for index in 0..<2000 {
      let problem = task.problem(index, split: .train)
      let trace = task.trace(for: problem, random: &random, mistakes: mistakes)
      #expect(trace.kind == .mended)
      #expect(trace.text.contains("!"))
      #expect(trace.text.split(separator: "#").last.map(String.init) == end(kind, problem.text))
    }
  }

  @Test("Every mistake is made in the share asked for, and nothing else goes wrong")
  func shares() throws {
    var mistakes = MistakeSettings()
    (mistakes.skip, mistakes.repeated, mistakes.stop) = (0.04, 0.03, 0.02)
    (mistakes.wrongDigit, mistakes.undo, mistakes.idle) = (0.05, 0.25, 0.06)
    (mistakes.directShortest, mistakes.directLongest) = (0.1, 0.1)
    let task = try task(.walk, 2...6, laps: 3)
    var random = RandomSource(seed: 3).generator
    var readings: [Reading] = []
    for index in 0..<15_000 {
      let problem = task.problem(index, split: .train)
      let trace = task.trace(for: problem, random: &random, mistakes: mistakes)
      let reading = Reading(problem: problem.text, trace: trace.text)
      #expect(reading.isConsistent, "\(problem.text) \(trace.text)")
      let made = reading.skips + reading.repeats + reading.wrongDigits
      let kind: Trace.Kind =
        reading.isDirect
        ? .direct
        : made + reading.stops + reading.idle == 0
          ? .clean
          : made == reading.undone && reading.stops + reading.idle == 0 ? .mended : .flawed
      #expect(trace.kind == kind, "\(problem.text) \(trace.text)")
      readings.append(reading)
    }
    func sum(_ count: (Reading) -> Int) -> Double { Double(readings.reduce(0) { $0 + count($1) }) }
    let slips = sum(\.skips) + sum(\.repeats) + sum(\.wrongDigits)
    #expect(sum(\.attempts) > 45_000)
    #expect(abs(sum(\.idle) / sum(\.attempts) - 0.06) < 0.004)
    #expect(abs(sum(\.skips) / sum(\.skippable) - 0.04) < 0.003)
    #expect(abs(sum(\.repeats) / sum(\.repeatable) - 0.03) < 0.003)
    #expect(abs(sum(\.stops) / sum(\.repeatable) - 0.02) < 0.002)
    #expect(abs(sum(\.wrongDigits) / sum(\.attempts) - 0.05) < 0.003)
    #expect(abs(sum(\.undone) / slips - 0.25) < 0.02)
    #expect(abs(sum { $0.isDirect ? 1 : 0 } / 15_000 - 0.1) < 0.0125)
  }

  @Test("Direct answers are places at random, more often to long problems")
  func direct() throws {
    var mistakes = MistakeSettings.none
    (mistakes.directShortest, mistakes.directLongest) = (0.2, 0.8)
    // Half way between ln 1 and ln 9 is ln 3.
    for (steps, share) in [(1, 0.2), (3, 0.5), (9, 0.8)] {
      let range = try task(.walk, 1...9)
      let fixed = try task(.walk, steps...steps)
      var random = RandomSource(seed: 4).generator
      let traces = (0..<6000).map {
        range.trace(for: fixed.problem($0, split: .train), random: &random, mistakes: mistakes)
      }
      let direct = traces.filter { $0.kind == .direct }
      #expect(direct.allSatisfy { $0.text.first == "#" && $0.text.count == 3 })
      #expect(abs(Double(direct.count) / 6000 - share) < 0.033)
      if steps == 9 { #expect(Set(direct.map(\.text)).count == 100) }
      #expect(traces.allSatisfy { $0.kind == .direct || $0.kind == .clean })
    }
  }

  @Test("Responses run from under 10 to over 200 characters")
  func lengths() throws {
    var mistakes = MistakeSettings.none
    let (short, long) = (try task(.walk, 2...2), try task(.walk, 6...6, laps: 4))
    var random = RandomSource(seed: 5).generator
    let longest = try #require(
      (0..<50).lazy.map { long.problem($0, split: .train) }.first { $0.difficulty == 24 })
    #expect(long.trace(for: longest, random: &random, mistakes: mistakes).text.count > 200)
    mistakes.directShortest = 1
    let other = short.problem(0, split: .train)
    #expect(short.trace(for: other, random: &random, mistakes: mistakes).text.count < 10)
  }

  @Test("A trace is a function of problem, randomness and settings")
  func determinism() throws {
    let task = try task(.arithmetic)
    let problem = task.problem(3, split: .train)
    var (one, two) = (RandomSource(seed: 6).generator, RandomSource(seed: 6).generator)
    for _ in 0..<100 {
      #expect(
        task.trace(for: problem, random: &one, mistakes: MistakeSettings())
          == task.trace(for: problem, random: &two, mistakes: MistakeSettings()))
    }
  }

  @Test("An arithmetic trace goes on from its own results, and stops early when asked")
  func arithmetic() throws {
    var mistakes = MistakeSettings.none
    (mistakes.wrongDigit, mistakes.stop) = (0.1, 0.05)
    let task = try task(.arithmetic, 2...12)
    var random = RandomSource(seed: 7).generator
    var (steps, wrong, early) = (0, 0, 0)
    for index in 0..<6000 {
      let problem = task.problem(index, split: .train)
      let trace = task.trace(for: problem, random: &random, mistakes: mistakes).text
      var state = String(problem.text.prefix(1))
      let parts = trace.split(separator: "#")
      let lines = parts[0].split(separator: ";")
      for line in lines {
        let sides = line.split(separator: "=").map(String.init)
        #expect(sides[0].hasPrefix(state))
        steps += 1
        if sumEnd(sides[0] + "=") != sides[1] { wrong += 1 }
        state = sides[1]
      }
      #expect(parts[1] == state)
      if lines.count < problem.difficulty { early += 1 }
    }
    #expect(abs(Double(wrong) / Double(steps) - 0.1) < 0.008)
    #expect(early > 900 && early < 1800)
  }

  @Test("Settings are written under the names of the recipes, and all of them are wanted")
  func names() throws {
    let data = try JSONEncoder().encode(DataSettings())
    let keys = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(keys.keys) == [
        "train_files", "val_files", "name", "train_split", "val_split", "prompt_key", "label_key",
        "reward_fn_key", "id_key",
        "extra_key", "on_bad_line", "drop_duplicates", "shuffle", "train_batch_size",
        "val_max_samples",
        "max_prompt_length", "max_response_length", "filter_overlong_prompts", "truncation", "task",
        "system_prompt", "prompt_template", "apply_chat_template", "apply_chat_template_kwargs",
        "chat_template_date",
        "train_max_samples",
      ])
    let task = try #require(keys["task"] as? [String: Any])
    #expect(
      Set(task.keys) == [
        "name", "min_moves", "max_moves", "max_laps", "uniform_share", "endings", "nodes",
        "escape_right", "mistakes",
      ])
    let mistakes = try #require(task["mistakes"] as? [String: Any])
    #expect(
      Set(mistakes.keys) == [
        "idle", "skip", "repeat", "stop", "wrong_digit", "undo", "direct_shortest",
        "direct_longest",
      ])
    #expect(try JSONDecoder().decode(DataSettings.self, from: data) == DataSettings())
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(MistakeSettings.self, from: Data(#"{"skip": 0.1}"#.utf8))
    }
  }
}
