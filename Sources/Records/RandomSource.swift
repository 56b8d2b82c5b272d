// Randomness is a value: every number is a function of a key that says what it is for, never of
// how many numbers were drawn before. A restart, another batch layout or another order of work
// draws the same numbers.

/// Derives seeds and uniform numbers from a chain of keys.
///
///     RandomSource(seed: 7)["rollout"][step][prompt][sample].uniform(at: position)
///
/// The mixing function is SplitMix64's finaliser (Steele, Lea, Flood, 2014), applied once a key.
public struct RandomSource: Hashable, Sendable {
  /// The state of the chain so far, itself a fine seed.
  public let seed: UInt64

  /// The root of a run.
  public init(seed: UInt64) { self.seed = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

  private init(mixed: UInt64) { seed = mixed }

  /// The source for one value of a numeric key.
  public subscript(key: Int) -> RandomSource {
    RandomSource(
      mixed: Self.mix(seed ^ Self.mix(UInt64(bitPattern: Int64(key)) &+ 0xD1B5_4A32_D192_ED03)))
  }

  /// The source for one purpose.
  public subscript(name: String) -> RandomSource {
    // FNV-1a, 64 bits: stable across processes, unlike Swift's seeded Hasher.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return RandomSource(mixed: Self.mix(seed ^ hash))
  }

  /// The uniform number in [0, 1) at one place of this source, with 53 random bits.
  public func uniform(at place: Int) -> Double {
    Double(self[place].seed >> 11) * 0x1p-53
  }

  /// The numbers below `count` in an order that is drawn evenly from all orders.
  ///
  /// Fisher and Yates, from the front. Swift's own shuffle is the same by now, and free to change
  /// with the next release; a run's order is not.
  public func shuffled(_ count: Int) -> [Int] {
    var numbers = Array(0..<count)
    var generator = generator
    for place in numbers.indices.dropLast() {
      let rest = UInt64(count - place)
      numbers.swapAt(place, place + Int(generator.next(below: rest)))
    }
    return numbers
  }

  /// A generator that starts here, for code that draws a stream.
  public var generator: SplitMix64 { SplitMix64(state: seed) }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Sebastiano Vigna's 64-bit generator: one addition and one mix a number.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts at a state.
  public init(state: UInt64) { self.state = state }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return RandomSource.mix(state)
  }

  /// A number below `bound`, each with the same chance.
  ///
  /// Source: Fast Random Integer Generation in an Interval, arXiv:1805.10941, algorithm 5.
  mutating func next(below bound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let least = (0 &- bound) % bound
      while product.low < least { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
