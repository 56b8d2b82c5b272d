// vapo-network: the same commands, with what takes HTTP: a server of models, a client of reward
// servers. ./vapo builds and runs it when a command or a recipe first asks for either.

import Commands
import Dashboard
import Foundation
import Meanings
import Requests
import Serving
import Transport
import WebServer

@main
enum Main {
  static func main() async {
    Transports.install(HTTPTransport())
    raiseFileLimit()
    await Vapo.start(with: Network(serve: serve, dashboard: showDashboard))
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
    let settings = try webSettings(options.listening)
    let owner = try ModelHost(
      folder: URL(filePath: options.model), name: options.name, type: options.type,
      device: options.device)
    for note in owner.facts.notes { say(note) }
    try await ModelServer(host: owner, settings: settings).run { port in
      say("serving \(options.name) on http://\(settings.urlHost):\(port)/v1; Ctrl-C ends it")
    }
  }

  /// Shows runs until the process is told to end.
  private static func showDashboard(_ options: DashboardOptions) async throws {
    let settings = try webSettings(options.listening)
    let dashboard = try Dashboard(
      root: options.root, database: options.index, replaces: options.isOwnIndex,
      charts: options.charts, settings: settings
    ) { name in MetricEntry.entry(of: name).map { ($0.words, $0.advice) } }
    try await dashboard.run(say: { say($0) }) { port in
      let place = "http://\(settings.urlHost):\(port)/"
      say(
        "the runs in \(options.root.path) are on \(place)"
          + (settings.token == nil ? "" : "?token=…, with the token in the place of the dots")
          + "; Ctrl-C ends it")
    }
  }

  /// Where to listen, and the token where one is needed.
  private static func webSettings(_ place: ListeningPlace) throws -> WebServer.Settings {
    var settings = WebServer.Settings()
    (settings.host, settings.port) = (place.host, place.port)
    settings.allowedHosts = place.allowedHosts
    if place.tokenFile != nil || settings.isOpen {
      let secret = try AccessToken(file: place.tokenFile)
      settings.token = secret.text
      if secret.isNew {
        say(
          "requests must bear this token, shown once: \(secret.text)"
            + (place.tokenFile.map { " (kept in \($0))" } ?? ""))
      }
    }
    return settings
  }
}
