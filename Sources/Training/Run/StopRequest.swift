// StopRequest: what a signal asks of a run. The first SIGTERM or SIGINT asks it to save and exit;
// the second leaves at once, without touching any checkpoint.

import Dispatch
import Foundation
import Synchronization

/// Thrown out of a rollout when the run was asked to stop.
struct StopRequested: Error {}

/// Whether the run was asked to stop.
final class StopRequest: Sendable {
  private let isAsked = Atomic<Bool>(false)

  /// Whether a signal has arrived.
  var wasMade: Bool { isAsked.load(ordering: .relaxed) }

  /// Throws when a signal has arrived.
  func check() throws {
    if wasMade { throw StopRequested() }
  }

  /// Listens to SIGTERM, SIGINT and SIGUSR1; SIGPIPE and SIGHUP no longer end the process.
  func listen() -> [any DispatchSourceSignal] {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    return [SIGTERM, SIGINT, SIGUSR1].map { number in
      signal(number, SIG_IGN)
      // Not the main queue: the main thread is busy with tensors for seconds at a time.
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        if isAsked.exchange(true, ordering: .relaxed) { _exit(128 + number) }
        let words = "\nvapo: stopping after this step; again to leave now\n"
        FileHandle.standardError.write(Data(words.utf8))
      }
      source.resume()
      return source
    }
  }
}
