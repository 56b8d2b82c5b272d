// The server: where it listens, what it asks for, and how it ends.

import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Serves a model over HTTP in OpenAI's dialect.
public struct ModelServer: Sendable {
  /// Where and to whom.
  public struct Settings: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8000
    /// Further names by which clients may call the server.
    public var allowedHosts: [String] = []
    /// The secret that requests must bear; nil asks for none, which only this machine's own address
    /// allows.
    public var token: String?
    /// The most connections at a time.
    public var connections = 64

    /// This machine's own address, no secret.
    public init() {}

    /// Whether others than this machine can reach the address.
    public var isOpen: Bool { !Self.loopback.contains(host) }

    static let loopback = ["127.0.0.1", "::1", "localhost"]
  }

  private let host: ModelHost
  private let settings: Settings

  /// A server of a model.
  public init(host: ModelHost, settings: Settings) {
    self.host = host
    self.settings = settings
  }

  /// Listens until the process is told to end.
  ///
  /// - Parameter whenListening: called with the port once requests are taken.
  /// - Throws: ``ServingError`` for an address that cannot be had.
  public func run(whenListening: @escaping @Sendable (Int) -> Void) async throws {
    guard !settings.isOpen || settings.token != nil else {
      throw ServingError(
        "\(settings.host) can be reached by others, and needs a token (--token-file)")
    }
    let names = Settings.loopback + [settings.host] + settings.allowedHosts
    let gate = Gate<ServingContext>(
      names: Set(names.map { $0.lowercased() }), token: settings.token)
    var logger = Logger(label: "vapo.serve")
    logger.logLevel = .error
    let application = Application(
      router: Responder(host: host).routes(behind: gate),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionGuard()], idleTimeout: .seconds(30),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)),
      onServerRunning: { channel in whenListening(channel.localAddress?.port ?? 0) },
      logger: logger)
    defer { host.close() }
    do {
      try await application.runService()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw ServingError(
        "port \(settings.port) of \(settings.host) is in use"
          + (PortHolder.name(of: settings.port).map { " by \($0)" } ?? "")
          + "; --port names another, --port 0 takes a free one")
    } catch let error as IOError {
      throw ServingError("cannot listen on \(settings.host):\(settings.port): \(error)")
    }
  }
}
