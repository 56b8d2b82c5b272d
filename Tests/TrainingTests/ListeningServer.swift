// A server of models behind a port, for runs that are processes of their own.

import Foundation
import JSON
import TestSupport

/// Lets one answer on loopback, a connection a question, for as long as this process is there: a run that is asked for by
/// its address keeps nothing of it alive.
struct ListeningServer {
  let url: String

  init(_ server: ModelServer) throws {
    let (listener, port) = try listenOnLoopback()
    url = "http://127.0.0.1:\(port)"
    Thread {
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        let thread = Thread {
          Self.answer(connection, server)
          close(connection)
        }
        thread.stackSize = 8 << 20
        thread.start()
      }
    }.start()
  }

  private static func answer(_ connection: Int32, _ server: ModelServer) {
    var received = Data()
    func more() -> Bool {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(connection, &buffer, buffer.count, 0)
      if count > 0 { received += buffer.prefix(count) }
      return count > 0
    }
    var end: Range<Data.Index>?
    while end == nil {
      guard more() else { return }
      end = received.range(of: Data("\r\n\r\n".utf8))
    }
    guard let end else { return }
    let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    let length =
      lines.lazy.filter { $0.lowercased().hasPrefix("content-length:") }
      .compactMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }.first ?? 0
    while received.count < end.upperBound + length { guard more() else { return } }
    let path = lines[0].split(separator: " ")[1].dropFirst().prefix { $0 != "?" }
    let body = received[end.upperBound...]
    var (status, answer) = ("200 OK", "{}")
    if path != "health" {
      do {
        let question = body.isEmpty ? .null : try JSONValue(parsing: Data(body))
        answer = try server.answer(String(path), question).text
      } catch {
        (status, answer) = ("500 Internal Server Error", "{}")
      }
    }
    let bytes = Array(
      "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(answer.utf8.count)\r\nConnection: close\r\n\r\n\(answer)"
        .utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }
}
