// Processes on GPUs: tensors travel between them by NCCL, where each has a GPU of its own.

import Foundation
import Synchronization
public import Torch

extension Ranks {
  /// Has tensors of this process's device carried without the host's memory, where that can be; all processes must
  /// call it.
  ///
  /// - Parameter device: this process's.
  /// - Returns: what it means for the run where processes on GPUs exchange over the host's memory; else nil.
  /// - Throws: ``RankError`` where NCCL does not work.
  public func carryTensors(on device: Device) throws(RankError) -> String? {
    guard let group else { return nil }
    let name = device == .cpu || !ProcessGroup.carriesDevices ? nil : ProcessGroup.name(of: device)
    let all = exchange(Place(isGPU: device != .cpu, name: name), "who is on which device")
    let names = all.compactMap(\.name)
    guard Set(names).count == count else {
      guard all.contains(where: \.isGPU) else { return nil }
      let reason =
        all.contains { !$0.isGPU }
        ? "some are on CPUs"
        : names.count == count ? "some share a GPU" : "this build has no NCCL that works"
      return "processes exchange tensors over the host's memory: \(reason)"
    }
    watchNeighbor()
    var failure = ""
    do {
      try group.carry(on: device, name: "vapo/devices/attempt-\(attempt)", timeout: timeout)
    } catch {
      failure = "\(error)"
      // Others may wait for this one inside of NCCL, so that what follows comes late.
      FileHandle.standardError.write(Data("vapo: rank \(rank) of \(count): \(failure)\n".utf8))
    }
    // Where somebody has died meanwhile nobody comes to a verdict here: that is a loss, and no fault of NCCL's.
    let failures = exchange(failure, "whether NCCL works")
    guard let rank = failures.firstIndex(where: { !$0.isEmpty }) else { return nil }
    throw RankError(
      "rank \(rank): \(failures[rank]); trainer.nccl=false exchanges over the host's memory")
  }

  /// Where a process's tensors are.
  private struct Place: Codable {
    let isGPU: Bool
    /// What the GPU is called; nil where its tensors cannot be carried.
    let name: [UInt8]?
  }

  /// Leaves when the next process is gone, whatever this one is at work on.
  ///
  /// What a GPU waits for nobody waits for on the host. The look for signs of life gives the main thread, and whoever
  /// started the processes, the time to say it better.
  private func watchNeighbor() {
    guard let group else { return }
    let watch = Watch(group: group, heartbeat: heartbeat)
    self.watch = watch
    Thread.detachNewThread { [rank, count, looksForLost] in
      guard !watch.group.neighborEndsAsItShould() else { return }
      let lost = watch.heartbeat?.culprit()
      if watch.heartbeat == nil { Thread.sleep(forTimeInterval: 2.5) }
      guard !watch.isEnding.load(ordering: .relaxed) else { return }
      let words = looksForLost ? lost.map { " (\($0))" } ?? "" : ""
      Self.leave(rank, count, because: "rank \((rank + 1) % count) is gone" + words)
    }
  }
}

/// What the thread that waits for the neighbor holds; it calls nothing of the group but what may be called beside all
/// else.
final class Watch: @unchecked Sendable {
  let group: ProcessGroup
  let heartbeat: Heartbeat?
  /// Whether this process ends by itself.
  let isEnding = Atomic(false)

  init(group: ProcessGroup, heartbeat: Heartbeat?) {
    (self.group, self.heartbeat) = (group, heartbeat)
  }
}
