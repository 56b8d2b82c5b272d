// What a run comes to: the height of its curve towards the end, however often it was read there.

/// The mean of a curve over the last part of its course, on straight lines between readings.
///
///     1/(b − a) · ∫ y(x) dx from a to b, where b is the last reading's place and a = (1 − share) · b
///
/// A mean of the last few readings is of another part of every run: a method whose steps are long is read
/// seldom, and its mean reaches back to when it had hardly begun.
///
/// - Parameters:
///   - readings: in the order of their places, which count from 0, such as tokens.
///   - share: of the course, over 0 and at most 1.
/// - Returns: the mean; the last reading where no two lie apart, nil where there is none.
public func lateMean(_ readings: [(place: Double, value: Double)], share: Double) -> Double? {
  guard let last = readings.last else { return nil }
  let start = last.place * (1 - share)
  var (area, width) = (0.0, 0.0)
  for (before, after) in zip(readings, readings.dropFirst())
  where after.place > max(before.place, start) {
    let left = max(before.place, start)
    let slope = (after.value - before.value) / (after.place - before.place)
    let height = before.value + (left - before.place) * slope
    area += (after.place - left) * (height + after.value) / 2
    width += after.place - left
  }
  return width > 0 ? area / width : last.value
}
