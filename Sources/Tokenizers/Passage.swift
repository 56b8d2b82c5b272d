// A stretch of text on its way to the model: its bytes as the normalizers leave them and, where
// somebody asked for it, what part of the original text each byte came from. How origins follow a
// change is the library's rule, so that offsets agree with it.

/// Text that remembers where it came from.
struct Passage {
  /// What part of the original text a byte came from: UTF-8 offsets, the end excluded.
  struct Origin: Equatable {
    var start: Int
    var end: Int
  }

  /// A scalar of the new text.
  struct Edit {
    var scalar: UInt32
    /// 0 for a scalar that takes the next old one's place, 1 for one that is put in after the last,
    /// -n for one that takes the next old one's place and n more.
    var change: Int
  }

  /// Well-formed UTF-8.
  private(set) var bytes: [UInt8]
  /// One a byte; nil when nobody asked.
  private(set) var origins: [Origin]?
  /// Where in the original text the passage begins.
  let base: Int

  /// A part of the original text.
  init(_ bytes: [UInt8], base: Int, tracksOrigins: Bool) {
    self.bytes = bytes
    self.base = base
    guard tracksOrigins else { return }
    var origins: [Origin] = []
    origins.reserveCapacity(bytes.count)
    let offsets = ScalarText(bytes).offsets
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      for _ in start..<end { origins.append(Origin(start: base + start, end: base + end)) }
    }
    self.origins = origins
  }

  private init(bytes: [UInt8], origins: [Origin]?, base: Int) {
    self.bytes = bytes
    self.origins = origins
    self.base = base
  }

  /// A passage with nothing in it yet.
  static func empty(base: Int, tracksOrigins: Bool) -> Passage {
    Passage(bytes: [], origins: tracksOrigins ? [] : nil, base: base)
  }

  /// A part of the passage as one of its own.
  func part(_ range: Range<Int>) -> Passage {
    Passage(
      bytes: Array(bytes[range]), origins: origins.map { Array($0[range]) }, base: start(of: range))
  }

  /// Joins `other` to the end; returns where it lies.
  mutating func append(_ other: Passage) -> Range<Int> {
    let start = bytes.count
    bytes += other.bytes
    if let more = other.origins { origins?.append(contentsOf: more) }
    return start..<bytes.count
  }

  /// Where in the original text the bytes of `range` begin.
  func start(of range: Range<Int>) -> Int {
    guard let origins, range.lowerBound < origins.count else { return base + range.lowerBound }
    return origins[range.lowerBound].start
  }

  /// What part of the original text the bytes of `range` came from.
  func origin(of range: Range<Int>) -> Range<Int> {
    guard let origins, !range.isEmpty, origins.indices.contains(range.lowerBound) else {
      return base + range.lowerBound..<base + range.upperBound
    }
    let start = origins[range.lowerBound].start
    return start..<max(start, origins[min(range.upperBound, origins.count) - 1].end)
  }

  // MARK: - Changes

  /// Puts other bytes in place of all, where nobody asked for origins.
  mutating func replaceAll(with new: [UInt8]) {
    bytes = new
  }

  /// Rewrites the passage by `edits`, after leaving out the first `dropped` scalars.
  mutating func rewrite(_ edits: [Edit], dropping dropped: Int = 0) {
    var new: [UInt8] = []
    new.reserveCapacity(bytes.count)
    guard let origins else {
      for edit in edits { ScalarText.append(edit.scalar, to: &new) }
      bytes = new
      return
    }
    let old = ScalarText(bytes).offsets
    var moved: [Origin] = []
    moved.reserveCapacity(bytes.count)
    // The number of old scalars that are used up.
    var used = min(dropped, old.count - 1)
    for edit in edits {
      let byte = edit.change > 0 ? old[used] - 1 : old[used]
      let origin =
        origins.indices.contains(byte) ? origins[byte] : Origin(start: base, end: base)
      for _ in 0..<ScalarText.length(of: edit.scalar) { moved.append(origin) }
      ScalarText.append(edit.scalar, to: &new)
      if edit.change <= 0 { used = min(used + 1 - edit.change, old.count - 1) }
    }
    bytes = new
    self.origins = moved
  }

  /// Puts `prefix` before the first scalar, whose origin it shares; an empty passage stays empty.
  mutating func prepend(_ prefix: [UInt8]) {
    guard !bytes.isEmpty, !prefix.isEmpty else { return }
    bytes.insert(contentsOf: prefix, at: 0)
    if let first = origins?.first {
      origins?.insert(contentsOf: repeatElement(first, count: prefix.count), at: 0)
    }
  }

  /// Puts `content` in place of every range of `matches`, which are ascending.
  mutating func replace(_ matches: [Range<Int>], with content: [UInt8]) {
    guard !matches.isEmpty else { return }
    var new: [UInt8] = []
    new.reserveCapacity(bytes.count + matches.count * content.count)
    var moved: [Origin]? = origins.map { _ in [] }
    var copied = 0
    for match in matches {
      new += bytes[copied..<match.lowerBound]
      new += content
      if let origins {
        let last =
          match.upperBound > 0 ? origins[match.upperBound - 1] : Origin(start: base, end: base)
        moved?.append(contentsOf: origins[copied..<match.lowerBound])
        moved?.append(contentsOf: repeatElement(last, count: content.count))
      }
      copied = match.upperBound
    }
    new += bytes[copied...]
    if let origins { moved?.append(contentsOf: origins[copied...]) }
    bytes = new
    origins = moved
  }
}
