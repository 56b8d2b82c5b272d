// Weights to servers from GPU to GPU: each server has a channel of its own, and all get a tensor as it is made.
//
// A channel over all servers would send less. But a worker waits in NCCL without end, so that one server that dies in the
// middle would take all the others with it.

import Foundation
import JSON
import Synchronization
public import Torch

/// The channels of a run's servers.
@MainActor
public final class WeightTransfer {
  private let engine: RemoteEngine
  private let library: String
  private let device: Device
  /// The servers that have joined, by place, and what their weights were called last.
  private var joined: [Int: (channel: WeightChannel, version: String)] = [:]
  /// Those whose last update may not have ended.
  private var torn: Set<Int> = []
  /// Those that draw nothing, of this load.
  private nonisolated let paused = Mutex<Set<Int>>([])

  /// Opens none yet.
  ///
  /// - Parameters:
  ///   - engine: the servers.
  ///   - device: whose tensors are sent.
  public init(_ engine: RemoteEngine, from device: Device) {
    self.engine = engine
    self.device = device
    let library = engine.settings.ncclLibrary
    self.library = library.isEmpty ? "libnccl.so.2" : library
  }

  /// The most seconds that others wait for one server to join, or to take a tensor.
  private var patience: Double { engine.settings.loadSeconds / 4 }

  /// Gives all servers new weights, side by side.
  ///
  /// A server that does not take them is left out until the next time.
  ///
  /// - Parameters:
  ///   - tensors: the weights, each of which is made once, in this order, whatever becomes of servers: other
  ///     processes may help to make them.
  ///   - version: what the weights are called.
  ///   - say: hears of servers that are left out.
  ///   - watch: called a few times a second; what it throws ends the load, and servers are let go on.
  /// - Throws: ``RolloutServerError`` when none has taken them, and what `watch` throws.
  public func load(
    _ tensors: [PendingTensor], version: String, say: (String) -> Void,
    watch: () throws -> Void = {}
  ) async throws {
    var faults: [Int: ServerFault] = [:]
    var stop: (any Error)?
    func good() -> [Int] { engine.servers.indices.filter { faults[$0] == nil } }
    /// Does something with those that have no fault yet; with a stop it is given up after so many seconds.
    func take(
      _ grace: Double, _ work: @escaping @MainActor ([Int]) async -> [Int: ServerFault]
    ) async {
      let places = good()
      let found = await heard(&stop, watch, grace) { await work(places) }
      faults.merge(found ?? given(places)) { $1 }
    }
    await take(0) { await self.open($0) }
    if stop != nil { faults = given(Array(engine.servers.indices)) }
    let asked = good()
    paused.withLock { $0 = [] }
    await take(0) { await self.begin($0) }
    // Nothing was sent yet.
    if stop != nil { faults.merge(given(asked)) { $1 } }
    let sending = Sending(
      engine, joined.filter { faults[$0.key] == nil }.mapValues(\.channel), tensors,
      patience: patience)
    if let error = sending.send(from: device, watch) { stop = stop ?? error }
    let grace = engine.settings.heartbeatSeconds
    let outcome = await heard(&stop, watch, grace) { await sending.outcome() }
    if outcome == nil { sending.giveUp() }
    faults.merge(outcome ?? given(good())) { $1 }
    await take(grace) {
      await self.insist(on: VLLMTransfer.ending(version), $0)
    }
    // Whatever became of it: one that goes on pausing would answer nobody.
    let left = faults
    let refused = await heard(&stop, watch, grace) { await self.resume(asked, left) }
    faults.merge(refused ?? given(asked)) { first, _ in first }
    for place in faults.keys { joined[place] = nil }
    for place in good() { joined[place]?.version = version }
    torn.subtract(good())
    if let stop { throw stop }
    try engine.take(version, faults, say: say)
  }

  /// What servers are left with whom the run had to leave.
  private func given(_ places: [Int]) -> [Int: ServerFault] {
    Dictionary(uniqueKeysWithValues: places.map { ($0, .failed("the run stops")) })
  }

