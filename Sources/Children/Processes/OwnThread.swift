// Waiting for other programs blocks, and the threads of tasks must not.

import Foundation

/// Runs blocking work on a thread that exists for it alone.
///
/// One thread for all of it matters to sandboxes too: the kernel ends them with the thread that started
/// them.
func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: work()) }
  }
}

/// Runs blocking work on a thread of its own; the switch it is given turns when the task is cancelled.
func interruptibly<Value: Sendable>(
  _ work: @escaping @Sendable (Interrupt) -> Result<Value, ChildError>
) async throws(ChildError) -> Value {
  let interrupt = try Interrupt()
  let result = await withTaskCancellationHandler {
    await onOwnThread { work(interrupt) }
  } onCancel: {
    interrupt.fire()
  }
  return try result.get()
}
