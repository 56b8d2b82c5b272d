// The server of a model: OpenAI's routes on the web server.

public import WebServer

/// Serves a model over HTTP in OpenAI's dialect.
public struct ModelServer: Sendable {
  private let host: ModelHost
  private let settings: WebServer.Settings

  /// A server of a model.
  public init(host: ModelHost, settings: WebServer.Settings) {
    self.host = host
    self.settings = settings
  }

  /// Listens until the process is told to end.
  ///
  /// - Parameter whenListening: called with the port once requests are taken.
  /// - Throws: ``WebError`` for an address that cannot be had.
  public func run(whenListening: @escaping @Sendable (Int) -> Void) async throws {
    defer { host.close() }
    let server = WebServer(settings) { status, words in
      Responder.answer(RequestError(status: status, message: words))
    }
    try await server.run(
      routes: Responder(host: host).add, whenListening: whenListening)
  }
}
