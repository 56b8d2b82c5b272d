// The dashboard's routes under those who should not ask, and under questions that make no sense.

import Foundation
import JSON
import TestSupport
import Testing

extension DashboardTests {
  @Suite(.serialized)
  struct RouteTests {
    /// Every route, with what makes it answer where `RUN` is a run's number.
    static let routes = [
      "/", "/main.js", "/style.css", "/plotly.min.js", "/api/runs", "/api/runs/RUN",
      "/api/runs/RUN/metrics?name=vapo/accuracy", "/api/runs/RUN/rows?step=40",
      "/api/runs/RUN/response?step=40&place=0", "/api/runs/RUN/audit", "/api/runs/RUN/calibration",
      "/api/studies/1",
      "/api/studies/1/curves", "/api/studies/1/pictures/0",
    ]

    @Test("only this machine's names, no other page, and the token open the gate, on every route")
    func gate() async throws {
      let fixtures = try RunFixtures()
      let study = fixtures.root.appending(path: "study/vapo/0")
      try FileManager.default.createDirectory(at: study, withIntermediateDirectories: true)
      try Data("a: 1\n".utf8).write(to: study.appending(path: "config.resolved.yaml"))
      try Data("arm,seeds\nvapo,1\n".utf8).write(
        to: fixtures.root.appending(path: "study/table.csv"))
      try Data("<svg/>".utf8).write(to: fixtures.root.appending(path: "study/a.svg"))
      let file = fixtures.root.appending(path: "token")
      let shown = try Shown(
        fixtures.root, ["--token-file", file.path, "--allow-host", "vapo.example"])
      let token = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
      let good = ["Authorization": "Bearer \(token)"]
      let run = try await run(shown, good)
      let refused: [[String: String]] = [
        [:], ["Authorization": "Bearer \(token)x"], ["Authorization": "Basic \(token)"],
        ["Cookie": "vapo_token=\(token)x"], ["Cookie": "other=\(token)"],
        good.merging(["Host": "evil.example"]) { $1 }, good.merging(["Host": ""]) { $1 },
        good.merging(["Origin": "http://evil.example"]) { $1 },
        good.merging(["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"]) { $1 },
        good.merging(["Sec-Fetch-Site": "same-site"]) { $1 },
        good.merging(["Origin": "null"]) { $1 },
      ]
      let passed: [[String: String]] = [
        good, ["Cookie": "a=b; vapo_token=\(token)"],
        good.merging(["Host": "vapo.example:1"]) { $1 },
        good.merging(["Origin": "http://localhost:3000"]) { $1 },
        good.merging(["Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"]) { $1 },
        good.merging(["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"]) { $1 },
      ]
      for route in Self.routes.map({ $0.replacing("RUN", with: "\(run)") }) {
        for headers in refused {
          let (status, body) = try await shown.ask("GET", route, headers: headers)
          #expect(status == 401 || status == 403, "\(route) \(headers): \(status)")
          #expect(body.contains("\"error\"") && body.utf8.count < 300)
        }
        for headers in passed {
          let (status, body) = try await shown.ask("GET", route, headers: headers)
          #expect(status == 200, "\(route) \(headers): \(status) \(body.prefix(200))")
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"] {
          let (status, _) = try await shown.ask(method, route, headers: good)
          #expect((400...405).contains(status), "\(method) \(route): \(status)")
        }
      }
      for headers in refused {
        let (status, _) = try await shown.ask("GET", "/api/events", headers: headers)
        #expect(status == 401 || status == 403, "events \(headers): \(status)")
      }
      // A browser brings the token once, and keeps it.
      let welcome = try await shown.exchange(
        Array("GET /?token=\(token) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
      let words = String(decoding: welcome, as: UTF8.self)
      #expect(words.hasPrefix("HTTP/1.1 303") && words.contains("HttpOnly; SameSite=Strict"))
      let wrong = try await shown.ask("GET", "/?token=\(token)x")
      #expect(wrong.status == 401)
    }

    private func run(_ shown: Shown, _ headers: [String: String] = [:]) async throws -> Int {
      for _ in 0..<100 {
        let (_, body) = try await shown.ask("GET", "/api/runs", headers: headers)
        if case .object(let reply)? = try? JSONValue(parsing: Array(body.utf8)),
          case .array(let runs)? = reply["runs"]
        {
          for case .object(let run) in runs where run["path"] == .string("crashed") {
            if case .integer(let id)? = run["id"], run["step"] == .integer(40) { return id }
          }
        }
        try await Task.sleep(for: .milliseconds(100))
      }
      throw BrowserError(words: "the run is not in the index")
    }

    @Test("no path and no parameter leads out of the folders, and none ends the server")
    func hostileQuestions() async throws {
      let fixtures = try RunFixtures()
      let secret = fixtures.root.deletingLastPathComponent().appending(
        path: "secret-\(UUID().uuidString).jsonl")
      try Data("{\"output\": \"a secret\"}\n".utf8).write(to: secret)
      defer { try? FileManager.default.removeItem(at: secret) }
      // A link out of a run's folder is not followed.
      try FileManager.default.createSymbolicLink(
        at: fixtures.root.appending(path: "crashed/rollouts/39.jsonl"), withDestinationURL: secret)
      try FileManager.default.createSymbolicLink(
        at: fixtures.root.appending(path: "linked"),
        withDestinationURL: fixtures.root.appending(path: "crashed"))
      let shown = try Shown(fixtures.root)
      let run = try await run(shown)
      #expect(try await shown.runs().keys.sorted() == ["crashed", "empty", "running"])
      let steps = [
        "../", "%2e%2e/", "%2e%2e%2f", "..%2f", "%252e%252e%252f", "..\\", "..%5c", "..%00/",
        "....//", "..;/",
        "%c0%ae%c0%ae%c0%af", "%uff0e%uff0e/", "..%ef%bc%8f",
      ]
      for start in [
        "/", "/api/", "/api/runs/", "/api/runs/\(run)/", "/api/studies/1/pictures/", "//",
      ] {
        for step in steps {
          for end in ["etc/passwd", "proc/self/environ"] {
            let path = start + String(repeating: step, count: 8) + end
            let (status, body) = try await shown.ask("GET", path)
            #expect(status == 404 || status == 400, "\(path): \(status)")
            #expect(!body.contains("root:") && !body.contains("PATH="))
          }
        }
      }
      let numbers = [
        "-1", "0", "999999", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "1e9", "NaN",
        "", "%00", "1;DROP TABLE run", "'", "\u{663}",
      ]
      let base = "/api/runs/\(run)"
      for number in numbers {
        let text = number.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for path in [
          "/api/runs/\(text)", "/api/studies/\(text)", "/api/studies/1/pictures/\(text)",
          "\(base)/rows?step=\(text)", "\(base)/response?step=40&place=\(text)",
          "\(base)/response?step=\(text)&place=0",
          "\(base)/metrics?name=vapo/accuracy&points=\(text)",
          "\(base)/audit?from=\(text)", "\(base)/calibration?to=\(text)",
          "\(base)/audit?to=\(text)",
          "\(base)/rows?step=40&kind=\(text)",
        ] {
          let (status, body) = try await shown.ask("GET", path)
          #expect([200, 400, 404].contains(status), "\(path): \(status) \(body.prefix(200))")
          #expect(!body.contains("secret") && !body.contains("SQL"), "\(path)")
        }
      }
      let many = (0..<65).map { "name=m\($0)" }.joined(separator: "&")
      #expect(try await shown.ask("GET", "\(base)/metrics?\(many)").status == 400)
      let names = ["' OR 1=1 --", "\u{0}", String(repeating: "x", count: 5000), "vapo/accuracy"]
      for name in names {
        let text = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let (status, body) = try await shown.ask("GET", "\(base)/metrics?name=\(text)")
        #expect(status == 200 && body.contains("vapo/accuracy") == (name == "vapo/accuracy"))
      }
      #expect(try await shown.ask("GET", "/api/runs").status == 200)
    }

    @Test("large requests, many connections and clients that stay are bounded")
    func load() async throws {
      let fixtures = try RunFixtures()
      let shown = try Shown(fixtures.root)
      _ = try await run(shown)
      let before = shown.residentBytes
      for size in [64 << 10, 5 << 20] {
        let head =
          "GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + String(repeating: "x", count: size)
        let answer = try await shown.exchange(Array((head + "\r\n\r\n").utf8))
        #expect(WebProcess.parsed(answer).status != 200)
      }
      let body = "POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1073741824\r\n\r\n"
      _ = try await shown.exchange(Array(body.utf8) + [UInt8](repeating: 32, count: 16 << 20))
      let sockets = try (0..<500).map { _ in try shown.connect() }
      for socket in sockets { close(socket) }
      // Pages that wait for events: each hears of a change, and the server still answers others.
      let events = try (0..<50).map { _ in try shown.connect() }
      let question = Array("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      for socket in events {
        _ = question.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, 0) }
      }
      #expect(try await shown.ask("GET", "/api/runs").status == 200)
      try fixtures.report("running", 4, accuracy: 0.9)
      for socket in events {
        var heard = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !heard.contains("event: change") {
          let count = recv(socket, &buffer, buffer.count, 0)
          guard count > 0 else { break }
          heard += String(decoding: buffer[..<count], as: UTF8.self)
        }
        #expect(
          heard.contains("\"step\": 4") && heard.contains("\"state\": \"running\""), "\(heard)")
        close(socket)
      }
      #expect(shown.residentBytes - before < 64 << 20)
    }

