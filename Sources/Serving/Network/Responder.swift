// Requests to answers: routes, bodies, streams.

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Tokenizers
import WebServer

/// Answers what the gate lets through.
struct Responder: Sendable {
  let host: ModelHost

  /// The longest body.
  static let mostBytes = 1 << 20

  /// Adds the paths and their methods.
  func add(to router: Router<WebContext>) {
    router.get("/health") { _, _ in Self.answer(["status": "ok"]) }
    router.get("/v1/models") { [host] _, _ in
      struct Model: Encodable {
        var id: String
        var object = "model"
        var created = 0
        var owned_by = "vapo"
        var max_model_len: Int
      }
      struct List: Encodable {
        var object = "list"
        var data: [Model]
      }
      let facts = host.facts
      return Self.answer(List(data: [Model(id: facts.name, max_model_len: facts.positions)]))
    }
    router.post("/v1/completions") { request, context in
      await respond(to: request, in: context, as: CompletionRequest.self) {
        wanted throws(RequestError) in
        try wanted.shared.requireModel(host.facts.name)
        let job = try wanted.job(for: host.facts)
        var echoes: [String]?
        if wanted.echo ?? false {
          echoes = job.prompts.map { host.facts.tokenizer.decode($0) }
          if case .texts(let texts) = wanted.prompt { echoes = texts }
        }
        let dialect = CompletionDialect(
          echoes: echoes, samples: job.samples, names: TokenNames(tokenizer: host.facts.tokenizer),
          top: job.top)
        return (job, wanted.shared, dialect)
      }
    }
    router.post("/v1/chat/completions") { request, context in
      await respond(to: request, in: context, as: ChatRequest.self) {
        wanted throws(RequestError) in
        try wanted.shared.requireModel(host.facts.name)
        let job = try wanted.job(for: host.facts)
        let dialect = ChatDialect(
          names: TokenNames(tokenizer: host.facts.tokenizer), hasScores: job.top != nil)
        return (job, wanted.shared, dialect)
      }
    }
  }

  /// An answer of JSON.
  static func answer(_ value: some Encodable) -> Response {
    answer(status: .ok, serialized(value))
  }

  static func answer(_ error: RequestError) -> Response {
    answer(status: .init(code: error.status), error.body)
  }

  private static func answer(status: HTTPResponse.Status, _ body: Data) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }

  /// Reads a request's body and answers it.
  private func respond<Wanted: Decodable & Sendable, Form: Dialect>(
    to request: Request, in context: WebContext, as: Wanted.Type,
    reading: (Wanted) throws(RequestError) -> (Job, SharedFields, Form)
  ) async -> Response {
    do {
      let body: Data
      do {
        let buffer = try await request.body.collect(upTo: Self.mostBytes)
        body = Data(buffer.readableBytesView)
      } catch is NIOTooManyBytesError {
        throw RequestError(
          status: 413, message: "the body is longer than \(Self.mostBytes) bytes")
      }
      let (job, shared, dialect) = try read(body, reading)
      let usage = Usage(
        promptTokens: job.prompts.reduce(0) { $0 + $1.count }, completionTokens: 0)
      let exchange = Exchange(
        dialect: dialect, model: host.facts.name, usage: usage, job: job,
        saysUsage: shared.streamOptions?.includeUsage ?? false)
      let (events, cancel) = host.answer(job)
      // Nobody computes for a client that has left.
      try await context.whenClientLeaves(cancel)
      guard shared.stream ?? false else { return await exchange.whole(events) }
      return exchange.stream(events)
    } catch let error as RequestError {
      return Self.answer(error)
    } catch {
      return Self.answer(RequestError(status: 400, message: "the body did not come whole"))
    }
  }

  private func read<Wanted: Decodable, Form: Dialect>(
    _ body: Data, _ reading: (Wanted) throws(RequestError) -> (Job, SharedFields, Form)
  ) throws(RequestError) -> (Job, SharedFields, Form) {
    let wanted: Wanted
    do {
      wanted = try JSONDecoder().decode(Wanted.self, from: body)
    } catch let error as DecodingError {
      throw RequestError(error)
    } catch {
      throw .invalid(nil, "the body is not JSON")
    }
    try SharedFields.refuseForeign(in: body)
    return try reading(wanted)
  }
}
