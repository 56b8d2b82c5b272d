// A critic's check: by hand, and by the law that its noise must cancel.

import Foundation
import Records
import TestSupport
import Testing
import Training

@Suite("A critic's check")
struct CriticCheckTests {
  /// Two places of one response: rewards 1, 0 and 1, 1, 1, 0.
  ///
  /// Means 1/2 and 3/4; variances without bias 1/2 and 1/4, of the means 1/4 and 1/16.
  @Test func `two places by hand`() throws {
    let check = CriticCheck([
      CriticPlace(response: 0, tokens: 0, length: 10, value: 0.25, rewards: [1, 0]),
      CriticPlace(response: 0, tokens: 5, length: 10, value: 1, rewards: [1, 1, 1, 0]),
      CriticPlace(response: 0, tokens: 9, length: 10, value: 7, rewards: [1]),
    ])
    #expect(check.places.count == 2)
    let whole = try #require(check.whole)
    #expect(whole.places == 2 && whole.expected == 0.625 && whole.realized == 0.625)
    #expect(whole.bias == 0)
    // Squared distances 1/16 and 1/16, less the noise of 1/4 and 1/16: below 0 it is 0.
    #expect(whole.error == 0)
    // The means' variance is 1/32, less the mean noise 5/32.
    #expect(whole.spread == 0 && whole.explained == nil)
    #expect(check.shown == nil)
    #expect(check.tenths.map(\.tenth) == [1, 6])
    #expect(abs(check.rewardVariance - 2.0 / 9) < 1e-12)
    #expect(check.tenths[1].figures.error == 0)
    #expect(check.table.contains("no change between places stands out of the noise"))
    #expect(CriticCheck([]).whole == nil && CriticCheck([]).table.contains("no place"))
  }

  /// A critic that shows 40% of every change, is 0.1 too high, and of which the truth is known: the
  /// estimates come near it although every mean of four rewards is noise for the most part.
  @Test func `noise of few continuations does not bias what is found`() throws {
    var random = RandomSource(seed: 4).generator
    var places: [CriticPlace] = []
    var errors = 0.0
    var truths: [Double] = []
    for response in 0..<4000 {
      for place in 0..<5 {
        let truth = 0.1 + 0.8 * Double.random(in: 0..<1, using: &random)
        let value = 0.6 + 0.4 * (truth - 0.5)
        let rewards = (0..<4).map { _ in Double.random(in: 0..<1, using: &random) < truth ? 1.0 : 0
        }
        errors += (value - truth) * (value - truth)
        truths.append(truth)
        places.append(
          CriticPlace(
            response: response, tokens: 2 * place, length: 10, value: value, rewards: rewards))
      }
    }
    let check = CriticCheck(places)
    let whole = try #require(check.whole)
    let mean = truths.reduce(0, +) / Double(truths.count)
    let spread = truths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(truths.count)
    #expect(abs(whole.bias - 0.1) < 0.01)
    #expect(abs(whole.error - errors / Double(truths.count)) < 0.003)
    #expect(abs(whole.spread - spread) < 0.003)
    #expect(try abs(#require(check.shown) - 0.4) < 0.03)
    #expect(
      try abs(#require(whole.explained) - (1 - errors / Double(truths.count) / spread)) < 0.06)
    #expect(check.tenths.map(\.tenth) == [1, 3, 5, 7, 9])
  }

  /// The first place of every response is the prompt alone; a whole response has four places at most.
  @Test @MainActor func `the command checks the critic of a run that has ended`() async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let configuration = try TinyRun.configuration([
        "data.task.name=locks", "data.task.nodes=8", "warm_start.curriculum_start=2",
        "trainer.threads=1",
      ])
      _ = try await TinyRun.train(configuration, in: run)
      let places = root.appending(path: "places.json")
      let sizes = ["--prompts", "3", "--places", "4", "--continuations", "3"]
      let command = try await Command(["critic", run.path, "--json", places.path] + sizes)
      #expect(command.status == 0, "\(command.output)")
      #expect(command.output.contains("explained") && command.output.contains("all"))
      let check = try JSONDecoder().decode(CriticCheck.self, from: Data(contentsOf: places))
      #expect(check.places.count { $0.tokens == 0 } == 3 && check.places.count <= 12)
      #expect(check.places.allSatisfy { $0.tokens < $0.length && $0.rewards.count == 3 })
      let again = try await Command(["critic", run.path] + sizes)
      #expect(again.output.suffix(200) == command.output.suffix(200))
      for (arguments, words) in [
        ([root.path], "is no run"), ([run.path, "--continuations", "1"], "from 2 to 100000"),
        ([run.path, "reward.normalize=true"], "no expected rewards"),
      ] {
        let refused = try await Command(["critic"] + arguments)
        #expect(refused.status > 0 && refused.output.contains(words), "\(refused.output)")
      }
      try FileManager.default.removeItem(at: run.appending(path: "critic"))
      let refused = try await Command(["critic", run.path])
      #expect(refused.output.contains("has no critic"), "\(refused.output)")
    }
  }
}
