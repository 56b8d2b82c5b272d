// The distance that errors use to name what was meant.

import Records
import Testing

@Suite("Edit distance")
struct EditDistanceTests {
  @Test(
    "the distance between names counts slips",
    arguments: [
      ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3),
      ("ca", "abc", 3), ("lr", "rl", 1),
    ])
  func distances(left: String, right: String, distance: Int) {
    #expect(editDistance(left, right) == distance)
    #expect(editDistance(right, left) == distance)
  }
}
