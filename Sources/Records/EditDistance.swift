// How far apart two names are, for errors that name the nearest right one.

/// The fewest letters inserted, removed, replaced or swapped with their neighbor that turn one
/// name into the other.
///
/// Source: optimal string alignment, the restricted Damerau-Levenshtein distance.
package func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.utf8), Array(right.utf8))
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for i in left.indices {
    var row = [i + 1]
    for j in right.indices {
      let isSame = left[i] == right[j]
      var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (isSame ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        least = min(least, beforeLast[j - 1] + 1)
      }
      row.append(least)
    }
    (beforeLast, last) = (last, row)
  }
  return last[right.count]
}

/// The nearest of `names`, where one is near enough to be meant.
package func nearest(to name: String, among names: [String]) -> String? {
  // Beyond this nobody mistyped a key, and the comparison would cost time.
  guard name.utf8.count <= 128 else { return nil }
  let ranked = names.map { (name: $0, distance: editDistance(name, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }),
    best.distance <= max(name.utf8.count < 5 ? 1 : 2, name.utf8.count / 4),
    best.distance < name.utf8.count
  else { return nil }
  return best.name
}
