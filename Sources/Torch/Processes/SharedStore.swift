// Keys and bytes that the processes of a run share: where they meet, and what outlives one of them.

internal import CTorch
import Foundation

/// Why processes cannot work together.
public struct ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was tried, and why it failed.
  public let description: String

  /// Says what was tried and why it failed.
  public init(_ description: String) { self.description = description }

  /// The reason of the shim's last failure, its first line.
  init(last operation: String) {
    let reason = String(cString: ct_last_error())
    self.init("\(operation): \(reason.split(separator: "\n").first.map(String.init) ?? reason)")
  }
}

/// A store of keys, served by one process and joined by the others.
///
/// It may be used from several threads; a call that waits keeps the others waiting.
public final class SharedStore: @unchecked Sendable {
  let handle: OpaquePointer

  /// Joins a store.
  ///
  /// - Parameters:
  ///   - host: the address of whoever serves it.
  ///   - port: its port.
  ///   - timeout: how long to wait for it to be there.
  /// - Throws: ``ProcessError`` when nobody serves there.
  public init(joining host: String, port: UInt16, timeout: Duration) throws(ProcessError) {
    guard let handle = ct_store_open(host, port, -1, timeout.milliseconds) else {
      throw ProcessError(last: "joining the other processes at \(host):\(port)")
    }
    self.handle = handle
  }

  /// Serves a store.
  ///
  /// - Parameters:
  ///   - socket: a descriptor that is bound and listens; it belongs to the store from then on.
  ///   - port: the port that it is bound to.
  /// - Throws: ``ProcessError``.
  public init(serving socket: Int32, port: UInt16) throws(ProcessError) {
    guard let handle = ct_store_open("127.0.0.1", port, socket, 30_000) else {
      throw ProcessError(last: "serving the store of the processes")
    }
    self.handle = handle
  }

  deinit { ct_store_close(handle) }

  /// Puts text under a key, in place of what was there; the store has it when this returns.
  public func set(_ key: String, _ text: String) throws(ProcessError) {
    let bytes = Array(text.utf8)
    guard ct_store_set(handle, key, bytes, Int64(bytes.count)) == 0 else {
      throw ProcessError(last: "setting \(key)")
    }
  }

  /// The text under a key, once somebody has put it there.
  ///
  /// - Throws: ``ProcessError`` when nobody has by the end of the time-out.
  public func wait(for key: String, timeout: Duration) throws(ProcessError) -> String {
    guard let bytes = ct_store_get(handle, key, timeout.milliseconds) else {
      throw ProcessError(last: "waiting for \(key)")
    }
    return String(decoding: Tensor(owning: bytes).bytes, as: UTF8.self)
  }

  /// The text under a key; nil where there is none.
  public func value(of key: String) throws(ProcessError) -> String? {
    var isThere = false
    guard ct_store_has(handle, key, &isThere) == 0 else {
      throw ProcessError(last: "reading \(key)")
    }
    return isThere ? try wait(for: key, timeout: .seconds(30)) : nil
  }
}

extension Duration {
  /// Whole milliseconds, at least one.
  var milliseconds: Int64 {
    let (seconds, parts) = components
    return max(1, min(seconds, 1 << 40) * 1000 + parts / 1_000_000_000_000_000)
  }
}
