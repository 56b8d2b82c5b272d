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

  @Test func `what is kept does not add to the most that was in use, and the oldest goes first`()
    async
  {
    await #expect(processExitsWith: .success) {
      await MainActor.run {
        Machine.useCachingAllocator()
        func made(_ mebibytes: Int) -> Tensor { .ones([mebibytes << 18]) }
        func bytes(_ body: () -> Void) -> Int {
          body()
          return Machine.tensorMemory.kept
        }
        // The first is in nobody's way until a larger one needs its place.
        let small = bytes { _ = made(16) }
        precondition(small >= 16 << 20)
        let large = bytes { _ = made(40) }
        precondition(large >= 40 << 20 && large < small + (40 << 20))
        // 16 beside the 40 that are kept would be more than ever was in use; and 20 are not.
        var tensors: [Tensor?] = [made(16)]
        precondition(Machine.tensorMemory == (0, small))
        tensors.append(made(20))
        let both = Machine.tensorMemory.used
        for place in tensors.indices { tensors[place] = nil }
        precondition(Machine.tensorMemory == (both, 0))
        // Of the two the one that came back first has to go for 10.
        tensors[1] = made(10)
        precondition(Machine.tensorMemory.kept == both - small)
        tensors[0] = made(20)
        precondition(Machine.tensorMemory.kept == 0)
        precondition(tensors.compactMap { $0?.count } == [20 << 18, 10 << 18])
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
