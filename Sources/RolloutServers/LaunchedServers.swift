// The servers that a run has started: waited for, started again when one has ended, ended with the run.

import Children
public import Foundation

/// Servers on this machine that belong to a run.
///
/// Not to be used by two tasks at once.
public final class LaunchedServers {
  private let kind: RolloutEngineKind
  private let settings: LaunchSettings
  private let remote: RemoteSettings
  /// Where their words go.
  private let folder: URL
  private let type: String
  private let length: Int
  private let adapterRank: Int?
  private var processes: [Int: ServerProcess] = [:]
  /// Those that did not come up again.
  private var lost: Set<Int> = []

  /// How long a server may take to say whether it is alive, and how often it is asked, in seconds.
  private static let (patience, pause) = (5.0, 0.5)
  /// How long a port may take to be free: longer than a server of an attempt before, which its group outlives.
  private static let portSeconds = 20.0

  /// Starts none yet.
  ///
  /// - Parameters:
  ///   - kind: what they are.
  ///   - settings: how many, and where.
  ///   - remote: how they are asked.
  ///   - folder: where their words go, a file each.
  ///   - type: what they compute in.
  ///   - length: the most tokens of prompt and response.
  ///   - adapterRank: the rank of the adapters that they will load; nil where they load none.
  public init(
    _ kind: RolloutEngineKind, _ settings: LaunchSettings, _ remote: RemoteSettings, in folder: URL,
    type: String, length: Int, adapterRank: Int? = nil
  ) {
    self.kind = kind
    self.settings = settings
    self.remote = remote
    self.folder = folder
    self.type = type
    self.length = length
    self.adapterRank = adapterRank
  }

  /// Whether any that should run does not.
  public var anyIsGone: Bool { places.contains { processes[$0]?.hasEnded ?? true } }

  /// Those that are not given up.
  private var places: [Int] { (0..<settings.number).filter { !lost.contains($0) } }

  /// Starts those that do not run, and waits until all of these are alive.
  ///
  /// One that had run and does not come up again is given up for the rest of the run, if another is there.
  ///
  /// - Parameters:
  ///   - weights: the Hugging Face folder that they start with.
  ///   - stuck: those, by place, that say they are alive and do not take weights: they are started again.
  ///   - say: hears of those that have ended by themselves.
  ///   - watch: called about twice a second with the seconds waited; what it throws ends the wait.
  /// - Returns: those that were started, by place.
  /// - Throws: ``RolloutServerError`` where one does not come up, with the end of its words, and what `watch`
  ///   throws.
  @discardableResult
  public func start(
    with weights: URL, stuck: Set<Int> = [], say: (String) -> Void,
    watch: (Double) throws -> Void
  ) async throws -> Set<Int> {
    guard let dialect = kind.dialect(remote) else { return [] }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let clock = ContinuousClock()
    var waiting: [(place: Int, hasRun: Bool)] = []
    var started: Set<Int> = []

    /// Goes on without a server where it can.
    func doWithout(_ place: Int, _ hasRun: Bool, _ error: RolloutServerError) throws {
      processes[place]?.stop()
      let others = places.filter { other in
        other != place && processes[other]?.hasEnded == false
          && !waiting.contains { $0.place == other }
      }
      guard hasRun, !others.isEmpty else { throw error }
      lost.insert(place)
      started.remove(place)
      say("\(error); the run goes on without it")
    }

    for place in places {
      let hasRun = processes[place] != nil
      guard await end(place, isStuck: stuck.contains(place), say) else { continue }
      do {
        try await waitForPort(settings.port + place, watch: watch)
        try launch(place, with: weights)
        waiting.append((place, hasRun))
        started.insert(place)
      } catch let error as RolloutServerError {
        try doWithout(place, hasRun, error)
      }
    }
    let start = clock.now
    while let (place, hasRun) = waiting.first {
      let seconds = (clock.now - start) / .seconds(1)
      try watch(seconds)
      guard let url = URL(string: settings.addresses[place]), let process = processes[place] else {
        break
      }
      if process.hasEnded || seconds >= settings.startSeconds {
        let what =
          process.hasEnded
          ? "ended as it started"
          : "is not alive after \(Int(seconds)) s (rollout.launch.start_seconds)"
        waiting.removeFirst()
        try doWithout(
          place, hasRun,
          RolloutServerError(
            "rollout.launch: \(settings.addresses[place]) \(what); the end of its words:\n"
              + process.words))
      } else if (try? await RolloutServer(url, dialect, remote).beat(within: Self.patience)) != nil
      {
        waiting.removeFirst()
      } else {
        try await Task.sleep(for: .seconds(Self.pause))
      }
    }
    return started
  }

  /// Ends what is left of a server that has to be started; says whether it has to.
  private func end(_ place: Int, isStuck: Bool, _ say: (String) -> Void) async -> Bool {
    guard let process = processes[place] else { return true }
    let address = settings.addresses[place]
    if process.hasEnded {
      say("\(address) has ended and is started again; its last words: \(Self.last(process))")
    } else if isStuck {
      say("\(address) was silent when weights came and is started again")
    } else if await isSilent(place) {
      say("\(address) does not say that it is alive and is started again")
    } else {
      return false
    }
    // What it has started may still hold what the next one needs.
    process.stop()
    return true
  }

  private func launch(_ place: Int, with weights: URL) throws(RolloutServerError) {
    let command = kind.command(
      settings, place, folder: weights.path, type: type, length: length, adapterRank: adapterRank,
      transfer: remote.transfer)
    do {
      processes[place] = try ServerProcess(
        command.words, environment: .forModels(adding: command.environment),
        log: folder.appending(path: "\(settings.port + place).log"))
    } catch {
      throw RolloutServerError("rollout.launch: \(error)")
    }
  }

  /// Whether a server that runs twice does not say that it is alive.
  private func isSilent(_ place: Int) async -> Bool {
    guard let dialect = kind.dialect(remote), let url = URL(string: settings.addresses[place])
    else {
      return false
    }
    for _ in 0..<2 {
      let server = RolloutServer(url, dialect, remote)
      if (try? await server.beat(within: remote.heartbeatSeconds)) != nil { return false }
    }
    return true
  }

  /// Waits a moment for a port that a server before this one may still be giving up.
  private func waitForPort(_ port: Int, watch: (Double) throws -> Void) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    while !ServerProcess.isFree(port: port) {
      let seconds = (clock.now - start) / .seconds(1)
      try watch(seconds)
      guard seconds < min(Self.portSeconds, settings.startSeconds) else {
        throw RolloutServerError(
          "rollout.launch.port: somebody listens on port \(port) already; name another, or end the server "
            + "that is there")
      }
      try await Task.sleep(for: .seconds(Self.pause))
    }
  }

  /// Ends them all.
  public func stop() {
    for process in processes.values { process.stop() }
    processes = [:]
  }

  /// The last line of a server's words.
  private static func last(_ process: ServerProcess) -> String {
    let line = process.words.split(whereSeparator: \.isNewline).last ?? ""
    return String(line.suffix(200))
  }
}
