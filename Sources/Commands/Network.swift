// What needs HTTP, and the way there for a program built without it.
//
// Two programs share these commands: `vapo`, and `vapo-network` with servers and clients, whose
// libraries take longer to build than everything else. A command that finds itself in the wrong one
// hands its process to ./vapo, which builds the other where it is not there and runs it in its place.

public import Foundation
import RolloutServers
import Settings
public import Torch
import Verifiers

/// What the program with the network adds to the commands.
public struct Network: Sendable {
  /// Runs `vapo serve`.
  public var serve: @Sendable (ServeOptions) async throws -> Void

  /// Runs `vapo dashboard`.
  public var dashboard: @Sendable (DashboardOptions) async throws -> Void

  /// Puts it together.
  public init(
    serve: @escaping @Sendable (ServeOptions) async throws -> Void,
    dashboard: @escaping @Sendable (DashboardOptions) async throws -> Void
  ) {
    self.serve = serve
    self.dashboard = dashboard
  }

  /// The word that makes ./vapo take the program with the network.
  static let word = "with-network"

  /// Gives the process to the program with the network, if this is the one without.
  ///
  /// To be asked for before anything is written: the command begins anew there.
  ///
  /// - Parameter reason: what needs it, for where it cannot be had.
  /// - Returns: the network of this program.
  /// - Throws: ``Missing`` where there is no ./vapo to hand over to.
  @discardableResult
  static func require(for reason: String) throws -> Network {
    if let network = Vapo.network { return network }
    guard ProcessInfo.processInfo.environment["VAPO_ROOT"] != nil else {
      throw Missing(reason: reason, failure: nil)
    }
    let door = Places.root.appending(path: "vapo").path
    let words = [door, word] + CommandLine.arguments.dropFirst()
    var arguments = words.map { strdup($0) } + [nil]
    execv(door, &arguments)
    throw Missing(reason: reason, failure: String(cString: strerror(errno)))
  }

  /// Gives the process to the program with the network, if settings name a server as a verifier and
  /// this is the program without.
  ///
  /// - Throws: ``Missing`` where there is no ./vapo to hand over to.
  static func require(by settings: RewardSettings) throws {
    if settings.asksServers { try require(for: "the verifier http") }
  }

  /// Gives the process to the program with the network, if a run asks servers for verdicts or for responses and
  /// this is the program without.
  ///
  /// - Throws: ``Missing`` where there is no ./vapo to hand over to.
  static func require(by configuration: RunConfiguration) throws {
    try require(by: configuration.reward)
    if configuration.rollout.asksServers {
      try require(for: "rollout.name=\(configuration.rollout.engine.rawValue)")
    }
  }

  /// There is no program with the network, nor a way to one.
  struct Missing: Error, CustomStringConvertible {
    var reason: String
    var failure: String?

    var description: String {
      "\(reason) needs the program with the network: run it by ./vapo, which builds that"
        + (failure.map { " (\($0))" } ?? "")
    }
  }
}

/// What `vapo serve` was given.
public struct ServeOptions: Sendable {
  /// A Hugging Face folder.
  public var model: String
  /// What requests call the model.
  public var name: String
  /// What to compute in.
  public var type: ElementType
  /// Where to compute.
  public var device: Device
  /// Where to listen, and to whom.
  public var listening: ListeningPlace
}

/// What `vapo dashboard` was given.
public struct DashboardOptions: Sendable {
  /// A folder of runs, or a run's.
  public var root: URL
  /// Where the index of them lies.
  public var index: URL
  /// Whether that is a place of the program's own, in which nothing else can lie.
  public var isOwnIndex: Bool
  /// Where plotly.js lies.
  public var charts: URL
  /// Where to listen, and to whom.
  public var listening: ListeningPlace
}