  /// Does something, and hears meanwhile whether the run stops.
  ///
  /// - Parameters:
  ///   - stop: what has stopped it, once something has.
  ///   - watch: called until it throws.
  ///   - grace: how many seconds are left to what is under way when it does.
  ///   - work: what is done.
  /// - Returns: what came of it; nil where it was given up.
  private func heard<Result: Sendable>(
    _ stop: inout (any Error)?, _ watch: () throws -> Void, _ grace: Double,
    _ work: @escaping @MainActor () async -> Result
  ) async -> Result? {
    let isDone = Mark()
    let task = Task {
      defer { isDone.set() }
      return await work()
    }
    let clock = ContinuousClock()
    var end: ContinuousClock.Instant?
    while !isDone.isSet {
      do {
        if stop == nil { try watch() }
        try await Task.sleep(for: .milliseconds(10))
      } catch {
        stop = stop ?? error
      }
      guard stop != nil else { continue }
      end = end ?? clock.now + .seconds(grace)
      if Task.isCancelled || clock.now >= end ?? clock.now {
        task.cancel()
        return nil
      }
    }
    return await task.value
  }

  /// Has servers draw nothing and expect weights.
  private func begin(_ places: [Int]) async -> [Int: ServerFault] {
    let (patience, torn) = (patience, torn)
    return await each(places) { server, place throws(ServerFault) in
      let seconds = server.settings.heartbeatSeconds
      func mend(_ fault: ServerFault) async throws(ServerFault) {
        guard await Self.isMended(server, within: seconds) else { throw fault }
      }
      try await server.insist(on: VLLMTransfer.pausing, within: patience)
      self.paused.withLock { _ = $0.insert(place) }
      if torn.contains(place) { try await mend(.failed("an update that failed does not end")) }
      do throws(ServerFault) {
        try await server.insist(on: VLLMTransfer.starting, within: patience)
      } catch {
        // What a run before this one has begun and not ended.
        if case .silent = error { throw error }
        try await mend(error)
        try await server.insist(on: VLLMTransfer.starting, within: patience)
      }
    }
  }

  /// Lets servers draw again, and brings those whose update has failed back to where another can begin.
  private func resume(
    _ places: [Int], _ faults: [Int: ServerFault]
  ) async -> [Int: ServerFault] {
    let (seconds, patience) = (engine.settings.heartbeatSeconds, patience)
    let mended = Mutex<Set<Int>>([])
    let paused = paused.withLock { $0 }
    let refused = await each(places) { server, place throws(ServerFault) in
      switch faults[place] {
      case nil, .silent: break
      // One that may still draw is not to be touched.
      default:
        if paused.contains(place), await Self.isMended(server, within: seconds) {
          _ = mended.withLock { $0.insert(place) }
        }
      }
      // One that is well gets the time it needs.
      try await server.insist(
        on: VLLMTransfer.resuming, within: faults[place] == nil ? patience : seconds)
    }
    let failed = Set(places.filter { faults[$0] != nil })
    torn = torn.union(failed).subtracting(mended.withLock { $0 })
    return refused
  }

  /// Ends an update that somebody has begun; says whether another can begin.
  ///
  /// Layers of which half was loaded keep that until they are loaded anew, unless a whole update without weights
  /// comes between.
  private nonisolated static func isMended(
    _ server: RolloutServer, within seconds: Double
  ) async -> Bool {
    try? await server.insist(on: VLLMTransfer.stopping, within: seconds)
    do throws(ServerFault) {
      try await server.insist(on: VLLMTransfer.starting, within: seconds)
      try await server.insist(on: VLLMTransfer.stopping, within: seconds)
      return true
    } catch {
      return false
    }
  }

