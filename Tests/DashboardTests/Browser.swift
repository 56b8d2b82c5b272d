// A real browser without a window, driven by its own driver (W3C WebDriver). Where Chromium is not installed the
// tests that need it are left out aloud.

import Foundation
import FoundationNetworking
import JSON
import Requests
import Testing
import Transport

/// Chromium, as long as it is held.
final class Browser {
  private let driver = Process()
  private let folder: URL
  private var session: URL

  /// The driver and the browser that are installed, by the names that Debian, Ubuntu and Chrome give them.
  private static func program(_ names: [String]) -> URL? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return names.lazy.flatMap { name in folders.map { URL(filePath: "\($0)/\(name)") } }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  private static var driverProgram: URL? { program(["chromedriver"]) }
  private static var browserProgram: URL? {
    program(["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
  }

  /// Whether there is a browser; says so once where there is none.
  static let isThere: Bool = {
    if driverProgram != nil, browserProgram != nil { return true }
    print(
      "the page is not tested in a browser: there is no chromium with its chromedriver "
        + "(Debian and Ubuntu: apt-get install chromium chromium-driver)")
    return false
  }()

  /// Starts a browser.
  ///
  /// - Parameter isDark: which colors its user wants.
  /// - Throws: ``BrowserError`` where it does not start.
  init(isDark: Bool = false) async throws {
    let program = try #require(Self.driverProgram)
    let browser = try #require(Self.browserProgram)
    folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    driver.executableURL = program
    driver.arguments = ["--port=0"]
    let output = Pipe()
    driver.standardOutput = output
    driver.standardError = FileHandle.nullDevice
    try driver.run()
    var said = ""
    var port: String?
    while port == nil, let piece = try output.fileHandleForReading.read(upToCount: 1),
      !piece.isEmpty
    {
      said += String(decoding: piece, as: UTF8.self)
      if said.hasSuffix("."), let found = said.firstMatch(of: /on port (\d+)\./) {
        port = "\(found.1)"
      }
    }
    let found = try #require(port, "the driver says: \(said)")
    session = try #require(URL(string: "http://127.0.0.1:\(found)/session"))
    let arguments =
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--window-size=1440,1000", "--user-data-dir=\(folder.path)", "--hide-scrollbars",
      ] + (isDark ? ["--blink-settings=preferredColorScheme=0"] : [])
    let options: JSONValue = .object([
      "capabilities": .object([
        "alwaysMatch": .object([
          "goog:loggingPrefs": .object(["browser": .string("ALL")]),
          "goog:chromeOptions": .object([
            "binary": .string(browser.path), "args": .array(arguments.map { .string($0) }),
          ]),
        ])
      ])
    ])
    let answer = try await post("", options)
    guard case .object(let object) = answer, case .string(let id)? = object["sessionId"] else {
      throw BrowserError(words: "no session: \(answer.text)")
    }
    session.append(path: id)
  }

  deinit {
    // The driver ends its browsers when it is asked to, and not when it is signaled.
    let end = URL(string: "/shutdown", relativeTo: session)
    _ = end.flatMap { try? Data(contentsOf: $0) }
    for _ in 0..<100 where driver.isRunning { usleep(50_000) }
    if driver.isRunning { kill(driver.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Opens an address and waits until its view says that it is drawn.
  func open(_ address: String, view: String) async throws {
    _ = try await post("/url", .object(["url": .string(address)]))
    try await wait(for: view)
  }

  /// Waits until a view is drawn.
  func wait(for view: String) async throws {
    let script =
      "const m = document.querySelector('[data-view=\"\(view)\"]'); return !!m && m.dataset.ready === 'true'"
    try await wait("the view \(view)") { try await self.run(script) == .boolean(true) }
  }

  /// Waits until something is so.
  func wait(_ what: String, _ isSo: () async throws -> Bool) async throws {
    for _ in 0..<300 {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    let text = try await run("return document.body.innerText.slice(0, 2000)")
    throw BrowserError(
      words: "waited for \(what); the page says: \(text.text); \(try await complaints())")
  }

  /// What a script in the page returns; one that returns a promise is waited for.
  func run(_ script: String) async throws -> JSONValue {
    try await post("/execute/sync", .object(["script": .string(script), "args": .array([])]))
  }

  /// A number that a script returns.
  func number(_ script: String) async throws -> Double {
    let value = try await run(script)
    guard let number = value.double else { throw BrowserError(words: "\(script): \(value.text)") }
    return number
  }

  /// A text that a script returns.
  func text(_ script: String) async throws -> String {
    let value = try await run(script)
    guard case .string(let text) = value else {
      throw BrowserError(words: "\(script): \(value.text)")
    }
    return text
  }

  /// Presses a key.
  func press(_ key: String) async throws {
    let actions = ["keyDown", "keyUp"].map { type -> JSONValue in
      .object(["type": .string(type), "value": .string(key)])
    }
    _ = try await post(
      "/actions",
      .object([
        "actions": .array([
          .object(["type": .string("key"), "id": .string("keys"), "actions": .array(actions)])
        ])
      ]))
  }

  /// What the browser complained of: errors of scripts, what the policy of the page forbids, files that are missing.
  func complaints() async throws -> [String] {
    guard
      case .array(let entries) = try await post("/se/log", .object(["type": .string("browser")]))
    else {
      return []
    }
    return entries.compactMap { entry in
      guard case .object(let object) = entry, case .string(let level)? = object["level"],
        level == "SEVERE" || level == "WARNING", case .string(let words)? = object["message"]
      else { return nil }
      return "\(level): \(words)"
    }
  }

  /// A picture of the window, kept in the folder that VAPO_SCREENSHOTS names.
  func picture(_ name: String) async throws {
    guard let folder = ProcessInfo.processInfo.environment["VAPO_SCREENSHOTS"] else { return }
    guard case .string(let text) = try await get("/screenshot"),
      let data = Data(base64Encoded: text)
    else {
      throw BrowserError(words: "no picture")
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try data.write(to: URL(filePath: folder).appending(path: "\(name).png"))
  }

  private func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
    let url = try #require(URL(string: session.absoluteString + path))
    return try Self.value(
      of: try await HTTPTransport().post(Data(body.text.utf8), to: url, within: 120, upTo: 64 << 20)
    )
  }

  private func get(_ path: String) async throws -> JSONValue {
    let url = try #require(URL(string: session.absoluteString + path))
    return try Self.value(of: try await HTTPTransport().get(url, within: 120, upTo: 64 << 20))
  }

  private static func value(of answer: TransportAnswer) throws -> JSONValue {
    guard case .object(let object)? = try? JSONValue(parsing: Array(answer.body)),
      let value = object["value"], answer.status == 200
    else { throw BrowserError(words: String(decoding: answer.body.prefix(2000), as: UTF8.self)) }
    return value
  }
}

/// What a browser could not do.
struct BrowserError: Error {
  var words: String
}
