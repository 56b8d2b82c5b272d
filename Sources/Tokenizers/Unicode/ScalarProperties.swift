// General categories and scripts, as `\p{…}` in Split patterns means them. Only patterns without a
// scanner ask, so that the tables are unpacked at the first of these.

/// Numbers of categories and scripts, one byte a scalar.
enum ScalarProperties {
  /// The general categories by their numbers less 1.
  static let categoryNames = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
  ]
  /// The scripts by their numbers less 1.
  static let scriptNames = [
    "Han", "Hiragana", "Katakana", "Hangul", "Latin", "Greek", "Cyrillic", "Arabic", "Hebrew",
    "Thai",
  ]

  /// The number of a scalar's category; 0 for none of them.
  static func category(of scalar: UInt32) -> UInt8 { categories[Int(scalar)] }

  /// The number of a scalar's script; 0 for none of them.
  static func script(of scalar: UInt32) -> UInt8 { scripts[Int(scalar)] }

  private static let categories = unpacked(ScalarPropertyTable.categories)
  private static let scripts = unpacked(ScalarPropertyTable.scripts)

  private static func unpacked(_ packed: StaticString) -> [UInt8] {
    var table = [UInt8](repeating: 0, count: 0x110000)
    var numbers = PackedNumbers(packed)
    var place = 0
    while let gap = numbers.next(), let length = numbers.next(), let number = numbers.next() {
      place += Int(gap)
      for scalar in place..<place + Int(length) { table[scalar] = UInt8(number) }
      place += Int(length)
    }
    return table
  }
}
