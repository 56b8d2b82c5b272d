// A checkpoint that is brought to the disk while training goes on. Hashing and reading back take a processor's
// time, the disk takes its own; the tensors were copied into the system's cache before.

import Foundation
import Synchronization

/// The publishing of a draft by a thread of its own.
public final class BackgroundSave: Sendable {
  private enum Outcome {
    case open
    case done
    case failed(any Error)
  }

  /// The step after which the checkpoint was taken.
  public let step: Int
  private let outcome = Mutex(Outcome.open)
  private let isOver = DispatchSemaphore(value: 0)

  /// Starts the work.
  ///
  /// - Parameters:
  ///   - draft: what becomes a checkpoint.
  ///   - noted: called when it is one.
  public init(_ draft: CheckpointDraft, noted: @escaping @Sendable () throws -> Void) {
    step = draft.step
    // It changes hands: nobody else looks at it again.
    nonisolated(unsafe) let draft = draft
    Thread.detachNewThread { [self] in
      do {
        try draft.publish()
        try noted()
        outcome.withLock { $0 = .done }
      } catch {
        outcome.withLock { $0 = .failed(error) }
      }
      isOver.signal()
    }
  }

  /// Whether it is over.
  ///
  /// - Returns: true when the checkpoint is safe.
  /// - Throws: why it is not and never will be.
  public func isDone() throws -> Bool {
    switch outcome.withLock({ $0 }) {
    case .open: return false
    case .done: return true
    case .failed(let error): throw error
    }
  }

  /// Waits for the end; called once.
  ///
  /// - Parameters:
  ///   - patience: how many seconds to wait before it is said, and again after as many.
  ///   - say: told what is waited for.
  /// - Throws: why the checkpoint was not saved.
  public func wait(_ patience: Int, _ say: (String) -> Void) throws {
    let start = ContinuousClock.now
    while isOver.wait(timeout: .now() + .seconds(patience)) == .timedOut {
      let seconds = (ContinuousClock.now - start).components.seconds
      say("waiting for the disk: checkpoint of step \(step), \(seconds) s")
    }
    _ = try isDone()
  }
}
