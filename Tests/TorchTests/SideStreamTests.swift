// What a device does beside its work, on doubles: they do what need not be waited for as late as can be, and refuse to
// read what has not been waited for.

import CDouble
import Foundation
import Testing
import Torch

@Suite("Streams beside a device's work", .timeLimit(.minutes(5)))
struct SideStreamTests {
  @Test(
    "what is begun beside is there once it was waited for, and is read no sooner than it must be")
  func sent() async {
    await #expect(processExitsWith: .success) {
      cdouble_install()
      let device = Device.cuda(0)
      let kept = Tensor([1, 2, 3] as [Float]).pinned(for: device)
      guard kept.isPinned else { exit(2) }
      let side = SideStream(of: device)
      let there = side.begin { kept.sent(to: device) }
      // Nobody has waited yet, so that this is what will be read: a fault of whoever does it.
      kept.fill(7)
      side.join()
      guard (there + 0).floats == [7, 7, 7], cdouble_late_copies() == 1 else { exit(3) }
    }
  }

  @Test("what is begun beside is not read before it was waited for")
  func readTooSoon() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      cdouble_install()
      let kept = Tensor([1, 2, 3] as [Float]).pinned(for: .cuda(0))
      let side = SideStream(of: .cuda(0))
      let there = side.begin { kept.sent(to: .cuda(0)) }
      _ = there + 0
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("uses what stream 1 writes, and has not waited"))
  }

  @Test("what is begun beside waits for what was given before")
  func begunAfter() async {
    await #expect(processExitsWith: .success) {
      cdouble_install()
      let device = Device.cuda(0)
      let side = SideStream(of: device)
      let sum = Tensor([1, 2] as [Float], device: device) + 1
      let product = side.begin { sum * 3 }
      side.join()
      guard product.floats == [6, 9] else { exit(2) }
    }
  }

  @Test("what is copied later has come when the device was waited for")
  func copiedLater() async {
    await #expect(processExitsWith: .success) {
      cdouble_install()
      let device = Device.cuda(0)
      let kept = Tensor([0, 0] as [Float]).pinned(for: device)
      let source = Tensor([3, 4] as [Float], device: device)
      do { kept.copyLater(from: source + 1) }
      // The sum's memory is another's by now.
      let other = source * 2
      Device.cuda(1).synchronize()
      guard kept.floats == [0, 0] else { exit(2) }
      device.synchronize()
      guard kept.floats == [4, 5], other.count == 2 else { exit(3) }
    }
  }

  @Test("pinned memory is not written while it is read beside")
  func writtenTooSoon() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      cdouble_install()
      let device = Device.cuda(0)
      let new = Tensor([4, 5] as [Float], device: device)
      let kept = Tensor([0, 0] as [Float]).pinned(for: device)
      let side = SideStream(of: device)
      let there = side.begin { kept.sent(to: device) }
      kept.copyLater(from: new)
      _ = there
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("writes over what stream 1 reads, and has not waited"))
  }

  @Test("ordinary memory is waited for, and the CPU does all in its turn")
  func withoutPinning() async {
    await #expect(processExitsWith: .success) {
      cdouble_install()
      let device = Device.cuda(0)
      let kept = Tensor([1, 2] as [Float])
      let side = SideStream(of: device)
      let there = side.begin { kept.sent(to: device) }
      kept.fill(7)
      side.join()
      guard there.floats == [1, 2], cdouble_late_copies() == 0 else { exit(2) }
    }
    let side = SideStream(of: .cpu)
    let kept = Tensor([1, 2] as [Float]).pinned(for: .cpu)
    #expect(!kept.isPinned)
    let there = side.begin { kept.sent(to: .cpu) }
    side.join()
    kept.copyLater(from: there * 2)
    Device.cpu.synchronize()
    #expect(kept.floats == [2, 4])
  }
}
