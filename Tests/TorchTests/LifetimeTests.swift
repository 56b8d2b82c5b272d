// Where memory and failures end.

import Foundation
import Testing
import Torch

@Suite struct LifetimeTests {
  /// The memory this process holds, in bytes.
  private static func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  // In a process of its own, where other tests' memory does not count.
  @Test func `memory is returned when the last reference goes`() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.normal([1 << 20], seed: 1)
      x.requiresGradient = true
      func pass() {
        (x * x).exp().sum().backward()
        x.dropGradient()
      }
      for _ in 0..<3 { pass() }
      let before = try LifetimeTests.residentBytes()
      // Each pass makes at least 16 MB; a hundred of them kept would be 1.6 GB.
      for _ in 0..<100 { pass() }
      #expect(try LifetimeTests.residentBytes() - before < 200 << 20)
    }
  }

  @Test func `a shape mismatch stops the program with libtorch's own words`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor([1, 2, 3] as [Float]) + Tensor([1, 2] as [Float])
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("must match the size of tensor b"))
  }

  @Test func `a place outside a table stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2] as [Float]).selecting(Tensor([2]), along: 0)
    }
  }

  @Test func `a list that does not fill its shape stops the program`() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], shape: [2, 2]) }
  }

  @Test func `libtorch says what it is`() {
    #expect(Machine.libtorchVersion.hasPrefix("2."))
    #expect(Machine.threads >= 1)
    #expect(!Machine.cpuCapability.isEmpty)
  }
}
