// Collectives, with every rank a thread of this process: Gloo does not mind.

import Foundation
import TestSupport
import Testing

import Torch

/// Runs a body as every rank of a group, and gives what each made, as bytes or the error's words.
func ranks(
  _ count: Int, timeout: Duration = .seconds(20),
  _ body: @escaping @Sendable (ProcessGroup) throws -> [UInt8]
) async throws -> [Result<[UInt8], ProcessError>] {
  let (socket, port) = try listenOnLoopback()
  let store = try SharedStore(serving: socket, port: port)
  typealias Ended = (rank: Int, result: Result<[UInt8], ProcessError>)
  return await withTaskGroup(of: Ended.self) { tasks in
    for rank in 0..<count {
      tasks.addTask { () -> Ended in
        await withCheckedContinuation { (continuation: CheckedContinuation<Ended, Never>) in
          let thread = Thread {
            do {
              let joined = try SharedStore(joining: "127.0.0.1", port: port, timeout: timeout)
              let group = try ProcessGroup(
                joined, name: "test", rank: rank, of: count, host: "127.0.0.1", timeout: timeout)
              continuation.resume(returning: (rank, .success(try body(group))))
            } catch {
              let words = (error as? ProcessError) ?? ProcessError("\(error)")
              continuation.resume(returning: (rank, .failure(words)))
            }
          }
          thread.stackSize = 8 << 20
          thread.start()
        }
      }
    }
    var results = [Result<[UInt8], ProcessError>?](repeating: nil, count: count)
    for await (rank, result) in tasks { results[rank] = result }
    withExtendedLifetime(store) {}
    return results.compactMap(\.self)
  }
}

/// A group that another thread calls beside this one.
private struct Watched: @unchecked Sendable { let group: ProcessGroup }

