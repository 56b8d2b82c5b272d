// Bytes as keys, by the hundred thousand: one array of slots, one of all keys end to end. A
// dictionary of byte arrays would cost an allocation a key and a slow hash a look-up; one of strings
// would merge canonically equal keys, that is, different tokens.

/// Numbers the byte strings put into it: 0, 1, 2 and so on.
struct ByteTable: Sendable {
  private struct Slot {
    /// The first and last bytes of the key: all of it when there are no more than eight.
    var word: UInt64 = 0
    /// The key's length plus one; 0 in an empty slot.
    var length: UInt32 = 0
    var start: UInt32 = 0
    var index: UInt32 = 0
    var hash: UInt32 = 0
  }

  private var slots: [Slot]
  private var keys: [UInt8] = []
  /// Where each key ends in `keys`.
  private var ends: [UInt32] = []

  /// - Parameter capacity: how many keys to expect; more are welcome.
  init(capacity: Int = 0) {
    var count = 64
    while count < capacity * 2 { count *= 2 }
    slots = [Slot](repeating: Slot(), count: count)
    ends.reserveCapacity(capacity)
  }

  /// The bytes of the key `index`.
  func key(_ index: Int) -> ArraySlice<UInt8> {
    keys[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
  }

  /// The number of `key`, nil when it is not there.
  func index(of key: some Collection<UInt8>) -> Int? {
    key.withContiguousStorageIfAvailable { index(of: UnsafeRawBufferPointer($0)) }
      ?? Array(key).withUnsafeBytes { index(of: $0) }
  }

  /// The number of `key`, nil when it is not there.
  @inline(__always)
  func index(of key: UnsafeRawBufferPointer) -> Int? {
    let (word, hash) = Self.digest(key)
    let slot = slots[place(of: key, word: word, hash: hash)]
    return slot.length == 0 ? nil : Int(slot.index)
  }

  /// Puts `key` in; returns its number, and whether it is new.
  mutating func insert(_ key: some Collection<UInt8>) -> (index: Int, isNew: Bool) {
    key.withContiguousStorageIfAvailable { insert(UnsafeRawBufferPointer($0)) }
      ?? Array(key).withUnsafeBytes { insert($0) }
  }

  /// Puts `key` in; returns its number, and whether it is new.
  mutating func insert(_ key: UnsafeRawBufferPointer) -> (index: Int, isNew: Bool) {
    let (word, hash) = Self.digest(key)
    let place = place(of: key, word: word, hash: hash)
    guard slots[place].length == 0 else { return (Int(slots[place].index), false) }
    slots[place] = Slot(
      word: word, length: UInt32(key.count) + 1, start: UInt32(keys.count),
      index: UInt32(ends.count), hash: hash)
    keys.append(contentsOf: key)
    ends.append(UInt32(keys.count))
    if ends.count * 2 > slots.count { grow() }
    return (ends.count - 1, true)
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: old.count * 2)
    for slot in old where slot.length > 0 {
      var place = Int(slot.hash) & (slots.count - 1)
      while slots[place].length > 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = slot
    }
  }

  /// The slot where `key` is, or else belongs.
  @inline(__always)
  private func place(of key: UnsafeRawBufferPointer, word: UInt64, hash: UInt32) -> Int {
    let length = UInt32(key.count) + 1
    var place = Int(hash) & (slots.count - 1)
    while slots[place].length > 0 {
      let slot = slots[place]
      if slot.word == word, slot.length == length, key.count <= 8 || holds(key, slot) {
        return place
      }
      place = (place + 1) & (slots.count - 1)
    }
    return place
  }

  /// Whether the key of `slot` is `key`, which has more than eight bytes and is as long.
  private func holds(_ key: UnsafeRawBufferPointer, _ slot: Slot) -> Bool {
    keys.withUnsafeBytes { keys in
      let start = Int(slot.start)
      func isSame(at place: Int) -> Bool {
        keys.loadUnaligned(fromByteOffset: start + place, as: UInt64.self)
          == key.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      }
      var place = 0
      while place + 8 <= key.count {
        guard isSame(at: place) else { return false }
        place += 8
      }
      return isSame(at: key.count - 8)
    }
  }

  /// Up to eight bytes as they are, of more the first four and the last four; and a hash of all.
  @inline(__always)
  private static func digest(_ key: UnsafeRawBufferPointer) -> (word: UInt64, hash: UInt32) {
    let word: UInt64
    switch key.count {
    case 4...:
      word =
        UInt64(key.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
        | UInt64(key.loadUnaligned(fromByteOffset: key.count - 4, as: UInt32.self)) << 32
    case 2...:
      word =
        UInt64(key.loadUnaligned(fromByteOffset: 0, as: UInt16.self))
        | UInt64(key.loadUnaligned(fromByteOffset: key.count - 2, as: UInt16.self)) << 16
    case 1: word = UInt64(key[0])
    default: word = 0
    }
    var hash = mixed(word ^ UInt64(key.count) << 56)
    if key.count > 8 {
      var place = 4
      while place + 8 <= key.count - 4 {
        hash = mixed(hash ^ key.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        place += 8
      }
      // What is left, up to seven bytes; some of them again.
      hash = mixed(hash ^ key.loadUnaligned(fromByteOffset: key.count - 8, as: UInt64.self))
      hash = mixed(
        hash ^ key.loadUnaligned(fromByteOffset: max(0, key.count - 12), as: UInt64.self))
    }
    return (word, UInt32(truncatingIfNeeded: hash >> 32))
  }

  @inline(__always)
  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 29
  }
}
