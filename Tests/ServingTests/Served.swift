// A small served model, in a process of its own as users have it, and a client that can misbehave.

import Foundation
import Glibc
import Testing
import TestSupport
import Tokenizers
import Torch
import Transformers

/// A model folder with a character vocabulary and a chat template.
enum TinyFolder {
  static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz #<>|_:=\n")

  static func write(to folder: URL) throws {
    let tokenizer = try Tokenizer.characters(alphabet, endOfText: "<|endoftext|>")
    var configuration = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 48,
      layerCount: 2, headCount: 4, keyValueHeadCount: 2, maximumPositions: 128,
      initializerRange: 0.4, tiesEmbeddings: true, eosTokens: [0])
    configuration.padToken = 0
    let template = """
      {% for m in messages %}<|{{ m.role }}|>{{ m.content }}
      {% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}
      """
    let settings = try JSONSerialization.data(withJSONObject: ["chat_template": template])
    try ModelFolder.save(
      .random(configuration, seed: 3),
      tokenizer: ["tokenizer.json": tokenizer.json, "tokenizer_config.json": settings],
      generation: GenerationConfiguration(eosTokens: [0]), to: folder)
  }
}

/// `vapo serve` on a free port, as long as it is held.
///
/// Nothing of it changes after it has started, so that tasks may share it.
final class Served: @unchecked Sendable {
  let folder: URL
  let port: Int
  let process = Process()

  init(_ arguments: [String] = []) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    try TinyFolder.write(to: folder)
    process.executableURL = Command.networkBinary
    process.arguments = ["serve", folder.path, "--name", "tiny", "--port", "0"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var said = ""
    var port: Int?
    while port == nil, let piece = try output.fileHandleForReading.read(upToCount: 1) {
      said += String(decoding: piece, as: UTF8.self)
      guard said.hasSuffix("\n"), let match = said.firstMatch(of: /http:\/\/[^ ]+:(\d+)\/v1/) else {
        continue
      }
      port = Int(match.1)
    }
    self.port = try #require(port, "the server did not start: \(said)")
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(at: folder)
  }

  /// The memory it holds, in bytes.
  var residentBytes: Int {
    let file = "/proc/\(process.processIdentifier)/statm"
    let fields = (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }

  /// The processor time it has taken.
  var processorTime: Duration { TestSupport.processorTime(of: process.processIdentifier) ?? .zero }

  /// Sends a request and returns status and body.
  func ask(
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

  /// Sends a JSON object and returns the status and the object that comes back.
  func ask(_ path: String, _ fields: [String: Any]) async throws -> (
    status: Int, object: [String: Any]
  ) {
    let body = String(
      decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    let (status, text) = try await ask("POST", path, body)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return (status, try #require(object, "\(text)"))
  }

  /// The texts of a request's choices, in order.
  func texts(_ fields: [String: Any]) async throws -> [String] {
    let (status, object) = try await ask("/v1/completions", fields)
    #expect(status == 200, "\(object)")
    let choices = object["choices"] as? [[String: Any]] ?? []
    return choices.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      .compactMap { $0["text"] as? String }
  }

  static func parsed(_ answer: [UInt8]) -> (status: Int, body: String) {
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
  func connect() throws -> Int32 {
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
    try #require(result == 0, "cannot connect")
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
  func exchange(
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