    @Test(
      "a server that is told to end does so at once, with pages open; one that is killed starts again"
    )
    func ends() async throws {
      let fixtures = try RunFixtures()
      // The program's own place for an index, in which what is torn is made again.
      let root = fixtures.root.appending(path: "root")
      try FileManager.default.createDirectory(
        at: root.appending(path: ".vapo"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: root.appending(path: ".vapo/plotly"),
        withDestinationURL: Golden.root.appending(path: ".vapo/plotly"))
      let arguments = ["dashboard", fixtures.root.path, "--port", "0"]
      func begun() throws -> WebProcess { try WebProcess(command: arguments, root: root) }
      let first = try begun()
      let socket = try first.connect()
      let question = Array("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      _ = question.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, 0) }
      try await Task.sleep(for: .seconds(1))
      let start = ContinuousClock.now
      first.process.terminate()
      first.process.waitUntilExit()
      #expect(ContinuousClock.now - start < .seconds(5) && first.process.terminationStatus == 0)
      close(socket)
      for round in 0..<5 {
        let killed = try begun()
        for step in 0..<20 { try fixtures.report("running", 10 + 20 * round + step, accuracy: 0.5) }
        try await Task.sleep(for: .milliseconds(150 * round))
        kill(killed.process.processIdentifier, SIGKILL)
        killed.process.waitUntilExit()
      }
      // What is not a database is made again; so is one that was torn.
      for damage in [Data("no database at all".utf8), Data(repeating: 7, count: 50_000)] {
        let folder = root.appending(path: ".vapo/dashboard")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in names where !name.hasSuffix(".sqlite") {
          try FileManager.default.removeItem(at: folder.appending(path: name))
        }
        let index = folder.appending(path: try #require(names.first { $0.hasSuffix(".sqlite") }))
        try damage.write(to: index)
        let again = try begun()
        var steps = ""
        for _ in 0..<50 where !steps.contains("\"step\":109") {
          steps = try await again.ask("GET", "/api/runs").body
          try await Task.sleep(for: .milliseconds(100))
        }
        #expect(steps.contains("\"step\":109") && steps.contains("\"step\":40"), "\(steps)")
      }
    }
  }
}
