// Answers: JSON and files, each with the headers that keep a page from doing what it should not.

import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// A request that cannot be answered.
struct BadRequest: Error {
  var status: Int
  var words: String

  init(_ words: String, status: Int = 400) { (self.words, self.status) = (words, status) }

  static func missing(_ what: String) -> BadRequest {
    BadRequest("there is no \(what)", status: 404)
  }
}

/// Makes answers.
enum Answers {
  /// What a page of ours may do: run our scripts, ask this server, and nothing else.
  ///
  /// plotly.js writes its styles into the page.
  static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    + "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  static func json(_ value: some Encodable, status: Int = 200) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only finite numbers come into the index, and of a size of which sums and means are finite too.
    guard let data = try? encoder.encode(value) else {
      return failure(500, "the answer is no JSON")
    }
    return bytes([UInt8](data), type: "application/json", status: status)
  }

  static func json(_ value: JSONValue) -> Response {
    bytes(Array(value.text.utf8), type: "application/json")
  }

  static func failure(_ status: Int, _ words: String) -> Response {
    json(["error": words], status: status)
  }

  static func bytes(
    _ bytes: [UInt8], type: String, status: Int = 200, policy: String = policy
  ) -> Response {
    Response(
      status: .init(code: status), headers: headers(type, policy),
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func headers(_ type: String, _ policy: String = policy) -> HTTPFields {
    var fields = HTTPFields()
    fields[.contentType] = type
    fields[.cacheControl] = "no-store"
    fields[.contentSecurityPolicy] = policy
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ] {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return fields
  }
}

extension Request {
  /// A parameter of the query; nil where it is not there.
  func text(_ name: String) -> String? {
    uri.queryParameters[name[...]].map { String($0) }
  }

  /// All of a name.
  func texts(_ name: String) -> [String] {
    uri.queryParameters.getAll(name).map { String($0) }
  }

  /// A whole number of the query.
  ///
  /// - Throws: ``BadRequest`` for what is none.
  func number(_ name: String) throws(BadRequest) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text) else { throw BadRequest("\(name) should be a whole number") }
    return number
  }
}
