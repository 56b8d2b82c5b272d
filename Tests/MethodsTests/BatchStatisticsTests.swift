// Group advantages, whitening, explained variance, aggregation weights: by hand, by law, and
// against PyTorch.

import Methods
import Records
import Testing
import TestSupport

struct BatchGoldens: Decodable {
  struct Group: Decodable {
    var rewards, mean, sample, population, leave_one_out: [Double]
  }
  struct Whitening: Decodable {
    var lengths: [Int]
    var advantages, whitened: [Float]
  }
  struct Explained: Decodable {
    var values, returns: [Float]
    var value: Double
  }
  struct Quantiles: Decodable { var lengths, shares, quantiles: [Double] }
  var groups: [Group]
  var whitening: Whitening
  var explained: Explained
  var quantiles: Quantiles
}

@Suite("Group advantages and whitening")
struct GroupAdvantageTests {
  @Test("two right of four, worked by hand")
  func workedByHand() {
    // Mean 0.5; deviation over 3: √(1/3) = 0.57735; over 4: 0.5; others' mean for a 1: 1/3.
    let rewards = [1.0, 0, 0, 1]
    #expect(groupAdvantages(rewards, against: .mean) == [0.5, -0.5, -0.5, 0.5])
    let sample = groupAdvantages(rewards, against: .meanAndDeviation())
    #expect(abs(sample[0] - 0.866_025) < 1e-5 && sample[1] == -sample[0])
    let population = groupAdvantages(rewards, against: .meanAndDeviation(.population))
    #expect(abs(population[0] - 1) < 1e-5)
    let others = groupAdvantages(rewards, against: .leaveOneOut)
    #expect(abs(others[0] - 2.0 / 3) < 1e-12 && abs(others[1] + 2.0 / 3) < 1e-12)
  }

  @Test("PyTorch gives the same advantages")
  func agreesWithPyTorch() throws {
    for group in try Golden.decode(BatchGoldens.self, from: "algorithms-batches").groups {
      for (comparison, wanted) in [
        (GroupComparison.mean, group.mean), (.meanAndDeviation(.sample), group.sample),
        (.meanAndDeviation(.population), group.population), (.leaveOneOut, group.leave_one_out),
      ] {
        let found = groupAdvantages(group.rewards, against: comparison)
        #expect(zip(found, wanted).allSatisfy { isClose($0, $1, within: 1e-12) })
      }
    }
  }

  @Test("a group of one, and one of equal rewards, have advantages of exactly zero")
  func nothingToCompare() {
    for comparison in [GroupComparison.mean, .meanAndDeviation(), .leaveOneOut] {
      #expect(groupAdvantages([0.3], against: comparison) == [0])
      #expect(groupAdvantages([0.1, 0.1, 0.1], against: comparison) == [0, 0, 0])
      #expect(groupAdvantages([], against: comparison) == [])
    }
  }

  @Test("PyTorch whitens the same numbers to the same numbers")
  func whiteningAgreesWithPyTorch() throws {
    let golden = try Golden.decode(BatchGoldens.self, from: "algorithms-batches").whitening
    var rest = golden.advantages[...]
    let episodes = golden.lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return Array(rest.prefix(length))
    }
    #expect(areClose(whitened(episodes).flatMap { $0 }, golden.whitened))
  }

  @Test("whitened advantages have mean 0 and variance 1, over tokens and not over episodes")
  func moments() {
    // 1, 1, 1, 5: mean 2, squares 12, variance 4, so -0.5, -0.5, -0.5, 1.5.
    #expect(areClose(whitened([[1, 1, 1], [5]]).flatMap { $0 }, [-0.5, -0.5, -0.5, 1.5]))
  }

  @Test("whitening equal numbers, one number or none gives zeros and no not-a-number")
  func flatAdvantages() {
    #expect(whitened([[0.1, 0.1], [0.1]]) == [[0, 0], [0]])
    #expect(whitened([[3]]) == [[0]])
    #expect(whitened([]) == [])
    #expect(whitened([[], []]) == [[], []])
  }
}

@Suite("Explained variance")
struct ExplainedVarianceTests {
  @Test("worked by hand")
  func workedByHand() {
    // R = 0, 2: variance 2. R - V = 0, 1: variance 0.5. 1 - 0.5/2.00001 = 0.75000125.
    let found = explainedVariance(values: [0, 1], returns: [0, 2])
    #expect(abs(found.value - 0.750_001_25) < 1e-8)
    #expect(found.isDefined && found.count == 2)
    #expect(found.meanValue == 0.5 && found.meanReturn == 1)
  }

