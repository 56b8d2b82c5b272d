// A fixed set of things that are lent to one task at a time, in the order the tasks asked.

import Synchronization

/// Lends things out.
final class Lease<Thing: Sendable>: Sendable {
  private struct State {
    var free: [Thing]
    var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Thing?, Never>)] = []
    var nextTicket: UInt64 = 0
    // Cancelled between drawing their ticket and waiting with it.
    var gone: Set<UInt64> = []
  }

  private let state: Mutex<State>

  init(_ things: [Thing]) { state = Mutex(State(free: things)) }

  /// Lends a thing for as long as `use` runs.
  ///
  /// - Returns: What `use` returns; nil if the task was cancelled before a thing was free.
  func lend<Value: Sendable>(_ use: (Thing) async -> Value) async -> Value? {
    guard let thing = await take() else { return nil }
    let value = await use(thing)
    give(thing)
    return value
  }

  private func take() async -> Thing? {
    let ticket = state.withLock { state in
      state.nextTicket += 1
      return state.nextTicket
    }
    let thing = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now: Thing?? = state.withLock { state in
          if state.gone.remove(ticket) != nil { return .some(nil) }
          if let thing = state.free.popLast() { return thing }
          state.waiting.append((ticket, continuation))
          return nil
        }
        if let now { continuation.resume(returning: now) }
      }
    } onCancel: {
      let waiting = state.withLock { state -> CheckedContinuation<Thing?, Never>? in
        guard let place = state.waiting.firstIndex(where: { $0.ticket == ticket }) else {
          state.gone.insert(ticket)
          return nil
        }
        return state.waiting.remove(at: place).continuation
      }
      waiting?.resume(returning: nil)
    }
    state.withLock { _ = $0.gone.remove(ticket) }
    return thing
  }

  private func give(_ thing: Thing) {
    let next = state.withLock { state -> CheckedContinuation<Thing?, Never>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
      state.free.append(thing)
      return nil
    }
    next?.resume(returning: thing)
  }
}
