// Intervals of means, against the exact bootstrap distribution and against the truth.

import Methods
import Records
import Testing

@Suite struct EstimateTests {
  @Test func `the mean of two numbers, and of one, by hand`() {
    // Resamples of {0, 1} have means 0, 1/2, 1 with chances 1/4, 1/2, 1/4.
    let two = Estimate([0, 1])
    #expect(two == Estimate(mean: 0.5, low: 0, high: 1))
    #expect(Estimate([3]) == Estimate(mean: 3, low: 3, high: 3))
    #expect(Estimate([2, 2, 2]) == Estimate(mean: 2, low: 2, high: 2))
  }

  @Test func `five numbers give the quantiles of all 3125 resamples`() {
    let numbers = [0.61, 0.70, 0.72, 0.78, 0.93]
    var means: [Double] = []
    for code in 0..<3125 {
      var (rest, sum) = (code, 0.0)
      for _ in 0..<5 {
        sum += numbers[rest % 5]
        rest /= 5
      }
      means.append(sum / 5)
    }
    means.sort()
    let estimate = Estimate(numbers)
    #expect(abs(estimate.mean - 0.748) < 1e-12)
    #expect(abs(estimate.low - means[78]) < 0.005)
    #expect(abs(estimate.high - means[3046]) < 0.005)
  }

  @Test(arguments: [(0, 8), (1, 8), (5, 20), (214, 300), (299, 300), (300, 300)])
  func `the ends of a share's interval are the chances it is 1.96 deviations from`(
    hits: Int, count: Int
  ) {
    let share = Estimate(share: hits, of: count)
    let (p, n) = (Double(hits) / Double(count), Double(count))
    #expect(share.mean == p && share.low <= p && share.high >= p && share.low < share.high)
    for end in [share.low, share.high] where end > 0 && end < 1 {
      #expect(abs((p - end) * (p - end) * n - 3.841458820694 * end * (1 - end)) < 1e-9)
    }
    #expect(hits > 0 || share.low == 0)
    #expect(hits < count || share.high == 1)
    // 0 of 8, by hand: z² / (n + z²).
    if hits == 0 { #expect(abs(share.high - 0.32441) < 1e-5) }
  }

  @Test func `of five normal numbers the interval holds the truth as often as it says`() {
    var generator = RandomSource(seed: 1)["normal"].generator
    func normal() -> Double {
      // The sum of twelve uniform numbers less six: near enough in the middle of the curve.
      (0..<12).reduce(-6.0) { sum, _ in sum + Double(generator.next() >> 11) * 0x1p-53 }
    }
    let held = (0..<1000).count { _ in
      let estimate = Estimate((0..<5).map { _ in normal() }, resamples: 500)
      return estimate.low <= 0 && estimate.high >= 0
    }
    #expect((790...870).contains(held))
  }
}
