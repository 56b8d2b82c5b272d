// One sending of weights over channels: every tensor is made once, and goes to those that still take.

import Foundation
import JSON
import Torch

/// Tensors on their way to servers that expect them.
///
/// It waits on the main actor, where tensors are made, and never longer for one server than the patience.
@MainActor
final class Sending {
  private let tensors: [PendingTensor]
  private let patience: Double
  private let heartbeat: Double
  private var receivers: [Int: (channel: WeightChannel, answer: Task<ServerFault?, Never>)] = [:]
  private var faults: [Int: ServerFault] = [:]

  /// How long it waits before it looks whether the run stops.
  private static let glance = Duration.milliseconds(20)

  /// Tells servers what will come.
  init(
    _ engine: RemoteEngine, _ channels: [Int: WeightChannel], _ tensors: [PendingTensor],
    patience: Double
  ) {
    (self.tensors, self.patience) = (tensors, patience)
    heartbeat = engine.settings.heartbeatSeconds
    let sent = tensors.map(SentTensor.init)
    for (place, channel) in channels {
      receivers[place] = (channel, Self.receive(sent, engine.servers[place], by: channel))
    }
  }

  /// Asks a server to receive; where it does not, what waits for it is ended.
  private nonisolated static func receive(
    _ tensors: [SentTensor], _ server: RolloutServer, by channel: WeightChannel
  ) -> Task<ServerFault?, Never> {
    Task {
      do throws(ServerFault) {
        try await server.insist(on: VLLMTransfer.receiving(tensors))
        return nil
      } catch {
        channel.end()
        return Task.isCancelled ? nil : error
      }
    }
  }

  /// Makes all tensors, and sends each as it is made.
  ///
  /// It goes on when the run is to stop: a worker that waits for the rest would wait for ever.
  ///
  /// - Returns: what `watch` has thrown first.
  func send(from device: Device, _ watch: () throws -> Void) -> (any Error)? {
    var stop: (any Error)?
    func look() {
      guard stop == nil else { return }
      do { try watch() } catch { stop = error }
    }
    for pending in tensors {
      let tensor = pending.make().to(device: device).contiguous()
      let isRight = tensor.shape == pending.shape && tensor.type == pending.type
      for (place, receiver) in receivers where faults[place] == nil {
        do throws(ProcessError) {
          guard isRight else { throw ProcessError("\(pending.name) is another than was said") }
          try receiver.channel.broadcast(tensor)
        } catch {
          fail(place, .failed("\(error)"))
        }
      }
      // One is under way while the next is made.
      settle(butFor: 1, look)
    }
    settle(butFor: 0, look)
    return stop
  }

  /// Waits until no more than so many tensors are under way to anybody.
  private func settle(butFor most: Int, _ look: () -> Void) {
    let clock = ContinuousClock()
    let begun = clock.now
    var waiting = Set(receivers.keys.filter { faults[$0] == nil })
    while !waiting.isEmpty {
      look()
      for place in waiting {
        do throws(ProcessError) {
          if try receivers[place]?.channel.isDone(butFor: most, within: Self.glance) ?? true {
            waiting.remove(place)
          } else if clock.now - begun > .seconds(patience) {
            fail(place, .silent("it has taken no tensor for \(Int(patience)) s"))
          }
        } catch {
          fail(place, .failed("\(error)"))
        }
        if faults[place] != nil { waiting.remove(place) }
      }
    }
  }

  private func fail(_ place: Int, _ fault: ServerFault) {
    guard faults[place] == nil, let (channel, answer) = receivers[place] else { return }
    faults[place] = fault
    channel.end()
    // What the server says of it says more, if it still says anything.
    let heartbeat = heartbeat
    Task.detached {
      try? await Task.sleep(for: .seconds(heartbeat))
      answer.cancel()
    }
  }

  /// Waits for nobody's answer any more.
  func giveUp() {
    for (channel, answer) in receivers.values {
      answer.cancel()
      channel.end()
    }
  }

  /// Hears from all servers what became of it.
  func outcome() async -> [Int: ServerFault] {
    for (place, receiver) in receivers {
      guard let fault = await receiver.answer.value else { continue }
      // One that had to be given up has said nothing, whatever it says now.
      if case .silent = faults[place] { continue }
      faults[place] = fault
    }
    return faults
  }
}
