// Which name a mistyped one was meant to be.

/// The fewest letters inserted, removed, replaced or swapped with their neighbour that turn one
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
func nearest(to name: String, among names: [String]) -> String? {
  // Beyond this nobody mistyped a key, and the comparison would cost time.
  guard name.utf8.count <= 128 else { return nil }
  let ranked = names.map { (name: $0, distance: editDistance(name, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }),
    best.distance <= max(2, name.utf8.count / 4), best.distance < name.utf8.count
  else { return nil }
  return best.name
}

/// The keys that an unknown dotted key may have meant, best first, at most three.
///
/// A key one slip away wins; then keys of the same last name in another section; then the nearest
/// whole key; then keys whose last name is near.
func suggestions(for key: String, among keys: [String]) -> [String] {
  guard key.utf8.count <= 128 else { return [] }
  func leaf(_ key: String) -> Substring {
    key.split(separator: ".", omittingEmptySubsequences: false).last ?? Substring(key)
  }
  let ranked = keys.map { (key: $0, distance: editDistance(key, $0)) }
    .sorted { $0.distance < $1.distance }
  if let first = ranked.first, first.distance <= 2, first.distance < key.utf8.count {
    return [first.key]
  }
  let namesakes = ranked.filter { leaf($0.key) == leaf(key) }.map(\.key)
  if !namesakes.isEmpty { return Array(namesakes.prefix(3)) }
  if let whole = nearest(to: key, among: keys) { return [whole] }
  guard let name = nearest(to: String(leaf(key)), among: keys.map { String(leaf($0)) })
  else { return [] }
  return Array(ranked.filter { leaf($0.key) == name }.map(\.key).prefix(3))
}