@Suite("Processes", .serialized)
struct ProcessGroupTests {
  @Test("everybody gets everybody's tensor, in the order of ranks", arguments: [1, 2, 3])
  func gathers(count: Int) async throws {
    let results = try await ranks(count) { group in
      let all = try group.gathered(Tensor([Float(group.rank), 7]), "numbers")
      #expect(all.shape == [group.count, 2])
      return all.floats.map { UInt8($0) }
    }
    let expected: [UInt8] = (0..<count).flatMap { [UInt8($0), 7] }
    for result in results { #expect(try result.get() == expected) }
  }

  @Test("bytes of any length are gathered, none among them")
  func bytes() async throws {
    let results = try await ranks(3) { group in
      let mine = [UInt8](repeating: UInt8(group.rank), count: group.rank * 5)
      return try group.gathered(bytes: mine, "bytes").flatMap { [UInt8($0.count)] + $0 }
    }
    let expected: [UInt8] =
      [0, 5] + [UInt8](repeating: 1, count: 5) + [10] + [UInt8](repeating: 2, count: 10)
    for result in results { #expect(try result.get() == expected) }
    let nothing = try await ranks(2) { group in
      Array(try group.gathered(bytes: [], "bytes").joined())
    }
    for result in nothing { #expect(try result.get().isEmpty) }
  }

  /// Numbers whose sum depends on the order.
  private static func grain(_ number: Int) -> Tensor {
    Tensor.normal([1003], deviation: 1, seed: UInt64(number)) * Double(1 << (number * 2))
  }

  @Test("eight grains have a sum of the same bits on 1, 2, 4 and 8 ranks", arguments: [1, 2, 4, 8])
  func sums(count: Int) async throws {
    let whole = treeSum((0..<8).map { Self.grain($0) }).bytes
    let results = try await ranks(count) { group in
      let each = 8 / group.count
      let mine = treeSum((0..<each).map { Self.grain(group.rank * each + $0) })
      return try group.sum(mine, "grains").bytes
    }
    #expect(results.count == count)
    for result in results { #expect(try result.get() == whole) }
    // In another order the bits are others: the test can fail.
    let inOrder = (1..<8).reduce(Self.grain(0)) { $0 + Self.grain($1) }.bytes
    #expect(inOrder != whole)
  }

  @Test(
    "what is under way arrives as it was sent, whatever is asked meanwhile", arguments: [1, 2, 3])
  func arrivals(count: Int) async throws {
    let results = try await ranks(count) { group in
      let large = Tensor.normal([300_000], deviation: 1, seed: UInt64(group.rank))
      let rows = Tensor.normal([group.count, 100_000], deviation: 1, seed: 7 + UInt64(group.rank))
      let whole = try (group.gathered(large, "weights"), group.scattered(rows, "gradient"))
      let weights = try group.arrival(of: large, "weights", isAgreed: true)
      let gradient = try group.arrival(ofSumOf: rows, "gradient", isAgreed: true)
      // The ranks meet at other things in between.
      let names = try group.gathered(bytes: [UInt8(group.rank)], "names").joined()
      let another = try group.arrival(of: large + 1, "weights")
      #expect(try gradient.wait().bytes == whole.1.bytes)
      #expect(try weights.wait().bytes == whole.0.bytes)
      #expect(try another.wait().bytes == (whole.0 + 1).bytes)
      #expect(throws: ProcessError.self) { try another.wait() }
      // Nobody waits for this one.
      _ = try group.arrival(of: large, "weights")
      let nothing = try group.scattered(Tensor.zeros([group.count, 0]), "nothing")
      #expect(nothing.shape == [0])
      return Array(names)
    }
    for result in results { #expect(try result.get() == (0..<UInt8(count)).map(\.self)) }
  }

  @Test("whole numbers are summed as they are, whatever their shape")
  func exactSums() async throws {
    let results = try await ranks(3) { group in
      let sum = try group.sum(
        Tensor([1, 2, 3, 4].map { $0 + group.rank }, shape: [2, 2]), "numbers")
      #expect(sum.shape == [2, 2])
      return sum.ints.map { UInt8($0) }
    }
    for result in results { #expect(try result.get() == [6, 9, 12, 15]) }
  }

  @Test("tensors of unequal sizes or other calls are refused in words, and no process ends")
  func mismatches() async throws {
    let sizes = try await ranks(2) { group in
      try group.gathered(Tensor.zeros([group.rank + 1]), "numbers").bytes
    }
    let calls = try await ranks(2) { group in
      try group.gathered(Tensor.zeros([3]), group.rank == 0 ? "numbers" : "values").bytes
    }
    for result in sizes + calls {
      guard case .failure(let error) = result else {
        Issue.record("nothing was refused")
        return
      }
      #expect("\(error)".contains("their ways have parted"))
    }
  }

  @Test("a rank that leaves is noticed, and one that never came")
  func gone() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let results = try await ranks(2) { group in
      // Once together: one that left at once could be gone before the other has joined, which is another error.
      let numbers = try group.gathered(Tensor.zeros([3]), "numbers")
      guard group.rank == 0 else { return numbers.bytes }
      return try group.gathered(Tensor.zeros([3]), "numbers").bytes
    }
    guard case .failure(let error) = results[0] else {
      Issue.record("it went on alone")
      return
    }
    #expect("\(error)".contains("gathering numbers from all ranks"))
    #expect(clock.now - start < .seconds(10))
    let begun = try await ranks(2) { group in
      let arrival = try group.arrival(of: Tensor.zeros([3]), "numbers")
      guard group.rank == 0 else { return [] }
      _ = try arrival.wait()
      return try group.arrival(of: Tensor.zeros([3]), "numbers", isAgreed: true).wait().bytes
    }
    guard case .failure = begun[0] else {
      Issue.record("it went on alone")
      return
    }

    let (socket, port) = try listenOnLoopback()
    let store = try SharedStore(serving: socket, port: port)
    #expect(throws: ProcessError.self) {
      try ProcessGroup(
        store, name: "alone", rank: 0, of: 2, host: "127.0.0.1", timeout: .milliseconds(300))
    }
  }

  @Test("a store keeps text, waits for it, and says when it does not come")
  func store() throws {
    let (socket, port) = try listenOnLoopback()
    let served = try SharedStore(serving: socket, port: port)
    let joined = try SharedStore(joining: "127.0.0.1", port: port, timeout: .seconds(5))
    #expect(try joined.value(of: "key") == nil)
    try served.set("key", "ä text")
    #expect(try joined.value(of: "key") == "ä text")
    try joined.set("key", "")
    #expect(try served.wait(for: "key", timeout: .seconds(1)) == "")
    let error = #expect(throws: ProcessError.self) {
      try joined.wait(for: "other", timeout: .milliseconds(200))
    }
    #expect(error?.description.hasPrefix("waiting for other") == true)
  }

  @Test("who waits for its neighbor hears it end, and notices that it is gone", arguments: [2, 3])
  func farewells(count: Int) async throws {
    for isOrderly in [true, false] {
      let results = try await ranks(count) { group in
        // Of those that go without a word each is missed by the one before.
        if group.rank == count - 1, !isOrderly { return [2] }
        let others = Watched(group: group)
        if isOrderly { Thread.detachNewThread { others.group.bidFarewell() } }
        let neighborEnded = group.neighborEndsAsItShould()
        return [neighborEnded ? 1 : 0]
      }
      let ends = try results.map { try $0.get() }
      #expect(
        ends
          == (isOrderly
            ? [[UInt8]](repeating: [1], count: count)
            : [[UInt8]](repeating: [0], count: count - 1) + [[2]]))
    }
  }

  @Test("tensors of a device that nothing carries are refused in words")
  func carriers() async throws {
    let results = try await ranks(2) { group in
      #expect(group.carries(.cpu) && !group.carries(.cuda(0)))
      guard !ProcessGroup.carriesDevices else { return [] }
      let error = #expect(throws: ProcessError.self) {
        try group.carry(on: .cuda(0), name: "devices", timeout: .seconds(5))
      }
      #expect(error?.description.contains("this build has nothing that carries them") == true)
      return []
    }
    #expect(results.count == 2)
  }
}
