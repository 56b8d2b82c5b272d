// One request's answer on its way out, whole or in pieces.

import Foundation
import Hummingbird
import NIOCore

/// Turns what is heard of a job into an answer.
struct Exchange<Form: Dialect>: Sendable {
  let dialect: Form
  let model: String
  /// The prompt's tokens.
  let usage: Usage
  let job: Job
  /// Whether a stream ends by saying how many tokens it took.
  let saysUsage: Bool
  private let id = Form.prefix + UUID().uuidString.lowercased()
  private let created = Int(Date().timeIntervalSince1970)

  init(dialect: Form, model: String, usage: Usage, job: Job, saysUsage: Bool) {
    self.dialect = dialect
    self.model = model
    self.usage = usage
    self.job = job
    self.saysUsage = saysUsage
  }

  /// Waits for all responses.
  func whole(_ events: AsyncStream<JobEvent>) async -> Response {
    var texts = Array(repeating: "", count: job.count)
    var choices: [Form.Choice] = []
    var usage = usage
    for await event in events {
      switch event {
      case .text(let response, let text): texts[response] += text
      case .ended(let finished):
        usage.completionTokens += finished.tokens.count
        choices.append(dialect.choice(finished, texts[finished.response]))
      }
    }
    guard choices.count == job.count else {
      return Responder.answer(RequestError(status: 503, message: "the server is going down"))
    }
    return Responder.answer(reply(Form.whole, choices, usage))
  }

  /// Sends pieces as they come, as server-sent events.
  func stream(_ events: AsyncStream<JobEvent>) -> Response {
    let body = ResponseBody { [self] writer in
      var usage = usage
      for response in 0..<job.count {
        guard let opening = dialect.opening(response) else { continue }
        try await writer.write(event([opening]))
      }
      for await event in events {
        switch event {
        case .text(let response, let text):
          try await writer.write(self.event([dialect.delta(response, text)]))
        case .ended(let finished):
          usage.completionTokens += finished.tokens.count
          try await writer.write(self.event([dialect.closing(finished)]))
        }
      }
      if saysUsage { try await writer.write(event([], usage)) }
      try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
      try await writer.finish(nil)
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache"],
      body: body)
  }

  private func event(_ choices: [Form.Choice], _ usage: Usage? = nil) -> ByteBuffer {
    var buffer = ByteBuffer(string: "data: ")
    buffer.writeBytes(serialized(reply(Form.piece, choices, usage)))
    buffer.writeString("\n\n")
    return buffer
  }

  private func reply(
    _ object: String, _ choices: [Form.Choice], _ usage: Usage?
  ) -> Reply<Form.Choice> {
    Reply(
      id: id, object: object, created: created, model: model, choices: choices, usage: usage)
  }
}
