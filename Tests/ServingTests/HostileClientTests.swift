// The server under clients that should not be there.

import Foundation
import Glibc
import Testing
import TestSupport

/// The parent of the suites that start servers: one after the other.
@Suite(.serialized)
struct ServingTests {
  @Suite struct HostileClientTests {
    @Test func `only this machine's names, no other page, and the token open the gate`()
      async throws
    {
      let file = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: file) }
      let served = try await Served(["--token-file", file.path, "--allow-host", "vapo.example"])
      let token = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
      #expect((mode as? NSNumber)?.intValue == 0o600 && token.count == 64)
      let hosts = [
        ("127.0.0.1:\(served.port)", true), ("LocalHost", true), ("[::1]:80", true),
        ("vapo.example:1", true), ("evil.example", false), ("127.0.0.1.evil.example", false),
        ("localhost@evil.example", false), ("localhost:80:80", false), ("", false),
        ("127.0.0.1:\(served.port), evil.example", false),
      ]
      let origins: [(String?, Bool)] = [
        (nil, true), ("http://localhost:3000", true), ("http://evil.example", false),
        ("null", false), ("http://localhost.evil.example", false), ("file://", false),
      ]
      let tokens: [(String?, Bool)] = [
        ("Bearer \(token)", true), (nil, false), ("Bearer ", false), ("Bearer \(token)x", false),
        ("bearer \(token)", false), ("Bearer \(token.dropLast())", false),
        ("Basic \(token)", false),
      ]
      var asked = 0
      for (host, hostIsGood) in hosts {
        for (origin, originIsGood) in origins {
          for (bearer, tokenIsGood) in tokens {
            var headers = ["Host": host]
            headers["Origin"] = origin
            headers["Authorization"] = bearer
            let (status, body) = try await served.ask("GET", "/v1/models", headers: headers)
            let isGood = hostIsGood && originIsGood && tokenIsGood
            #expect((status == 200) == isGood, "\(headers): \(status)")
            #expect(body.contains("tiny") == isGood)
            asked += 1
          }
        }
      }
      #expect(asked == 420)
      let good = ["Authorization": "Bearer \(token)"]
      for method in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT",
      ] {
        for path in ["/health", "/v1/models", "/v1/completions", "/nothing"] {
          for headers in [["Host": "evil.example"], ["Origin": "http://evil.example"], [:]] {
            let answer = try await served.ask(method, path, headers: headers)
            #expect((400...405).contains(answer.status), "\(method) \(path) \(headers)")
          }
          let isRead = method == "GET" && (path == "/health" || path == "/v1/models")
          let answer = try await served.ask(method, path, headers: good)
          #expect((answer.status == 200) == isRead, "\(method) \(path): \(answer.status)")
        }
      }
    }

    @Test func `no path leads out`() async throws {
      let served = try await Served()
      let steps = [
        "../", "%2e%2e/", "%2e%2e%2f", "..%2f", "%252e%252e%252f", "..\\", "..%5c", "%2e%2e%5c",
        "..%00/", "....//", "..;/", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af", "..%c0%af",
        "%uff0e%uff0e/",
        "..%ef%bc%8f",
      ]
      let starts = ["/", "/v1/", "/v1/models/", "//"]
      var asked = 0
      for start in starts {
        for step in steps {
          for end in ["etc/passwd", "proc/self/environ"] {
            let path = start + String(repeating: step, count: 8) + end
            let (status, body) = try await served.ask("GET", path)
            #expect(status == 404 || status == 400, "\(path): \(status)")
            #expect(!body.contains("root:") && !body.contains("PATH="), "\(path)")
            asked += 1
          }
        }
      }
      #expect(asked == 128)
      for path in ["file:///etc/passwd", "http://evil.example/", "*", "/v1/models\u{0}", "/%"] {
        let (status, body) = try await served.ask("GET", path)
        #expect(status != 200 && !body.contains("root:"), "\(path): \(status)")
      }
    }

    @Test func `what is too long is refused, and nothing is kept of it`() async throws {
      let served = try await Served()
      _ = try await served.ask("GET", "/health")
      let before = served.residentBytes
      let head = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "
      for size in [64 << 10, 5 << 20] {
        let answer = try await served.exchange(
          Array((head + String(repeating: "x", count: size) + "\r\n\r\n").utf8))
        #expect(Served.parsed(answer).status != 200)
      }
      let many = (0..<2000).map { "X\($0): y\r\n" }.joined()
      let crowd = try await served.exchange(
        Array("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\(many)\r\n".utf8))
      #expect(Served.parsed(crowd).status != 200)
      let long = String(repeating: "a", count: 2 << 20)
      let (status, _) = try await served.ask("POST", "/v1/completions", #"{"prompt": "\#(long)"}"#)
      #expect(status == 413)
      // A body that says it is a gigabyte: the answer comes, and then nobody listens.
      let start =
        "POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1073741824\r\n\r\n"
      _ = try await served.exchange(Array(start.utf8) + [UInt8](repeating: 32, count: 16 << 20))
      let deep = String(repeating: "[", count: 100_000)
      let nested = try await served.ask("POST", "/v1/completions", #"{"prompt": \#(deep)"#)
      #expect(nested.status == 400)
      #expect(served.residentBytes - before < 64 << 20)
      #expect(try await served.ask("GET", "/health").status == 200)
    }

    @Test func `five hundred connections, pipelines and half-closed ones are served or dropped`()
      async throws
    {
      let served = try await Served()
      _ = try await served.ask("GET", "/health")
      let before = served.residentBytes
      let one = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
      let last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
      let piped = try await served.exchange(Array((String(repeating: one, count: 99) + last).utf8))
      let text = String(decoding: piped, as: UTF8.self)
      #expect(text.components(separatedBy: "HTTP/1.1 200").count == 101)
      let half = try await served.exchange(Array(last.utf8), closing: true)
      #expect(Served.parsed(half).status == 200)
      let sockets = try (0..<500).map { _ in try served.connect() }
      for socket in sockets { close(socket) }
      let idle = try (0..<40).map { _ in try served.connect() }
      #expect(try await served.ask("GET", "/health").status == 200)
      for socket in idle { close(socket) }
      #expect(served.residentBytes - before < 64 << 20)
    }

    @Test func `a header that trickles is not waited for`() async throws {
      let served = try await Served()
      let start = ContinuousClock.now
      let head = Array(
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 200))".utf8)
      let answer = try await served.exchange(head, pause: 200_000)
      #expect(Served.parsed(answer).status != 200)
      // Ten seconds and what a busy machine takes; all of it would take fifty.
      #expect(ContinuousClock.now - start < .seconds(45))
    }

    @Test func `a port that is taken is named with who has it`() async throws {
      let served = try await Served()
      // The kernel's list of sockets may be longer than a page of memory.
      let others = (0..<300).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
      defer { for other in others { close(other) } }
      #expect(others.allSatisfy { listen($0, 1) == 0 })
      let second = Process()
      second.executableURL = served.process.executableURL
      second.arguments = ["serve", served.folder.path, "--port", "\(served.port)"]
      let words = Pipe()
      second.standardError = words
      try second.run()
      let said = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      second.waitUntilExit()
      #expect(second.terminationStatus != 0)
      #expect(said.contains("port \(served.port)") && said.contains("--port 0"), "\(said)")
      #expect(said.contains("(process \(served.process.processIdentifier))"), "\(said)")
      let open = try await Command(
        ["serve", served.folder.path, "--host", "no.such.host.invalid", "--port", "0"],
        of: Command.networkBinary)
      #expect(open.status != 0)
    }
  }
}
