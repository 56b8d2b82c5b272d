// What is told to a client whose request cannot be answered, in the form of OpenAI's errors.

import Foundation

/// A request that is refused.
struct RequestError: Error, Equatable, Sendable {
  /// The status of the answer.
  var status: Int
  /// What is wrong, and what would be right.
  var message: String
  /// The field that is wrong.
  var field: String?

  /// A field whose value cannot be taken.
  static func invalid(_ field: String?, _ message: String) -> RequestError {
    RequestError(status: 400, message: message, field: field)
  }

  /// The answer's body.
  var body: Data {
    struct Body: Encodable {
      struct Fault: Encodable {
        var message: String
        var type: String
        var param: String?
      }
      var error: Fault
    }
    let type = status >= 500 ? "server_error" : "invalid_request_error"
    return serialized(Body(error: .init(message: message, type: type, param: field)))
  }

  /// What the decoder found, in words that name the field.
  init(_ error: DecodingError) {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        .joined(separator: ".").replacing(".[", with: "[")
    }
    self =
      switch error {
      case .keyNotFound(let key, _): .invalid(key.stringValue, "'\(key.stringValue)' is missing")
      case .typeMismatch(_, let context) where context.codingPath.isEmpty:
        .invalid(nil, "the body should be a JSON object")
      case .typeMismatch(let type, let context):
        .invalid(path(context), "'\(path(context))' should be a value of type \(type)")
      case .valueNotFound(_, let context):
        .invalid(path(context), "'\(path(context))' should not be null")
      case .dataCorrupted(let context):
        context.codingPath.isEmpty
          ? .invalid(nil, "the body is not JSON: \(context.debugDescription)")
          : .invalid(path(context), context.debugDescription)
      @unknown default: .invalid(nil, "the body cannot be read")
      }
  }

  init(status: Int, message: String, field: String? = nil) {
    self.status = status
    self.message = message
    self.field = field
  }
}

/// A value as JSON.
func serialized(_ value: some Encodable) -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  // Log-probabilities of what cannot be are minus infinity, for which JSON has no word.
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  do {
    return try encoder.encode(value)
  } catch {
    preconditionFailure("an answer that is no JSON: \(error)")
  }
}
