// The allocator that keeps freed memory, in a process of its own, for it is switched on once.

import Testing
import Torch

@MainActor @Suite struct AllocatorTests {
  private nonisolated static let mebibyte = 1 << 20

  @Test func `freed memory is kept for the next tensor of its size, up to a limit`() async {
    await #expect(processExitsWith: .success) {
      await MainActor.run {
        let before = Tensor.ones([1000])
        Machine.useCachingAllocator()
        precondition(Machine.tensorMemory == (0, 0))
        var tensor: Tensor? = Tensor.full([4 << 20], 3)  // 16 MiB
        let used = Machine.tensorMemory.used
        precondition(used >= 16 << 20 && used <= 18 << 20)
        tensor = nil
        precondition(Machine.tensorMemory == (used, 0))
        // The same size, and one an eighth smaller at most, take the kept block.
        tensor = Tensor.full([4 << 20], 5)
        precondition(Machine.tensorMemory == (0, used))
        precondition(tensor?.sum().item == Double(5 * 4 << 20))
        tensor = nil
        Machine.keepFreedMemory(upTo: used - 1)
        precondition(Machine.tensorMemory == (0, 0))
        tensor = Tensor.ones([4 << 20])
        tensor = nil
        precondition(Machine.tensorMemory == (0, 0))
        Machine.keepFreedMemory(upTo: 1 << 30)
        tensor = Tensor.ones([4 << 20])
        tensor = nil
        precondition(Machine.tensorMemory.kept == used)
        Machine.releaseFreedMemory()
        precondition(Machine.tensorMemory == (0, 0))
        precondition(before.sum().item == 1000)
      }
    }
  }

  @Test func `tensors of all sizes hold what was written into them`() async {
    await #expect(processExitsWith: .success) {
      await MainActor.run {
        Machine.useCachingAllocator()
        var kept: [(Tensor, Int)] = []
        for round in 0..<40 {
          for power in stride(from: 0, through: 22, by: 2) {
            let count = (1 << power) + round * 7
            kept.append((Tensor.full([count], Double(round)), round))
          }
          // Half of them go, so that later ones lie where they were.
          kept = kept.enumerated().filter { ($0.offset + round) % 2 == 0 }.map(\.element)
          for (tensor, value) in kept {
            precondition((tensor - Double(value)).magnitude().maximum(along: 0).item == 0)
          }
        }
      }
    }
  }
}
