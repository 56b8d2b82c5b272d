// A scripted server whose workers get weights over NCCL's double.

import Doubles
import Foundation
import JSON
import Synchronization
import Torch
import Transport

/// A server of vLLM's shape that takes weights from a channel.
final class TransferServer: Sendable {
  let scripted: ScriptedServer
  let workers: [TransferWorker]
  private let state: State

  /// What the first worker has received last.
  var has: [String: [UInt8]] { state.received.withLock { $0 } }
  /// The calls, in order, without those that ask for responses.
  var orders: [String] { scripted.orders }

  /// What it does where a good one takes weights.
  enum Illness {
    case fails, silent
  }

  private final class State: Sendable {
    let received = Mutex<[String: [UInt8]]>([:])
    let version = Mutex("default")
    /// Whether an update has begun and not ended, as vLLM's workers know it.
    let isUpdating = Mutex(false)
  }

  /// Leaves it as a trainer does that dies in the middle.
  func beginUpdate() { state.isUpdating.withLock { $0 = true } }

  /// Starts it again.
  func restart() {
    for worker in workers { worker.leave() }
    state.version.withLock { $0 = "default" }
    state.isUpdating.withLock { $0 = false }
  }

  /// One of so many workers, that says it has so many, goes away after so many tensors, and says in place of what a good
  /// one would what a script says.
  ///
  /// With `answers: false` it says nothing once it has all tensors.
  init(
    workers count: Int = 1, answers: Bool = true, size: JSONValue? = nil,
    takesAtMost most: Int = .max,
    _ script: @escaping ScriptedServer.Script = { _, _ in nil }
  ) throws {
    let (workers, state) = ((0..<count).map { _ in TransferWorker() }, State())
    scripted = try ScriptedServer { call, number in
      if let said = try await script(call, number) { return said }
      switch call.path {
      case "get_world_size":
        return ScriptedServer.json(.object(["world_size": size ?? .integer(count)]))
      case "weight_info":
        return ScriptedServer.json(
          .object(["weight_version": .string(state.version.withLock { $0 })]))
      case "init_weight_transfer_engine":
        return await Self.together(workers) { try $1.join(call.body, worker: $0) }
      case "start_weight_update":
        let isSecond = state.isUpdating.withLock { isUpdating in
          defer { isUpdating = true }
          return isUpdating
        }
        return isSecond ? ScriptedServer.json(.string("already active"), status: 500) : nil
      case "finish_weight_update":
        let has = state.isUpdating.withLock { isUpdating in
          defer { isUpdating = false }
          return isUpdating
        }
        if let version = call.body["weight_version"].text, has {
          state.version.withLock { $0 = version }
        }
        return has ? nil : ScriptedServer.json(.string("without a start"), status: 500)
      case "update_weights":
        let answer = await Self.together(workers) { place, worker in
          let tensors = try worker.receive(call.body, atMost: most)
          guard place == 0 else { return }
          let bytes = tensors.map { ($0.name, $0.tensor.bytes) }
          state.received.withLock { $0 = Dictionary(uniqueKeysWithValues: bytes) }
        }
        if !answers { try await Task.sleep(for: .seconds(3600)) }
        return answer
      default: return nil
      }
    }
    (self.workers, self.state) = (workers, state)
  }

  /// Has all workers do something, each on a thread of its own, as it waits for the others.
  private static func together(
    _ workers: [TransferWorker], _ work: @escaping @Sendable (Int, TransferWorker) throws -> Void
  ) async -> TransportAnswer {
    let failures = await withTaskGroup(of: String?.self) { group in
      for (place, worker) in workers.enumerated() {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              do {
                try work(place, worker)
                done.resume(returning: nil)
              } catch {
                done.resume(returning: "\(error)")
              }
            }.start()
          }
        }
      }
      var failures: [String] = []
      for await failure in group { failures += failure.map { [$0] } ?? [] }
      return failures
    }
    return ScriptedServer.json(
      .object(["message": .string(failures.first ?? "well")]), status: failures.isEmpty ? 200 : 500)
  }
}