  @Test("PyTorch gives the same number")
  func agreesWithPyTorch() throws {
    let golden = try Golden.decode(BatchGoldens.self, from: "algorithms-batches").explained
    let found = explainedVariance(values: golden.values, returns: golden.returns)
    #expect(isClose(found.value, golden.value, within: 1e-9))
  }

  @Test("a perfect critic explains all, a constant one nothing, a reversed one less than nothing")
  func landmarks() {
    let returns: [Float] = [-1, 1, -1, 1, 1]
    #expect(explainedVariance(values: returns, returns: returns).value == 1)
    let constant = explainedVariance(values: [3, 3, 3, 3, 3], returns: returns)
    #expect(abs(constant.value) < 1e-4)
    #expect(explainedVariance(values: returns.map(-), returns: returns).value < -2.9)
  }

  @Test("returns that do not vary leave it undefined and zero")
  func undefined() {
    for returns: [Float] in [[1, 1, 1], [1], []] {
      let values = [Float](repeating: 0.5, count: returns.count)
      let found = explainedVariance(values: values, returns: returns)
      #expect(!found.isDefined && found.value == 0 && found.count == returns.count)
    }
  }

  @Test("positions fall into equal parts of their own response")
  func byPosition() {
    // Length 4 in two parts: tokens 0, 1 and 2, 3. Length 3: token 1 is at ⌊2·1/3⌋ = 0.
    let found = explainedVarianceByPosition(
      values: [[0, 0, 1, 1], [0, 0, -1]], returns: [[1, 1, 1, 1], [-1, -1, -1]], parts: 2)
    #expect(found.map(\.count) == [4, 3])
    #expect(abs(found[0].value) < 1e-4)
    #expect(found[1].value == 1)
  }

  @Test("a response shorter than the parts leaves some of them empty and undefined")
  func shortResponses() {
    let found = explainedVarianceByPosition(values: [[0.5]], returns: [[1]])
    #expect(found.map(\.count) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(found.allSatisfy { !$0.isDefined })
  }

  @Test("length buckets hold their upper bound and cover every length")
  func byLength() {
    let lengths = [1, 2, 3, 9]
    let found = explainedVarianceByLength(
      values: lengths.map { [Float](repeating: 0, count: $0) },
      returns: lengths.map { [Float](repeating: Float($0), count: $0) }, bounds: [2, 4])
    #expect(found.map(\.from) == [0, 3, 5])
    #expect(found.map(\.through) == [2, 4, Int.max])
    #expect(found.map(\.responses) == [2, 1, 1])
    #expect(found.map(\.explained.count) == [3, 3, 9])
    #expect(found.map(\.explained.isDefined) == [true, false, false])
  }
}

@Suite("Aggregation weights")
struct LossAggregationTests {
  @Test("lengths 1 and 3, worked by hand")
  func workedByHand() {
    let totals = StepTotals(lengths: [1, 3], horizon: 8)
    func weights(_ mode: LossAggregation) -> [Double] {
      [1, 3].map { mode.tokenWeight(length: $0, of: totals) }
    }
    #expect(weights(.tokenMean) == [0.25, 0.25])
    #expect(weights(.sequenceMeanTokenSum) == [0.5, 0.5])
    #expect(weights(.sequenceMeanTokenMean) == [0.5, 1.0 / 6])
    #expect(weights(.sequenceMeanTokenSumNorm) == [1.0 / 16, 1.0 / 16])
  }

  @Test("nothing that counts gives weight zero, not infinity")
  func empty() {
    for mode in LossAggregation.allCases {
      let totals = StepTotals(lengths: [], horizon: 8)
      #expect(mode.tokenWeight(length: 3, of: totals) == 0)
    }
  }

  @Test("the weights of both means sum to one over any batch", arguments: 1...10)
  func sumToOne(seed: Int) {
    var numbers = SplitMix64(state: UInt64(seed))
    let lengths = (0..<9).map { _ in Int.random(in: 1...40, using: &numbers) }
    let totals = StepTotals(lengths: lengths, horizon: 40)
    for mode in [LossAggregation.tokenMean, .sequenceMeanTokenMean] {
      let sum = lengths.reduce(0.0) {
        $0 + Double($1) * mode.tokenWeight(length: $1, of: totals)
      }
      #expect(isClose(sum, 1, within: 1e-12))
    }
  }
}