  /// Has all servers join that have not.
  private func open(_ places: [Int]) async -> [Int: ServerFault] {
    let (library, device, patience) = (library, device, patience)
    let known = joined.mapValues(\.version)
    let found = Mutex<[Int: WeightChannel]>([:])
    let faults = await each(places) { server, place throws(ServerFault) in
      let seconds = server.settings.heartbeatSeconds
      try await server.beat(within: seconds)
      // One that was started again has other weights, and knows nobody.
      if let version = known[place],
        VLLMTransfer.version(try? await server.answer(at: VLLMTransfer.version)) == version
      {
        return
      }
      do throws(ServerFault) {
        try await server.insist(on: VLLMTransfer.parting, within: seconds)
      } catch {
        // It has nobody to part from, or is one that hangs.
        if case .silent = error { throw error }
      }
      guard let workers = VLLMTransfer.size(try await server.answer(at: VLLMTransfer.size)) else {
        throw .failed("it does not say how many workers it has")
      }
      let channel = try await Self.meet(server, workers, library, device, within: patience)
      found.withLock { $0[place] = channel }
    }
    // What was given up has nobody who wants it.
    if !Task.isCancelled {
      for (place, channel) in found.withLock({ $0 }) { joined[place] = (channel, "") }
    }
    return faults
  }

  /// Joins a channel with all workers of a server.
  private nonisolated static func meet(
    _ server: RolloutServer, _ workers: Int, _ library: String, _ device: Device,
    within seconds: Double
  ) async throws(ServerFault) -> WeightChannel {
    let channel: WeightChannel
    let name: [UInt8]
    do throws(ProcessError) {
      channel = try WeightChannel(library: library)
      name = try channel.newName()
      try channel.join(name, rank: 0, of: workers + 1, on: device)
    } catch {
      throw .refused(
        "\(error); rollout.remote.nccl_library names the library, rollout.remote.transfer=folder "
          + "does without")
    }
    let refusal = Mutex<ServerFault?>(nil)
    let hasAnswered = Mark()
    let asking = Task {
      do throws(ServerFault) {
        try await server.insist(
          on: VLLMTransfer.joining(name, workers: workers), within: seconds)
      } catch {
        refusal.withLock { $0 = error }
      }
      hasAnswered.set()
    }
    do throws(ServerFault) {
      let clock = ContinuousClock()
      let end = clock.now + .seconds(seconds)
      while true {
        let isAnswered = hasAnswered.isSet
        let fault = refusal.withLock { $0 }
        let isThere: Bool
        do throws(ProcessError) {
          isThere = try channel.isDone()
        } catch {
          let cause =
            "\(error)".contains("invalid usage") ? ": is NCCL of one version here and there?" : ""
          throw .failed("\(error)\(cause)" + (fault.map { "; \($0)" } ?? ""))
        }
        if let fault { throw fault }
        if isThere, isAnswered { return channel }
        guard clock.now < end else { throw .silent("it does not join within \(Int(seconds)) s") }
        do {
          try await Task.sleep(for: .milliseconds(5))
        } catch {
          throw .silent("the run stops")
        }
      }
    } catch {
      asking.cancel()
      channel.end()
      throw error
    }
  }

  /// Makes calls, one after the other, of servers side by side.
  private func insist(on calls: [ServerCall], _ places: [Int]) async -> [Int: ServerFault] {
    await each(places) { server, _ throws(ServerFault) in
      for call in calls { try await server.insist(on: call) }
    }
  }

  /// Does something with servers side by side, and has their faults.
  private func each(
    _ places: [Int],
    _ work: @escaping @Sendable (RolloutServer, Int) async throws(ServerFault) -> Void
  ) async -> [Int: ServerFault] {
    let servers = engine.servers
    return await withTaskGroup(of: (Int, ServerFault?).self) { group in
      for place in places {
        group.addTask {
          do throws(ServerFault) {
            try await work(servers[place], place)
            return (place, nil)
          } catch {
            return (place, error)
          }
        }
      }
      var faults: [Int: ServerFault] = [:]
      for await (place, fault) in group { faults[place] = fault }
      return faults
    }
  }
}
