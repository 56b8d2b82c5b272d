// Where a command that serves listens, and to whom it answers.

import ArgumentParser

/// What serving commands take alike; the port has a default of each command's own.
struct ListeningOptions: ParsableArguments {
  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(
    name: .customLong("allow-host"),
    help: "A further name that clients may call the server by; may be given again.")
  var allowedHosts: [String] = []

  @Option(
    name: .customLong("token-file"),
    help: "A file with the token that requests must bear; made where it does not exist.",
    completion: .file())
  var tokenFile: String?

  /// The options with a port.
  ///
  /// - Throws: `ValidationError` for a port that is none.
  func place(port: Int) throws -> ListeningPlace {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port \(port) is not from 0 to 65535")
    }
    return ListeningPlace(host: host, port: port, allowedHosts: allowedHosts, tokenFile: tokenFile)
  }
}

/// Where a server listens, and whom it answers.
public struct ListeningPlace: Sendable {
  /// The address.
  public var host: String
  /// The port; 0 takes a free one.
  public var port: Int
  /// Further names of the server.
  public var allowedHosts: [String]
  /// The file with the token.
  public var tokenFile: String?
}
