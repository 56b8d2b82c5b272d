// vapo dashboard: a page about runs, finished, under way or crashed.

import ArgumentParser
import Foundation
import Records

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

  @Option(help: "The port; 0 takes a free one.")
  var port = 8080

  @OptionGroup var listening: ListeningOptions

  @Option(help: "Where the index lies; in .vapo/dashboard, where this is not given.")
  var index: String?

  func run() async throws {
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
      charts: Places.state.appending(path: "plotly/plotly.min.js"),
      listening: try listening.place(port: port))
    try await Network.require(for: "vapo dashboard").dashboard(options)
  }

  /// The index of a folder: one for each, by its path.
  private static func index(of root: URL) -> URL {
    // A number that is the same every time, where Swift's own hashes are not.
    let name = String(RandomSource(seed: 0)[root.path].seed, radix: 16)
    return Places.state.appending(path: "dashboard/\(name).sqlite")
  }
}
