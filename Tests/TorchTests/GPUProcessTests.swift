// NCCL between GPUs, each rank a thread of this process. Where there is one GPU its group of one works, and nothing travels.

import Foundation
import TestSupport
import Testing
import Torch

@Suite(
  "Processes on GPUs", .serialized,
  .enabled(if: Machine.cudaDeviceCount > 0 && ProcessGroup.carriesDevices))
struct GPUProcessTests {
  @Test func `what travels between GPUs is what travels between CPUs`() async throws {
    let count = min(Machine.cudaDeviceCount, 4)
    let results = try await ranks(count) { group in
      let device = Device.cuda(group.rank)
      try group.carry(on: device, name: "devices", timeout: .seconds(60))
      for type in [ElementType.float32, .bfloat16, .int64, .uint8] {
        let mine = (Tensor.normal([300_001], deviation: 40, seed: UInt64(group.rank)) * 1).to(type)
        let rows = Tensor.normal([group.count, 1003], deviation: 1, seed: 9 + UInt64(group.rank))
          .to(type)
        let (there, otherRows) = (mine.to(device: device), rows.to(device: device))
        // Two are under way while the GPU works on.
        let all = try group.arrival(of: there, "numbers")
        let sum = try group.arrival(ofSumOf: otherRows, "rows", isAgreed: true)
        let work = (there.to(.float32) * 2).sum().floats
        let whole = try group.sum(there, "whole")
        #expect(try all.wait().device == device && work.count == 1)
        #expect(
          try group.gathered(mine, "numbers").bytes
            == group.gathered(there, "numbers").to(device: .cpu).bytes)
        #expect(try sum.wait().to(device: .cpu).bytes == group.scattered(rows, "rows").bytes)
        #expect(try whole.to(device: .cpu).bytes == group.sum(mine, "whole").bytes)
      }
      return []
    }
    for result in results { _ = try result.get() }
  }
}
