// vapo-network: the same commands, with what takes HTTP: a server of models, a client of reward
// servers. ./vapo builds and runs it when a command or a recipe first asks for either.

import Commands
import Foundation
import Requests
import Serving
import Transport

@main
enum Main {
  static func main() async {
    Transports.install(HTTPTransport())
    raiseFileLimit()
    await Vapo.start(with: Network(serve: serve))
  }

  /// Lets the process have as many descriptors as it may: each request under way takes one.
  private static func raiseFileLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Serves a model until the process is told to end.
  private static func serve(_ options: ServeOptions) async throws {
    var settings = ModelServer.Settings()
    settings.host = options.host
    settings.port = options.port
    settings.allowedHosts = options.allowedHosts
    if options.tokenFile != nil || settings.isOpen {
      let secret = try AccessToken(file: options.tokenFile)
      settings.token = secret.text
      if secret.isNew {
        say(
          "requests must bear this token, shown once: \(secret.text)"
            + (options.tokenFile.map { " (kept in \($0))" } ?? ""))
      }
    }
    let owner = try ModelHost(
      folder: URL(filePath: options.model), name: options.name, type: options.type,
      device: options.device)
    for note in owner.facts.notes { say(note) }
    let address = options.host.contains(":") ? "[\(options.host)]" : options.host
    try await ModelServer(host: owner, settings: settings).run { port in
      say("serving \(options.name) on http://\(address):\(port)/v1; Ctrl-C ends it")
    }
  }
}
