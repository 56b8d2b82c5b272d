// Tensors to processes that are in no group: by the double of NCCL here, by NCCL itself where GPUs are.

import CDouble
import Foundation
import Synchronization
import Testing
import Torch

@Suite struct WeightChannelTests {
  init() { cdouble_install_channels() }

  /// Does something as each rank of a channel, on a thread of its own.
  private func asRanks<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int, WeightChannel) throws -> Value
  ) async throws -> [Result<Value, any Error>] {
    let first = try WeightChannel()
    let name = try first.newName()
    #expect(name.count == WeightChannel.nameLength)
    return await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
      for rank in 0..<count {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              let result = Result {
                let channel = rank == 0 ? first : try WeightChannel()
                try channel.join(name, rank: rank, of: count, on: .cpu)
                #expect(try channel.isDone(within: .seconds(300)))
                return try body(rank, channel)
              }
              done.resume(returning: (rank, result))
            }.start()
          }
        }
      }
      var results: [Int: Result<Value, any Error>] = [:]
      for await (rank, result) in group { results[rank] = result }
      return (0..<count).compactMap { results[$0] }
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16, .float16, .float64, .uint8])
  func `everybody has rank 0's tensors, bit for bit`(_ type: ElementType) async throws {
    let results = try await asRanks(3) { rank, channel in
      let numbers: [Float] = (0..<600).map { Float($0 % 200) * (type == .uint8 ? 1 : 0.37) }
      let wanted = Tensor(numbers).reshaped([3, 200]).to(type)
      for _ in 0..<4 {
        let tensor = rank == 0 ? wanted : .zeros([3, 200], type: type)
        try channel.broadcast(tensor)
        guard try channel.isDone(within: .seconds(300)) else { return false }
        guard tensor.bytes == wanted.bytes else { return false }
      }
      return true
    }
    for result in results { #expect(try result.get()) }
  }

  /// What a call says, or "done".
  private static func words(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "done"
    } catch {
      return "\(error)"
    }
  }

  @Test func `what waits for one that does not come is ended, and nothing is sent any more`()
    async throws
  {
    let isOver = DispatchSemaphore(value: 0)
    let results = try await asRanks(2) { rank, channel -> [String] in
      if rank == 0 {
        isOver.wait()
        return []
      }
      defer { isOver.signal() }
      try channel.broadcast(.zeros([4], type: .float32))
      #expect(try !channel.isDone(within: .milliseconds(50)))
      #expect(try channel.isDone(butFor: 1))
      channel.end()
      return [
        Self.words { _ = try channel.isDone() },
        Self.words { try channel.broadcast(.zeros([4], type: .float32)) },
      ]
    }
    #expect(try results[1].get() == ["NCCL: it was ended", "NCCL: it was ended"])
  }

  @Test func `nobody need come: joining is ended too`() async throws {
    for rank in 0...1 {
      let channel = try WeightChannel()
      try channel.join(try WeightChannel().newName(), rank: rank, of: 3, on: .cpu)
      if rank == 0 { #expect(try !channel.isDone(within: .milliseconds(100))) }
      channel.end()
      #expect(throws: ProcessError.self) { try channel.isDone() }
    }
  }

  @Test func `one that is gone is an error of whoever sends to it`() async throws {
    let results = try await asRanks(2) { rank, channel -> String in
      if rank == 1 { return "" }
      let tensor = Tensor.zeros([1 << 20], type: .float32)
      return Self.words {
        // What is small may still fit a socket's memory.
        for _ in 0..<20 { try channel.broadcast(tensor) }
        _ = try channel.isDone(within: .seconds(300))
      }
    }
    #expect(try results[0].get().contains("remote process exited"))
  }

  @Test func `what cannot be sent is refused`() async throws {
    let results = try await asRanks(2) { rank, channel -> [String] in
      guard rank == 0 else { return [] }
      let whole = Tensor.zeros([4, 6], type: .float32)
      return [whole.transposed(0, 1), whole.to(.int64)].map { tensor in
        Self.words { try channel.broadcast(tensor) }
      }
    }
    let words = try results[0].get()
    #expect(words[0].contains("in pieces") && words[1].contains("no tensor of Long"), "\(words)")
  }
}
