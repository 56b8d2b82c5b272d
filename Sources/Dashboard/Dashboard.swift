// The dashboard: a page about run folders, on this machine's own address. It reads folders only; runs do not know of
// it, and its end is no concern of theirs.

public import Foundation
import RunIndex
public import WebServer

/// Serves the page.
public struct Dashboard: Sendable {
  private let index: RunIndex
  private let files: PageFiles
  private let settings: WebServer.Settings
  private let routes: Routes

  /// How often folders are looked at for what is new, and for new runs.
  private static let look = Duration.milliseconds(500)
  private static let find = Duration.seconds(3)
  /// How long dumps are read before the folders are looked at again, in seconds.
  private static let slice = 0.5

  /// A dashboard that does not listen yet.
  ///
  /// - Parameters:
  ///   - root: a folder of runs, or a run.
  ///   - database: where the index of them lies; made where it does not exist.
  ///   - replaces: whether a database that cannot be read is made anew.
  ///   - charts: plotly.js.
  ///   - settings: where to listen, and whom to answer.
  ///   - meaning: what a metric means, and what to try where it looks wrong.
  /// - Throws: ``RunIndexError`` or ``DashboardError`` for what is missing.
  public init(
    root: URL, database: URL, replaces: Bool, charts: URL, settings: WebServer.Settings,
    meaning: @escaping @Sendable (String) -> (words: String, advice: String)?
  ) throws {
    index = try RunIndex(root: root, file: database, replaces: replaces)
    files = try PageFiles(charts: charts)
    self.settings = settings
    routes = Routes(index: index, events: EventHub(), texts: TokenTexts(), meaning: meaning)
  }

  /// Listens until the process is told to end.
  ///
  /// - Parameters:
  ///   - say: hears of what goes wrong with the index; the page goes on with what it has.
  ///   - whenListening: called with the port once requests are taken.
  /// - Throws: ``WebError`` for an address that cannot be had.
  public func run(
    say: @escaping @Sendable (String) -> Void, whenListening: @escaping @Sendable (Int) -> Void
  ) async throws {
    // The list is there when the first page asks for it; what takes longer comes while it is looked at.
    try await index.find()
    let upkeep = Task.detached { await keepUp(say) }
    let pulse = Task.detached {
      while !Task.isCancelled {
        try? await Task.sleep(for: EventHub.beatInterval)
        routes.events.beat()
      }
    }
    defer {
      upkeep.cancel()
      pulse.cancel()
    }
    let server = WebServer(settings, forBrowsers: true) { Answers.failure($0, $1) }
    try await server.run(
      routes: { router in
        files.add(to: router)
        routes.add(to: router)
      },
      whenListening: whenListening)
  }

  /// Looks at the folders until it is canceled.
  ///
  /// What is told is what differs from what was told last: another dashboard may read the same folders into the same
  /// index, and what it read first is new to this one's pages too.
  private func keepUp(_ say: @Sendable (String) -> Void) async {
    var nextFind = ContinuousClock.now + Self.find
    var told: [Int64: RunPosition] = [:]
    var said: Set<String> = []
    func complain(_ words: String) { if said.insert(words).inserted { say(words) } }
    while !Task.isCancelled {
      do {
        if ContinuousClock.now >= nextFind {
          try await index.find()
          nextFind = .now + Self.find
        }
        for (path, reason) in try await index.refresh() {
          complain("\(path) cannot be read: \(reason)")
        }
        let positions = try await index.positions()
        let changed = positions.filter { told[$0.key] != $0.value }
        let isListed = Set(positions.keys) != Set(told.keys)
        told = positions
        if !changed.isEmpty || isListed { routes.events.tell(changed, isListed: isListed) }
        if try await !index.readDumps(for: Self.slice) { try await Task.sleep(for: Self.look) }
      } catch is CancellationError {
        return
      } catch {
        complain("the index is not kept up: \(error)")
        try? await Task.sleep(for: Self.find)
      }
    }
  }
}
