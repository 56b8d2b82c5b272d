// A server of this program in a process of its own, as users have it, and a client that can misbehave.

public import Foundation
import Glibc

/// A server that is not there.
struct WebProcessError: Error {
  var words: String
}

/// A command that listens on a free port, as long as it is held.
///
/// Nothing of it changes after it has started, so that tasks may share it.
open class WebProcess: @unchecked Sendable {
  /// Where it listens.
  public let port: Int
  /// The process.
  public let process = Process()

  /// Starts a command and waits until it says where it listens.
  ///
  /// - Parameters:
  ///   - arguments: what follows `vapo`; they ask for port 0.
  ///   - root: where it looks for what has been set up.
  /// - Throws: what starting a process throws; a server that ends instead.
  public init(command arguments: [String], root: URL = Golden.root) throws {
    process.executableURL = Command.networkBinary
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["VAPO_ROOT": root.path]
    ) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var said = ""
    var port: Int?
    while port == nil, let piece = try output.fileHandleForReading.read(upToCount: 1),
      !piece.isEmpty
    {
      said += String(decoding: piece, as: UTF8.self)
      guard said.hasSuffix("\n"), let match = said.firstMatch(of: /http:\/\/[^ ]+:(\d+)\//) else {
        continue
      }
      port = Int(match.1)
    }
    guard let port else { throw WebProcessError(words: "the server did not start: \(said)") }
    self.port = port
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The memory it holds, in bytes.
  public var residentBytes: Int {
    let file = "/proc/\(process.processIdentifier)/statm"
    let fields = (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }

  /// The processor time it has taken.
  public var processorTime: Duration {
    TestSupport.processorTime(of: process.processIdentifier) ?? .zero
  }

  /// Sends a request and returns status and body.
  public func ask(
    _ method: String, _ path: String, _ body: String = "", headers: [String: String] = [:]
  ) async throws -> (status: Int, body: String) {
    var lines = ["\(method) \(path) HTTP/1.1", "Connection: close"]
    var all = ["Host": "127.0.0.1:\(port)", "Content-Length": "\(body.utf8.count)"]
    all.merge(headers) { $1 }
    lines += all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let answer = try await exchange(
      Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    return Self.parsed(answer)
  }

  /// The status and the body of an answer.
  public static func parsed(_ answer: [UInt8]) -> (status: Int, body: String) {
    let text = String(decoding: answer, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return (0, text) }
    let head = text[..<end.lowerBound]
    let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    var body = String(text[end.upperBound...])
    if head.lowercased().contains("transfer-encoding: chunked") { body = joined(chunks: body) }
    return (status, body)
  }

  private static func joined(chunks: String) -> String {
    var (rest, result) = (Array(chunks.utf8)[...], [UInt8]())
    while let end = rest.firstIndex(of: 13) {
      let size = Int(String(decoding: rest[rest.startIndex..<end], as: UTF8.self), radix: 16) ?? 0
      guard size > 0, rest.count >= end - rest.startIndex + 4 + size else { break }
      result += rest[(end + 2)..<(end + 2 + size)]
      rest = rest[(end + 4 + size)...]
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A connection to the server.
  public func connect() throws -> Int32 {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw WebProcessError(words: "cannot connect to port \(port)") }
    // A server that says nothing for so long is broken, and the test should say so.
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    return socket
  }

  /// Sends bytes on a connection of its own and reads until the server closes it.
  ///
  /// - Parameters:
  ///   - bytes: what to send.
  ///   - pause: how long to wait after each byte; nil sends all at once.
  ///   - closing: whether to close the sending half afterwards.
  /// - Returns: what came back.
  /// - Throws: a connection that cannot be made.
  public func exchange(
    _ bytes: [UInt8], pause: UInt32? = nil, closing: Bool = false
  ) async throws -> [UInt8] {
    let socket = try connect()
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        defer { close(socket) }
        if let pause {
          for byte in bytes {
            guard send(socket, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
            usleep(pause)
          }
        } else {
          var sent = 0
          while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
              send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
          }
        }
        if closing { shutdown(socket, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
          let count = recv(socket, &buffer, buffer.count, 0)
          guard count > 0 else { break }
          answer += buffer[..<count]
        }
        continuation.resume(returning: answer)
      }
    }
  }
}
