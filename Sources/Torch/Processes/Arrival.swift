// Arrival: what other ranks have sent and is under way, while this one works on.

internal import CTorch

/// Tensors of all ranks that are under way.
public final class Arrival {
  private var handle: OpaquePointer?
  private let work: String
  private let finish: (Tensor) -> Tensor

  /// - Parameters:
  ///   - handle: what was begun; nil where that failed.
  ///   - work: says what it is, for the error.
  ///   - finish: makes of what has arrived what was asked for.
  /// - Throws: ``ProcessError`` where it was not begun.
  init(
    _ handle: OpaquePointer?, _ work: String,
    finish: @escaping (Tensor) -> Tensor = { $0 }
  ) throws(ProcessError) {
    guard let handle else { throw ProcessError(last: work) }
    (self.handle, self.work, self.finish) = (handle, work, finish)
  }

  deinit { _ = try? wait() }

  /// Waits for them; to be called once.
  ///
  /// - Returns: what was asked for.
  /// - Throws: ``ProcessError`` when a rank is gone.
  public func wait() throws(ProcessError) -> Tensor {
    guard let begun = handle else { throw ProcessError("\(work): taken twice") }
    handle = nil
    guard let received = ct_arrival_take(begun) else { throw ProcessError(last: work) }
    return finish(Tensor(owning: received))
  }
}
