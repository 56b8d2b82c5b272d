// The memory of self-imitation: what enters, what leaves, how often what is drawn, and that a
// checkpoint of it goes on as if nothing had happened.

import Foundation
import Methods
import Records
import Testing
import TestSupport

@Suite("The replay buffer")
struct ReplayBufferTests {
  func credited(
    _ name: Int, reward: Float = 1, excess: [Float], status: Verdict.Status = .correct
  ) -> CreditedEpisode {
    let length = excess.count
    return CreditedEpisode(
      ScoredEpisode(
        episode(place: name, length: length, reward: reward, status: status),
        values: excess.map { reward - $0 }), advantages: excess,
      returns: [Float](repeating: reward, count: length), policyLambda: 1)
  }

  func buffer(capacity: Int = 100, priority: Double = 1, importance: Double = 1) -> ReplayBuffer {
    var settings = SelfImitationSettings()
    settings.capacity = capacity
    settings.priorityExponent = priority
    settings.importanceExponent = importance
    return ReplayBuffer(settings: settings)
  }

  func places(_ buffer: ReplayBuffer) -> [Int] {
    buffer.entries.map(\.episode.episode.completion.prompt.place)
  }

  @Test("only graded episodes with a positive reward and returns enter")
  func entrance() {
    var memory = buffer()
    var untaught = credited(5, excess: [1])
    untaught.returns = []
    memory.insert([
      credited(1, excess: [1, 1]), credited(2, reward: -1, excess: [1]),
      credited(3, reward: 0, excess: [1]), credited(4, excess: [1], status: .timeout), untaught,
    ])
    #expect(places(memory) == [1])
    #expect(memory.tokens == 2)
  }

  @Test("a replay raises its tokens among the whole vocabulary, whatever they were drawn from")
  func masksLeave() {
    var memory = buffer()
    var filtered = credited(1, excess: [1, 1])
    filtered.scored.episode.completion.mask = SamplingMask(lengths: [1, 1], words: [3, 4])
    memory.insert([filtered])
    #expect(memory.entries.map(\.episode.episode.completion.mask) == [nil])
  }

  @Test("the oldest leave when the tokens are too many; a response too long for it never enters")
  func capacity() {
    var memory = buffer(capacity: 5)
    memory.insert([credited(1, excess: [1, 1]), credited(2, excess: [1, 1])])
    memory.insert([credited(3, excess: [1, 1, 1])])
    #expect(places(memory) == [2, 3] && memory.tokens == 5)
    memory.insert([credited(4, excess: [Float](repeating: 1, count: 6))])
    #expect(places(memory) == [2, 3])
  }

  @Test("the priority is the mean of what exceeded the critic, and nothing below it counts")
  func priority() {
    var memory = buffer()
    memory.insert([credited(1, excess: [0.5, -3, 0.25, 0]), credited(2, excess: [-1])])
    #expect(memory.entries.map(\.priority) == [0.1875, 1e-6])
  }

  @Test(
    "episodes are drawn in proportion to their priority's power, and weighed by its inverse",
    arguments: [(0.0, [0.5, 0.5]), (1.0, [0.2, 0.8]), (0.5, [1.0 / 3, 2.0 / 3])])
  func proportions(exponent: Double, shares: [Double]) {
    var memory = buffer(priority: exponent)
    memory.insert([credited(1, excess: [0.25]), credited(2, excess: [1])])
    let draws = memory.draw(20_000, random: RandomSource(seed: 3))
    let second = draws.filter { $0.entry.number == 1 }
    // Standard deviation of the share: at most √(0.25/20,000) = 0.0035.
    #expect(abs(Double(second.count) / 20_000 - shares[1]) < 0.015)
    // (N·P)^-1 over its maximum: 1 for the rarer, P(rarer)/P(other) for the other.
    for draw in draws.prefix(50) {
      let wanted = draw.entry.number == 0 ? 1 : shares[0] / shares[1]
      #expect(isClose(draw.importance, wanted))
    }
  }

  @Test("without an importance exponent every draw counts the same")
  func noImportance() {
    var memory = buffer(importance: 0)
    memory.insert([credited(1, excess: [0.25]), credited(2, excess: [1])])
    #expect(memory.draw(9, random: RandomSource(seed: 1)).allSatisfy { $0.importance == 1 })
  }

  @Test("a draw depends on the buffer and the randomness alone")
  func determinism() {
    var memory = buffer()
    memory.insert((0..<9).map { credited($0, excess: [Float($0 + 1)]) })
    let root = RandomSource(seed: 7)
    #expect(memory.draw(20, random: root[1]) == memory.draw(20, random: root[1]))
    #expect(memory.draw(20, random: root[1]) != memory.draw(20, random: root[2]))
    #expect(memory.draw(20, random: root[1]).prefix(5) == memory.draw(5, random: root[1])[...])
  }

  @Test("an empty buffer draws nothing")
  func empty() {
    #expect(buffer().draw(4, random: RandomSource(seed: 1)) == [])
  }

  @Test("priorities follow the critic, also when some drawn entries have left")
  func reprioritizing() {
    var memory = buffer(capacity: 3)
    memory.insert((0..<3).map { credited($0, excess: [1]) })
    let many = memory.draw(50, random: RandomSource(seed: 1))
    let draws = (0..<3).compactMap { number in many.first { $0.entry.number == number } }
    memory.insert([credited(3, excess: [1])])
    memory.reprioritize(draws, values: [[0], [0.5], [2]])
    #expect(memory.entries.map(\.number) == [1, 2, 3])
    #expect(memory.entries.map(\.priority) == [0.5, 1e-6, 1])
  }

  @Test("a buffer read back from a checkpoint goes on the same")
  func checkpoint() throws {
    var memory = buffer(capacity: 12, priority: 0.6)
    var numbers = SplitMix64(state: 4)
    memory.insert((0..<9).map { credited($0, excess: numbers.floats(2, in: 0...1)) })
    var copy = try JSONDecoder().decode(ReplayBuffer.self, from: JSONEncoder().encode(memory))
    #expect(copy == memory)
    let later = (9..<12).map { credited($0, excess: numbers.floats(2, in: 0...1)) }
    memory.insert(later)
    copy.insert(later)
    let random = RandomSource(seed: 2)
    #expect(copy == memory && copy.draw(8, random: random) == memory.draw(8, random: random))
  }
}
