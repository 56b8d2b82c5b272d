// A socket for tests that are servers themselves.

import Foundation

/// A socket that listens on a port of its own, on loopback; to be closed by whoever asked.
///
/// - Throws: `POSIXError` where the system has none.
public func listenOnLoopback() throws -> (socket: Int32, port: UInt16) {
  let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      bind(socket, address, size) == 0 && listen(socket, 64) == 0
        && getsockname(socket, address, &size) == 0
    }
  }
  guard socket >= 0, isBound else { throw POSIXError(.EADDRNOTAVAIL) }
  return (socket, UInt16(bigEndian: address.sin_port))
}
