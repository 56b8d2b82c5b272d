// Whose work a switch of kernels is about.

import Foundation
import Synchronization
import Testing
import Torch

@Suite struct KernelTests {
  /// What another thread finds.
  private func elsewhere<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result? {
    let found = Mutex<Result?>(nil)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      found.withLock { $0 = body() }
      done.signal()
    }
    done.wait()
    return found.withLock { $0 }
  }

  private static func product() -> [Float] {
    let layer = FusedLinear(
      weights: [.normal([64, 3000], seed: 1)], biases: [nil], compute: .float32)
    return layer(Tensor.normal([5, 3000], seed: 2)).floats
  }

  @Test func `what a thread chooses is for its own work, and ends with it`() {
    struct Stop: Error {}
    let usual = Self.product()
    Kernel.with([.linear, .linear], on: false) {
      #expect(!Kernel.isOn(.linear) && Kernel.isOn(.attention))
      if Kernel.canRun { #expect(Self.product() != usual) }
      #expect(elsewhere { Kernel.isOn(.linear) } == true)
      #expect(elsewhere { Self.product() } == usual)
      Kernel.with(on: true) { #expect(Kernel.isOn(.linear) && Self.product() == usual) }
      #expect(!Kernel.isOn(.linear))
      #expect(throws: Stop.self) { try Kernel.with(on: true) { throw Stop() } }
      #expect(!Kernel.isOn(.linear))
    }
    #expect(Kernel.isOn(.linear) && Self.product() == usual)
  }

  @Test func `what the process has is for every thread that has not chosen`() async {
    await #expect(processExitsWith: .success) {
      Kernel.set(.linear, to: false)
      let elsewhere = await Task.detached { Kernel.isOn(.linear) }.value
      #expect(!elsewhere && !Kernel.isOn(.linear) && Kernel.isOn(.head))
      Kernel.with(on: true) { #expect(Kernel.isOn(.linear)) }
      Kernel.set(.linear, to: true)
      #expect(Kernel.isOn(.linear))
    }
  }
}
