// The committed tables are long lists of small numbers, written as text so that they stay short:
// six bits a character, lowest first, the highest of the six saying that more follow.

/// Numbers packed as text by Tools/goldens/tokenizer_tables.py.
struct PackedNumbers: Sequence, IteratorProtocol {
  private static let digits = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_".utf8)

  private var text: String.UTF8View.Iterator
  private let values: [UInt8]

  init(_ text: StaticString) {
    self.text = "\(text)".utf8.makeIterator()
    values = Self.digits.enumerated().reduce(into: [UInt8](repeating: 0, count: 128)) {
      $0[Int($1.element)] = UInt8($1.offset)
    }
  }

  /// The next number; line ends between digits are passed over.
  mutating func next() -> UInt32? {
    var number: UInt32 = 0
    var shift: UInt32 = 0
    while let character = text.next() {
      guard character != UInt8(ascii: "\n") else { continue }
      let digit = UInt32(values[Int(character)])
      number |= (digit & 31) << shift
      shift += 5
      if digit < 32 { return number }
    }
    return nil
  }
}
