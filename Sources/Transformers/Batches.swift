// Texts in portions that memory can hold.

/// Cuts texts into runs of neighbors that are read at once.
///
/// - Parameters:
///   - lengths: tokens of each text.
///   - tokens: how many are read at once; a longer text is read alone.
/// - Returns: the runs, in order, none empty.
public func batches(of lengths: [Int], tokens: Int = 8192) -> [Range<Int>] {
  var result: [Range<Int>] = []
  var start = 0
  var count = 0
  for (place, length) in lengths.enumerated() {
    if place > start, count + length > tokens {
      result.append(start..<place)
      (start, count) = (place, 0)
    }
    count += length
  }
  if start < lengths.count { result.append(start..<lengths.count) }
  return result
}
