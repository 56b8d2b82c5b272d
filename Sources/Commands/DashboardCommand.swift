// vapo dashboard: a page about runs, finished, under way or crashed.

import ArgumentParser
import Foundation

struct DashboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard",
    abstract:
      "Shows runs in a browser: curves, responses token by token, what is wrong and what to try.",
    discussion: """
      Reads run folders and nothing else, so it can be started and ended at any time, beside a run or after it. \
      Listens on this machine's own address; on another machine, `ssh -L 8080:127.0.0.1:8080 HOST` brings it \
      here. Another address can be reached by others and demands a token, which is read from --token-file, or \
      made and shown once.

      What it has read is kept in .vapo/dashboard, which may be deleted. docs/dashboard.md shows what it \
      answers.
      """)

  @Argument(help: "A folder of runs, at any depth, or one run's.", completion: .directory)
  var runs = "runs"

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 takes a free one.")
  var port = 8080

  @Option(
    name: .customLong("allow-host"),
    help: "A further name that browsers may call the server by; may be given again.")
  var allowedHosts: [String] = []

  @Option(
    name: .customLong("token-file"),
    help: "A file with the token that requests must bear; made where it does not exist.",
    completion: .file())
  var tokenFile: String?

  @Option(help: "Where the index lies; in .vapo/dashboard, where this is not given.")
  var index: String?

  func run() async throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port \(port) is not from 0 to 65535")
    }
    let root = URL(filePath: runs, directoryHint: .isDirectory).standardizedFileURL
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw ValidationError(
        "\(runs) is no folder; runs lie in runs/ where trainer.default_local_dir does not say otherwise"
      )
    }
    let options = DashboardOptions(
      root: root, index: index.map { URL(filePath: $0) } ?? Self.index(of: root),
      isOwnIndex: index == nil,
      charts: Places.state.appending(path: "plotly/plotly.min.js"), host: host, port: port,
      allowedHosts: allowedHosts, tokenFile: tokenFile)
    try await Network.require(for: "vapo dashboard").dashboard(options)
  }

  /// The index of a folder: one for each, by its path.
  private static func index(of root: URL) -> URL {
    // FNV-1a: a name that is the same every time, where Swift's own hashes are not.
    let hash = root.path.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return Places.state.appending(path: "dashboard/\(String(hash, radix: 16)).sqlite")
  }
}
