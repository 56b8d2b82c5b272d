// Which name a mistyped one was meant to be.

import Records

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
