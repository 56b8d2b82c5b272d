// Who may ask at all: checked on every request, whatever its method and path.

import Foundation
import HTTPTypes
import Hummingbird

/// Refuses requests that are meant for another name, come from another page, or lack the token.
///
/// A page in the user's browser can send requests to this machine, under a name of its own that
/// points here or straight across origins; both say so in `Host` or `Origin`.
struct Gate<Context: RequestContext>: RouterMiddleware {
  /// The names by which the server may be called, in lower case.
  let names: Set<String>
  /// The secret; nil asks for none.
  let token: String?
  /// Whether a browser may keep the secret as a cookie.
  let isForBrowsers: Bool
  /// What is answered in the place of what was asked for.
  let refusal: @Sendable (Int, String) -> Response

  @concurrent func handle(
    _ request: Request, context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let welcome = welcome(request) { return welcome }
    if let (status, words) = reason(against: request) { return refusal(status, words) }
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound {
      let asked = "\(request.method) \(request.uri.path.prefix(200))"
      response = refusal(404, "there is nothing at \(asked)")
    }
    response.headers[.xContentTypeOptions] = "nosniff"
    return response
  }

  /// Why a request may not pass, with the status; nil where it may.
  private func reason(against request: Request) -> (status: Int, words: String)? {
    if let refused = stranger(request) { return refused }
    guard let token else { return nil }
    let kept = isForBrowsers ? cookie(of: request) : nil
    let sent = request.headers[.authorization] ?? kept.map { "Bearer \($0)" } ?? ""
    guard isSame(sent, "Bearer \(token)") else {
      return (401, "the token is missing or wrong")
    }
    return nil
  }

  /// Why a request is meant for another server, or comes from another page; nil where neither is so.
  private func stranger(_ request: Request) -> (status: Int, words: String)? {
    guard let host = request.head.authority, names.contains(Self.name(of: host)) else {
      return (403, "the server does not answer to this Host; --allow-host names more")
    }
    if let origin = request.headers[.origin], !isOwn(origin) {
      return (403, "pages of another origin may not ask")
    }
    // What a page of elsewhere embeds is asked for without an Origin; following a link is its user's doing.
    let site = header("Sec-Fetch-Site", of: request)
    if site == "cross-site" || site == "same-site",
      header("Sec-Fetch-Mode", of: request) != "navigate"
    {
      return (403, "pages of another origin may not ask")
    }
    return nil
  }

  private func header(_ name: String, of request: Request) -> String? {
    HTTPField.Name(name).flatMap { request.headers[$0] }
  }

  /// The answer to a browser that brings the token for the first time: it keeps it, and asks again without.
  private func welcome(_ request: Request) -> Response? {
    guard isForBrowsers, let token, request.method == .get, stranger(request) == nil,
      let sent = request.uri.queryParameters["token"], isSame("\(sent)", token)
    else { return nil }
    return Response(
      status: .seeOther,
      headers: [
        .location: "/",
        .setCookie: "\(AccessToken.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/",
      ])
  }

  /// The token that a browser keeps, which sends no Authorization of its own.
  private func cookie(of request: Request) -> String? {
    (request.headers[.cookie] ?? "").split(separator: ";").lazy
      .map { $0.drop { $0 == " " } }
      .first { $0.hasPrefix("\(AccessToken.cookie)=") }
      .map { String($0.dropFirst(AccessToken.cookie.count + 1)) }
  }

  /// Compares two texts in a time that depends on the length of the sent one alone, so that the time
  /// of a refusal tells nothing about the secret.
  private func isSame(_ sent: String, _ secret: String) -> Bool {
    let (sent, secret) = (Array(sent.utf8), Array(secret.utf8))
    var difference = sent.count ^ secret.count
    for (place, byte) in sent.enumerated() {
      difference |= Int(byte ^ secret[place % secret.count])
    }
    return difference == 0
  }

  private func isOwn(_ origin: String) -> Bool {
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      return names.contains(Self.name(of: String(origin.dropFirst(scheme.count))))
    }
    return false
  }

  /// A host without its port, in lower case: `localhost:8000` and `[::1]:8000` to `localhost`, `::1`.
  static func name(of host: String) -> String {
    let text = host.lowercased()
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return "" }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return "" }
      return String(text[text.index(after: text.startIndex)..<end])
    }
    guard let colon = text.firstIndex(of: ":") else { return text }
    return isPort(text[colon...]) ? String(text[..<colon]) : ""
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.first == ":" && (1...5).contains(text.dropFirst().count)
      && text.dropFirst().utf8.allSatisfy { (0x30...0x39) ~= $0 }
  }
}
