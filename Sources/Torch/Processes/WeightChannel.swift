// WeightChannel: tensors to processes that are in no group of ours, such as those of an inference engine, by NCCL.

internal import CTorch

/// A communicator of NCCL's, over which rank 0 sends and all others receive.
///
/// A thread of its own does what it is told, one thing after the other. What fails is told by whatever is called next,
/// and then it is over. ``end()`` may be called from anywhere.
public final class WeightChannel: @unchecked Sendable {
  private let handle: OpaquePointer

  /// The bytes of a name.
  public static let nameLength = 128

  /// Looks NCCL up, and joins nobody yet.
  ///
  /// - Parameter library: its file, or a name to find it by.
  /// - Throws: ``ProcessError`` where there is none.
  public init(library: String = "libnccl.so.2") throws(ProcessError) {
    guard let handle = ct_channel_open(library) else { throw ProcessError(last: "NCCL") }
    self.handle = handle
  }

  deinit { ct_channel_close(handle) }

  /// A new name by which processes find each other; rank 0 makes it.
  ///
  /// - Returns: ``nameLength`` bytes.
  /// - Throws: ``ProcessError``.
  public func newName() throws(ProcessError) -> [UInt8] {
    guard let bytes = ct_channel_name(handle) else { throw ProcessError(last: "NCCL") }
    return Tensor(owning: bytes).bytes
  }

  /// Begins to join others and to add up one number with them, as vLLM's workers do.
  ///
  /// - Parameters:
  ///   - name: what they find each other by.
  ///   - rank: this process's number.
  ///   - count: how many they are.
  ///   - device: whose tensors are sent.
  /// - Throws: ``ProcessError`` where it is over.
  public func join(
    _ name: [UInt8], rank: Int, of count: Int, on device: Device
  ) throws(ProcessError) {
    precondition(name.count == Self.nameLength && count > 1 && (0..<count).contains(rank))
    try check(ct_channel_join(handle, name, Int32(rank), Int32(count), device.code))
  }

  /// Begins to send a tensor where this is rank 0, and to overwrite it with rank 0's elsewhere.
  ///
  /// - Parameter tensor: contiguous, on the channel's device, of one type and shape everywhere. It is kept until it is
  ///   sent, and must not be changed before.
  /// - Throws: ``ProcessError`` where it is over, or this cannot be sent.
  public func broadcast(_ tensor: Tensor) throws(ProcessError) {
    try check(ct_channel_broadcast(handle, tensor.handle))
  }

  /// Waits until little is left to do.
  ///
  /// - Parameters:
  ///   - most: how much may be left.
  ///   - timeout: how long it waits.
  /// - Returns: whether no more than that is left.
  /// - Throws: ``ProcessError`` where something has failed, or it was ended.
  public func isDone(
    butFor most: Int = 0, within timeout: Duration = .zero
  ) throws(ProcessError) -> Bool {
    var isDone = false
    try check(ct_channel_wait(handle, Int64(most), timeout.milliseconds, &isDone))
    return isDone
  }

  /// Ends it: what waits is told so, and nothing is done any more.
  public func end() { ct_channel_end(handle) }

  private func check(_ status: CTStatus) throws(ProcessError) {
    if status != 0 { throw ProcessError(last: "NCCL") }
  }
}
