// Student's t against SciPy, intervals and paired comparisons of seeds, and Holm's correction by hand.

import Foundation
import Testing
import TestSupport

import Statistics

@Suite struct StatisticsTests {
  private struct Goldens: Decodable {
    struct Tail: Decodable {
      var degrees: Double
      var t: Double
      var tail: Double
    }

    struct Pairs: Decodable {
      var first: [Double]
      var other: [Double]
      var mean: Double
      var ends: [Double]
      var difference: Double
      var difference_ends: [Double]
      var chance: Double
    }

    struct Correction: Decodable {
      var chances: [Double]
      var adjusted: [Double]
    }

    var tails: [Tail]
    var criticals: [Tail]
    var pairs: [Pairs]
    var holm: [Correction]
  }

  private let goldens: Goldens

  init() throws { goldens = try Golden.decode(Goldens.self, from: "study-statistics") }

  private func near(_ one: Double, _ other: Double, within share: Double = 1e-9) -> Bool {
    abs(one - other) <= share * max(abs(one), abs(other))
  }

  @Test func `tails of Student's t are SciPy's`() {
    for golden in goldens.tails {
      let tail = StudentT.tail(golden.t, degrees: golden.degrees)
      #expect(near(tail, golden.tail), "\(golden) \(tail)")
      #expect(StudentT.tail(-golden.t, degrees: golden.degrees) == tail)
    }
    #expect(StudentT.tail(.infinity, degrees: 4) == 0 && StudentT.tail(.nan, degrees: 4) == 1)
    #expect(StudentT.tail(1e200, degrees: 4) == 0)
  }

  @Test func `critical values of Student's t are SciPy's`() {
    for golden in goldens.criticals {
      let t = StudentT.critical(tail: golden.tail, degrees: golden.degrees)
      // Near a chance of 1 SciPy's own value has but some digits.
      #expect(
        golden.tail == 1 ? t < 1e-12 : near(t, golden.t, within: 1e-8), "\(golden) \(t)")
    }
  }

  @Test func `intervals and paired tests of seeds are SciPy's`() throws {
    for golden in goldens.pairs {
      let mean = try #require(SeedMean(golden.first))
      #expect(near(mean.mean, golden.mean) && mean.count == golden.first.count)
      #expect(near(mean.low, golden.ends[0]) && near(mean.high, golden.ends[1]))
      let difference = try #require(
        SeedMean(zip(golden.other, golden.first).map { $0 - $1 }))
      #expect(near(difference.mean, golden.difference, within: 1e-7))
      #expect(abs(difference.low - golden.difference_ends[0]) < 1e-9)
      #expect(abs(difference.high - golden.difference_ends[1]) < 1e-9)
      #expect(near(difference.chance ?? 0, golden.chance, within: 1e-7))
    }
  }

  @Test func `one seed has a mean and no interval, and seeds all alike are no trap`() throws {
    #expect(SeedMean([]) == nil)
    let one = try #require(SeedMean([0.7]))
    #expect(one.mean == 0.7 && !one.hasInterval && one.chance == nil)
    let alike = try #require(SeedMean([0.1, 0.1, 0.1]))
    #expect(alike.hasInterval && alike.chance == 0)
    #expect(abs(alike.low - 0.1) < 1e-12 && abs(alike.high - 0.1) < 1e-12)
    let none = try #require(SeedMean([0, 0]))
    #expect(none.chance == 1 && none.low == 0 && none.high == 0)
  }

  @Test func `Holm's correction, written out and by hand`() {
    for golden in goldens.holm {
      for (own, other) in zip(holm(golden.chances), golden.adjusted) {
        #expect(near(own ?? -1, other))
      }
    }
    // 3 × 0.01 = 0.03; 2 × 0.02 = 0.04; 0.03 is below what came before it.
    #expect(
      zip(holm([0.03, 0.01, 0.02]), [0.04, 0.03, 0.04]).allSatisfy { near($0 ?? -1, $1) })
    // What is planned and not yet there counts.
    #expect(holm([0.02, nil]) == [0.04, nil] && holm([]).isEmpty)
  }

  @Test func `an arm is apart by a corrected chance and by five points`() throws {
    func comparison(_ numbers: [Double], _ adjusted: Double?) throws -> ArmComparison {
      ArmComparison(difference: try #require(SeedMean(numbers)), adjusted: adjusted)
    }
    #expect(try comparison([-0.05, -0.05], 0.049).isApart)
    #expect(try comparison([0.06, 0.04], 0.01).isApart)
    #expect(try !comparison([-0.049, -0.049], 0.001).isApart)
    #expect(try !comparison([-0.3, -0.2], 0.05).isApart)
    #expect(try !comparison([-0.3], nil).isApart)
  }
}
