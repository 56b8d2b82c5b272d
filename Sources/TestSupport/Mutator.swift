// Broken inputs, drawn: what a reader of strangers' files has to live with. The same seed and number
// give the same input on every machine.

/// Makes broken inputs of sound ones.
public struct Mutator: Sendable {
  /// Texts that have meant trouble to readers of one kind or another.
  private static let awkward =
    [
      "-1", "0", "1e308", "-1e-320", "nan", "inf", "9223372036854775807", "-9223372036854775808",
      "9223372036854775808", "18446744073709551616", "2147483648", "4294967296", "1e999", "\"\"",
      "null",
      "true", "[]", "{}", "[[]]", "\\u0000", "\\ud800", "\u{0}", "\u{FEFF}",
      "\u{1F469}\u{200D}\u{1F4BB}",
      "\n", "\r\n", "\t", "{{", "}}", "{%", "%}", "#", "&a", "*a", "!!", "|", ">", "---", ": ",
      ", ", "/",
      "..", "~", "'", "\"", "\\", "(", ")", "*", "+", "?", "{1000}", "(a*)*", "e\u{301}", "\u{E9}",
      "%s", "$",
    ].map { Array($0.utf8) }

  /// How many of them are whole values of JSON.
  private static let sound = 22

  private let samples: [[UInt8]]
  private let seed: UInt64

  /// Prepares to break samples.
  ///
  /// - Parameters:
  ///   - samples: sound inputs, at least one.
  ///   - seed: where the draws come from.
  public init(_ samples: [[UInt8]], seed: UInt64) {
    precondition(!samples.isEmpty, "there is nothing to break")
    self.samples = samples
    self.seed = seed
  }

  /// The broken input of a number.
  ///
  /// - Parameter number: any number from 0 on; the first ones are the samples as they are.
  /// - Returns: no more than a mebibyte beside what a sample has.
  public func input(_ number: Int) -> [UInt8] {
    if number < samples.count { return samples[number] }
    var random = Draws(state: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
    var bytes = samples[random.below(samples.count)]
    if random.below(2) == 0 {
      // One or two values changed, and the form kept: such inputs come far.
      for _ in 0...random.below(2) { replaceValue(&bytes, &random) }
    } else {
      for _ in 0...random.below(6) { change(&bytes, &random) }
    }
    return bytes
  }

  /// Puts another value for a number or a quoted text.
  private func replaceValue(_ bytes: inout [UInt8], _ random: inout Draws) {
    let values = Self.values(in: bytes)
    guard !values.isEmpty else { return change(&bytes, &random) }
    let place = values[random.below(values.count)]
    let other = samples[random.below(samples.count)]
    let others = Self.values(in: other)
    let new =
      switch random.below(3) {
      case 0 where !others.isEmpty: Array(other[others[random.below(others.count)]])
      case 1: Array(bytes[values[random.below(values.count)]])
      default: Self.awkward[random.below(Self.sound)]
      }
    bytes.replaceSubrange(place, with: new)
  }

  /// Where numbers and quoted texts stand, of which there are no more than some thousands.
  private static func values(in bytes: [UInt8]) -> [Range<Int>] {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var found: [Range<Int>] = []
    var place = 0
    while place < bytes.count, found.count < 4096 {
      let start = place
      if bytes[place] == UInt8(ascii: "\"") {
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, bytes.count)
        found.append(start..<place)
      } else if digits.contains(bytes[place]) {
        while place < bytes.count, digits.contains(bytes[place]) { place += 1 }
        found.append(start..<place)
      } else {
        place += 1
      }
    }
    return found
  }

  private func change(_ bytes: inout [UInt8], _ random: inout Draws) {
    let place = random.below(bytes.count + 1)
    let length = min(random.below(random.below(8) == 0 ? 4096 : 16) + 1, bytes.count - place)
    switch random.below(11) {
    case 0 where !bytes.isEmpty: bytes[min(place, bytes.count - 1)] ^= 1 << UInt8(random.below(8))
    case 1 where !bytes.isEmpty: bytes[min(place, bytes.count - 1)] = UInt8(random.below(256))
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: Self.awkward[random.below(Self.awkward.count)], at: place)
    case 4: bytes.removeSubrange(place...)
    case 5: replaceNumber(&bytes, from: place, &random)
    case 6:
      // A part once more, where it was or elsewhere.
      let part = Array(bytes[place..<place + length])
      bytes.insert(contentsOf: part, at: random.below(bytes.count + 1))
    case 7:
      let part = bytes[place..<place + length]
      let times = min(1 << random.below(12), (1 << 17) / max(1, length))
      bytes.insert(contentsOf: (0..<times).flatMap { _ in part }, at: place)
    case 8:
      let other = samples[random.below(samples.count)]
      let start = random.below(other.count + 1)
      let end = min(other.count, start + random.below(512))
      bytes.replaceSubrange(place..<place + length, with: other[start..<end])
    case 9:
      // Binary numbers: lengths, counts and offsets.
      let value = [0, 1, 0x7F, 0xFF, 0x8000_0000, UInt64.max, UInt64.max >> 1][random.below(7)]
      for offset in 0..<8 where place + offset < bytes.count {
        bytes[place + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset))
      }
    default:
      let pair = [("[", "]"), ("{\"a\":", "}"), ("(", ")"), ("{{", "}}"), ("- ", "")][
        random.below(5)]
      let depth = 1 << random.below(14)
      bytes.insert(contentsOf: String(repeating: pair.1, count: depth).utf8, at: place)
      bytes.insert(contentsOf: String(repeating: pair.0, count: depth).utf8, at: place)
    }
  }

  /// Puts an awkward text for the next number.
  private func replaceNumber(_ bytes: inout [UInt8], from place: Int, _ random: inout Draws) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[place...].firstIndex(where: digits.contains) else { return }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Self.awkward[random.below(16)])
  }

  /// SplitMix64.
  private struct Draws {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      value ^= value >> 31
      return bound < 1 ? 0 : Int(value % UInt64(bound))
    }
  }
}
