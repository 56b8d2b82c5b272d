// What a GPU does beside its work: it copies from and to pinned host memory while its cores compute.

internal import CTorch
import Synchronization

/// A stream of a device beside the one that it works on: one a device, whoever asks, as what it has made stays in memory
/// of its own.
public struct SideStream {
  /// Nil for the CPU, which does all things one after the other.
  private let handle: OpaquePointer?

  /// Addresses of those that are open.
  private static let open = Mutex<[Device: Int]>([:])

  /// The stream of a device.
  public init(of device: Device) {
    guard device != .cpu else {
      handle = nil
      return
    }
    let address = Self.open.withLock { open in
      if let address = open[device] { return address }
      let made = ct_stream_open(device.code)
      must(made == nil ? 1 : 0)
      let address = Int(bitPattern: made)
      open[device] = address
      return address
    }
    handle = OpaquePointer(bitPattern: address)
  }

  /// Begins work that is done beside what the device is given later, and after all that it was given before.
  ///
  /// What is made in it must not be read before ``join()``. For one thread at a time.
  ///
  /// - Parameter body: gives the device its work; not to be begun in one another.
  /// - Returns: what `body` returns.
  public func begin<Result>(_ body: () -> Result) -> Result {
    guard let handle else { return body() }
    must(ct_stream_begin(handle))
    defer { must(ct_stream_end(handle)) }
    return body()
  }

  /// Has what this thread gives to the device from here on wait for what was begun.
  public func join() {
    if let handle { must(ct_stream_join(handle)) }
  }
}

extension Tensor {
  /// A copy in memory of the host's that a device reads and writes by itself, while the host does something else.
  ///
  /// - Parameter device: whose it is to be.
  /// - Returns: the copy; for the CPU, and where the system refuses to pin memory, it lies in ordinary memory.
  public func pinned(for device: Device) -> Tensor {
    Tensor(owning: ct_pinned(handle, device.code))
  }

  /// Whether it lies in such memory.
  public var isPinned: Bool { ct_is_pinned(handle) }

  /// The same numbers on a device; itself where it is there.
  ///
  /// Of pinned memory it returns before the numbers are read: they must stay until the device has been waited for.
  public func sent(to device: Device) -> Tensor {
    Tensor(owning: ct_send(handle, device.code))
  }

  /// Overwrites this tensor's memory with another's numbers.
  ///
  /// Of pinned memory it returns before they are there: the host may read them after ``Device/synchronize()``.
  public func copyLater(from source: Tensor) { must(ct_copy_later_(handle, source.handle)) }
}

extension Device {
  /// Waits until all is done that the device was given.
  public func synchronize() { must(ct_synchronize(code)) }
}
