// What must hold of randomness that is a value.

import Records
import Testing

@Suite("Random source")
struct RandomSourceTests {
  @Test("the finaliser and the stream are SplitMix64's published ones")
  func published() {
    // The first numbers of SplitMix64 from state 1234567, as its reference implementation gives.
    var generator = SplitMix64(state: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    for number in expected { #expect(generator.next() == number) }
  }

  @Test("a number depends on its keys and not on what was drawn before")
  func pure() {
    let source = RandomSource(seed: 7)["rollout"][3][11][2]
    let first = source.uniform(at: 40)
    for place in 0..<100 { _ = source.uniform(at: place) }
    #expect(RandomSource(seed: 7)["rollout"][3][11][2].uniform(at: 40) == first)
  }

  @Test("every key matters, and so does their order")
  func keys() {
    let root = RandomSource(seed: 1)
    let seeds = [
      root[1][2].seed, root[2][1].seed, root["a"][1].seed, root["b"][1].seed, root[1].seed,
      root[-1].seed, RandomSource(seed: 2)[1][2].seed, root["ab"].seed, root["a"]["b"].seed,
    ]
    #expect(Set(seeds).count == seeds.count)
  }

  /// The list is what Tools/goldens/run_random.py makes of the same keys.
  @Test("a shuffle is the one that is written down, and all orders are as likely")
  func shuffles() {
    #expect(
      RandomSource(seed: 7)["order"][2].shuffled(10) == [8, 5, 2, 7, 6, 0, 9, 1, 3, 4])
    let source = RandomSource(seed: 3)
    #expect(source.shuffled(0).isEmpty && source.shuffled(1) == [0])
    var counts: [[Int]: Int] = [:]
    for key in 0..<6000 { counts[source[key].shuffled(3), default: 0] += 1 }
    // Five standard deviations of a binomial count of mean 1000.
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 5 * 29 }, "\(counts)")
  }

  @Test("uniform numbers fill [0, 1) evenly")
  func even() {
    let source = RandomSource(seed: 5)
    let count = 100_000
    var bins = [Int](repeating: 0, count: 10)
    var sum = 0.0
    for place in 0..<count {
      let number = source.uniform(at: place)
      #expect(number >= 0 && number < 1)
      bins[Int(number * 10)] += 1
      sum += number
    }
    // Five standard deviations of a binomial count and of a mean of uniforms.
    for bin in bins { #expect(abs(Double(bin) - 10_000) < 5 * 95) }
    #expect(abs(sum / Double(count) - 0.5) < 5 * 0.2887 / Double(count).squareRoot())
  }

  @Test("numbers of neighboring keys are not correlated")
  func independent() {
    let root = RandomSource(seed: 9)
    let count = 20_000
    var product = 0.0
    for key in 0..<count {
      product += (root[key].uniform(at: 0) - 0.5) * (root[key + 1].uniform(at: 0) - 0.5)
    }
    // The product of two centered uniforms has standard deviation 1/12.
    #expect(abs(product / Double(count)) < 5 / 12 / Double(count).squareRoot())
  }
}
