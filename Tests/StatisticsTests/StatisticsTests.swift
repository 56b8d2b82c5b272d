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

  @Test func `what a run comes to is its mean over the last of its course, by hand`() throws {
    let readings: [(place: Double, value: Double)] = [(0, 0), (40, 0.2), (100, 0.8)]
    // From 75, where the line is at 0.55, to 100 at 0.8.
    #expect(near(lateMean(readings, share: 0.25) ?? -1, 0.675))
    // All of it: 40 · 0.1 + 60 · 0.5 over 100.
    #expect(near(lateMean(readings, share: 1) ?? -1, 0.34))
    // The same curve read oftener comes to the same.
    let often = readings + [(90, 0.7), (20, 0.1), (76, 0.56)]
    let sorted = often.sorted { $0.place < $1.place }
    for share in [0.1, 0.25, 0.5, 1] {
      let plain = try #require(lateMean(readings, share: share))
      #expect(near(lateMean(sorted, share: share) ?? -1, plain))
    }
    #expect(lateMean([(5, 0.25)], share: 0.5) == 0.25 && lateMean([], share: 0.5) == nil)
    #expect(lateMean([(5, 0.25), (5, 0.75)], share: 0.5) == 0.75)
    #expect(lateMean([(0, 0.25), (0, 0.75)], share: 0.5) == 0.75)
  }

  @Test func `the mean over the last of a course is the sum of many thin slices`() throws {
    let heights = [0.1, 0.35, 0.3, 0.62, 0.58, 0.9]
    let readings = heights.enumerated().map { (place: 7.0 + Double($0 * $0), value: $1) }
    let (end, slices) = (32.0, 200_000)
    for share in [0.2, 0.25, 0.7] {
      let sum = (0..<slices).reduce(0.0) { sum, slice in
        let place = end * (1 - share * (Double(slice) + 0.5) / Double(slices))
        let next = readings.firstIndex { $0.place >= place } ?? 0
        let (before, after) = (readings[next - 1], readings[next])
        let part = (place - before.place) / (after.place - before.place)
        return sum + (1 - part) * before.value + part * after.value
      }
      #expect(abs((lateMean(readings, share: share) ?? -1) - sum / Double(slices)) < 1e-8)
    }
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
