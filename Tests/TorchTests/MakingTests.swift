// Tensors to and from host arrays, and what they say about themselves.

import Testing
import Torch

@Suite struct MakingTests {
  @Test func `host arrays come back as they went in`() {
    #expect(Tensor([1.5, -2, 3] as [Float]).floats == [1.5, -2, 3])
    #expect(Tensor([1, -2, 1 << 40]).ints == [1, -2, 1 << 40])
    #expect(Tensor([true, false]).bools == [true, false])
    #expect(Tensor([0.1, 0.2] as [Double]).doubles == [0.1, 0.2])
  }

  @Test func `a shape lays values out in rows`() {
    let table = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(table.shape == [2, 3])
    #expect(table.rank == 2)
    #expect(table.count == 6)
    #expect(table.size(-1) == 3)
    #expect(table.shape2 == (2, 3))
    #expect(table.type == .int64)
    #expect(table.device == .cpu)
    #expect(table.transposed(0, 1).ints == [1, 4, 2, 5, 3, 6])
  }

  @Test func `constants and ranges`() {
    #expect(Tensor.zeros([2]).floats == [0, 0])
    #expect(Tensor.ones([2], type: .int64).ints == [1, 1])
    #expect(Tensor.full([1, 2], 2.5).floats == [2.5, 2.5])
    #expect(Tensor.arange(2..<5).ints == [2, 3, 4])
    #expect(Tensor.zeros([0, 3]).floats == [])
    #expect(Tensor.full([], 4).item == 4)
  }

  @Test func `bfloat16 keeps eight bits of a number and float16 eleven`() {
    let third = Tensor([Float(1) / 3])
    #expect(third.to(.bfloat16).floats == [0.333_984_375])
    #expect(third.to(.float16).floats == [0.333_251_953_125])
    #expect(third.to(.bfloat16).bytes == [0xAB, 0x3E])
    #expect(ElementType.allCases.map(\.byteCount) == [4, 2, 8, 1, 8, 2, 1])
  }

  @Test func `raw bytes make the tensor they spell`() {
    let bytes: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    let tensor = bytes.withUnsafeBytes { Tensor(bytes: $0, type: .float32, shape: [2]) }
    #expect(tensor.floats == [1, -2])
    #expect(tensor.bytes == bytes)
  }

  @Test func `a copy from the host is a copy`() {
    var values: [Float] = [1, 2]
    let tensor = Tensor(values)
    values[0] = 9
    #expect(tensor.floats == [1, 2])
  }

  @Test func `normal numbers repeat with their seed whatever was drawn before`() {
    let first = Tensor.normal([40], seed: 7).floats
    _ = Tensor.normal([3], seed: 8)
    #expect(Tensor.normal([40], seed: 7).floats == first)
    #expect(Tensor.normal([40], seed: 8).floats != first)
  }

  @Test func `normal numbers have the mean and deviation asked for`() {
    let values = Tensor.normal([10_000], mean: 3, deviation: 0.5, seed: 1).doubles
    let mean = values.reduce(0, +) / 10_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
    // Five standard errors: 5 · 0.5 / √10⁴, and 5 · 0.25 · √(2 / 10⁴).
    #expect(abs(mean - 3) < 0.025)
    #expect(abs(variance - 0.25) < 0.0177)
  }

  @Test func `devices are read by the names people type`() {
    #expect(Device("cpu") == .cpu)
    #expect(Device("cuda") == .cuda(0))
    #expect(Device("cuda:3") == .cuda(3))
    #expect(Device("cuda:-1") == nil)
    #expect(Device("tpu") == nil)
    #expect(Device.cuda(3).description == "cuda:3")
  }

  @Test func `uniform numbers fill their range evenly and depend on the seed alone`() {
    let numbers = Tensor.uniform([10_000], in: -2..<6, seed: 3).doubles
    #expect(numbers.allSatisfy { (-2..<6).contains($0) })
    for quarter in 0..<4 {
      let low = -2 + 2 * Double(quarter)
      let share = Double(numbers.count { $0 >= low && $0 < low + 2 }) / 10_000
      // Five deviations of a share of a quarter of 10,000.
      #expect(abs(share - 0.25) < 0.022, "\(quarter)")
    }
    #expect(Tensor.uniform([10_000], in: -2..<6, seed: 3).doubles == numbers)
    #expect(Tensor.uniform([10_000], in: -2..<6, seed: 4).doubles != numbers)
  }
}
