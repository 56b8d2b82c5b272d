// The order of training, and that a saved position is all there is to it.

import Prompts
import Records
import Testing

private func listed(_ count: Int) -> ProblemSource {
  var set = ProblemSet()
  set.problems = (0..<count).map {
    Problem(id: "p\($0)", source: "s", text: "\($0)?", truth: "\($0)", difficulty: $0)
  }
  return .listed(set)
}

private func walk(_ split: Split) throws -> ProblemSource {
  .generated(try TaskSettings().makeTask(seed: 4), split)
}

private func stream(
  _ source: ProblemSource, seed: UInt64 = 1, at position: PromptPosition = PromptPosition()
) throws -> PromptStream {
  try PromptStream(source: source, random: RandomSource(seed: seed), position: position)
}

@Suite("The stream of prompts has an order and a position")
struct PromptStreamTests {
  @Test("Every epoch holds every problem once, in an order of its own")
  func epochs() throws {
    var prompts = try stream(listed(50))
    let epochs = try (0..<4).map { _ in try prompts.next(50, encode: bytes).map(\.id) }
    let all = Set((0..<50).map { "p\($0)" })
    for epoch in epochs { #expect(Set(epoch) == all) }
    #expect(Set(epochs).count == 4)
    #expect(prompts.position == PromptPosition(epoch: 4, offset: 0))
    var again = try stream(listed(50))
    #expect(try again.next(200, encode: bytes).map(\.id) == epochs.flatMap { $0 })
    var other = try stream(listed(50), seed: 2)
    #expect(try other.next(50, encode: bytes).map(\.id) != epochs[0])
  }

  @Test("A permutation of three comes out in all its six ways, about equally often")
  func fairness() throws {
    var counts: [[String]: Int] = [:]
    var prompts = try stream(listed(3))
    for _ in 0..<6000 { counts[try prompts.next(3, encode: bytes).map(\.id), default: 0] += 1 }
    #expect(counts.count == 6)
    // Five standard deviations of a binomial of 6000 and 1/6 are 144.
    for count in counts.values { #expect(abs(count - 1000) < 144) }
  }

  @Test("A stream put at any saved position goes on as the first one did")
  func resume() throws {
    for source in [listed(7), try walk(.train)] {
      var whole = try stream(source)
      let prompts = try whole.next(40, encode: bytes)
      var saved = try stream(source)
      for done in 0..<40 {
        var resumed = try stream(source, at: saved.position)
        #expect(try resumed.next(40 - done, encode: bytes) == Array(prompts[done...]))
        #expect(resumed.position == whole.position)
        _ = try saved.next(1, encode: bytes)
      }
    }
  }

  @Test("Batches of any size hand out the same prompts, and no key of randomness twice")
  func batches() throws {
    var whole = try stream(listed(5))
    let prompts = try whole.next(60, encode: bytes)
    var pieces = try stream(listed(5))
    #expect(try [1, 7, 12, 40].flatMap { try pieces.next($0, encode: bytes) } == prompts)
    #expect(Set(prompts.map(\.place)) == Set(0..<60))
    for prompt in prompts { #expect("p\(prompt.place % 5)" == prompt.id) }
  }

  @Test("Prompts carry everything of their problems")
  func prompt() throws {
    var prompts = try PromptStream(
      source: listed(3), random: RandomSource(seed: 1), shuffle: false,
      position: PromptPosition(epoch: 2, offset: 1))
    let all = try prompts.next(2, encode: bytes)
    #expect(
      all[0]
        == Prompt(
          id: "p1", place: 7, source: "s", text: "1?", tokens: [49, 63], truth: "1", difficulty: 1))
    #expect(all[1].id == "p2")
    #expect(prompts.position == PromptPosition(epoch: 3))
  }

  @Test("A task's stream counts on without an epoch")
  func task() throws {
    let source = try walk(.train)
    var prompts = try stream(source, at: PromptPosition(offset: 1_000_000))
    let two = try prompts.next(2, encode: bytes)
    #expect(two.map(\.place) == [1_000_000, 1_000_001])
    #expect(two.map(\.id) == ["walk/train/1000000", "walk/train/1000001"])
    #expect(two[0].text == source.problem(at: 1_000_000).text)
    #expect(prompts.position == PromptPosition(offset: 1_000_002))
    #expect(source.count == nil)
    #expect(source.fingerprint != (try walk(.heldOut)).fingerprint)
  }

  @Test("Evaluation takes problems in their own order, as far as there are any")
  func evaluation() throws {
    let some = try listed(5).prompts(2..<9, maximumLength: 9, encode: bytes)
    #expect(some.map(\.place) == [2, 3, 4])
    let held = try walk(.heldOut).prompts(0..<4, maximumLength: 200, encode: bytes)
    #expect(held.map(\.id) == (0..<4).map { "walk/held_out/\($0)" })
    #expect(held.allSatisfy { $0.source == "walk" && $0.tokens == $0.text.utf8.map(Int.init) })
  }

  @Test("A prompt that is too long or cannot be encoded is an error, and the position stays")
  func errors() throws {
    var prompts = try PromptStream(
      source: listed(11), random: RandomSource(seed: 1), shuffle: false, maximumLength: 2)
    let error = #expect(throws: PromptError.self) { try prompts.next(11, encode: bytes) }
    #expect(error == .tooLong(id: "p10", tokens: 3, limit: 2))
    #expect(prompts.position == PromptPosition())
    struct Unknown: Error {}
    #expect(throws: PromptError.encoding(id: "p0", reason: "Unknown()")) {
      try prompts.next(1) { _ in throw Unknown() }
    }
  }

  @Test(
    "A prompt that is too long is cut where the settings say",
    arguments: [(Truncation.left, "2345"), (.right, "1234"), (.middle, "1245")])
  func truncation(how: Truncation, rest: String) throws {
    var set = ProblemSet()
    set.problems = [Problem(id: "p", source: "s", text: "12345", truth: "t")]
    var prompts = try PromptStream(
      source: .listed(set), random: RandomSource(seed: 1), maximumLength: 4, truncation: how)
    let prompt = try prompts.next(1, encode: bytes)[0]
    #expect(prompt.tokens == rest.utf8.map(Int.init))
    #expect(prompt.text == "12345")
    #expect(
      try ProblemSource.listed(set).prompts(
        0..<1, maximumLength: 3, truncation: how, encode: bytes)[
          0
        ].tokens.count == 3)
  }

  @Test("A position that is not in the data is refused")
  func positions() throws {
    for position in [
      PromptPosition(offset: 5), PromptPosition(offset: -1), PromptPosition(epoch: -1),
    ] {
      #expect(throws: PromptError.position(position, count: 5)) {
        try stream(listed(5), at: position)
      }
    }
    #expect(throws: PromptError.self) { try stream(listed(0)) }
    #expect(throws: PromptError.self) { try stream(walk(.train), at: PromptPosition(epoch: 1)) }
  }
}
