// Masks are put together token by token, and what fits no response is refused.

import Records
import Testing

@Suite struct SamplingMaskTests {
  @Test func `masks join in the order of their tokens`() throws {
    var mask = SamplingMask.whole(2)
    mask.append([7, 9])
    mask.append(try #require(SamplingMask(lengths: [0, 1], words: [3])))
    #expect(mask.lengths == [0, 0, 2, 0, 1])
    #expect(mask.words == [7, 9, 3])
  }

  @Test func `lengths that are none, or of other words, are no mask`() {
    #expect(SamplingMask(lengths: [], words: []) == SamplingMask())
    for lengths in [[-1, 3], [1], [3], [2, .max], [.max, .max, 4]] {
      #expect(SamplingMask(lengths: lengths, words: [1, 2]) == nil)
    }
  }
}
