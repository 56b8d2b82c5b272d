// A socket that listens before anybody is told its port.

import Foundation
public import Torch

/// A listening TCP socket; whoever takes the descriptor closes it.
public struct Listener: Sendable {
  /// The descriptor.
  public let socket: Int32
  /// Its port.
  public let port: UInt16

  /// Listens.
  ///
  /// - Parameters:
  ///   - wanted: the port; 0 for any that is free.
  ///   - onLoopback: whether only this machine can reach it.
  /// - Throws: ``ProcessError`` where the port is taken.
  public init(port wanted: UInt16, onLoopback: Bool) throws(ProcessError) {
    let socket = Foundation.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw Self.failure("a socket") }
    var on: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = wanted.bigEndian
    address.sin_addr.s_addr = onLoopback ? inet_addr("127.0.0.1") : 0
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && listen(socket, 1024) == 0
          && getsockname(socket, address, &size) == 0
      }
    }
    guard isListening else {
      let failure = Self.failure("listening on port \(wanted)")
      close(socket)
      throw failure
    }
    self.socket = socket
    port = UInt16(bigEndian: address.sin_port)
  }

  private static func failure(_ what: String) -> ProcessError {
    ProcessError("\(what): \(String(cString: strerror(errno)))")
  }
}
