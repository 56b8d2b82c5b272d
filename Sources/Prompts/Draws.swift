// The two draws that problems are made of. They are written out here, so that a newer standard
// library cannot change a data set.

import Records

extension SplitMix64 {
  /// A whole number from 0 up to, not including, `count`.
  ///
  /// The high half of a 128-bit product (Lemire, 2019), without his rejection: for the small counts
  /// of this house the bias is below 2^-40.
  mutating func draw(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// A number in [0, 1) with 53 random bits.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
