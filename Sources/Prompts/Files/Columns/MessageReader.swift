// A problem's column as messages: plain text, or messages as chat models have them.

import JSON

/// Reads the messages of one column.
struct MessageReader {
  let key: String

  /// The messages, at least one, the last one not the assistant's.
  func messages(of prompt: JSONValue) throws(LineFault) -> [ProblemMessage] {
    switch prompt {
    case .string(let text):
      guard !text.isEmpty else { throw LineFault(reason: "'\(key)' is empty") }
      return [ProblemMessage(role: "user", content: text)]
    case .array(let elements):
      var messages: [ProblemMessage] = []
      for (place, element) in elements.enumerated() {
        messages.append(try message(element, place + 1))
      }
      // A list named `messages` is a whole conversation: what the model is to say is at its end.
      if key == "messages", messages.last?.role == "assistant" { messages.removeLast() }
      guard let last = messages.last else {
        throw LineFault(reason: "'\(key)' is a list without a message to answer")
      }
      guard last.role != "assistant" else {
        throw LineFault(reason: "'\(key)' ends with the assistant's message, not with a question")
      }
      guard messages.contains(where: { !$0.content.isEmpty }) else {
        throw LineFault(reason: "'\(key)' has empty messages only")
      }
      return messages
    case .object, .integer, .number, .boolean, .null:
      throw LineFault(reason: "'\(key)' is \(prompt.kind), not text or a list of messages")
    }
  }

  private func message(_ value: JSONValue, _ place: Int) throws(LineFault) -> ProblemMessage {
    guard case .string(let role)? = try value.column("role"), !role.isEmpty,
      let content = try value.column("content")
    else {
      throw LineFault(
        reason: "'\(key)' is a list, but not of messages with a 'role' and a 'content'")
    }
    if let calls = try value.column("tool_calls"), !calls.isNull, calls != .array([]) {
      throw LineFault(reason: "message \(place) of '\(key)' calls tools, which are not supported")
    }
    return ProblemMessage(role: role, content: try text(of: content, place))
  }

  /// The content as text: text, or a list of parts that are all text.
  private func text(of content: JSONValue, _ place: Int) throws(LineFault) -> String {
    if case .string(let text) = content { return text }
    guard case .array(let parts) = content else {
      throw LineFault(
        reason: "the content of message \(place) of '\(key)' is \(content.kind), not text")
    }
    var text = ""
    for part in parts {
      if case .string(let written) = part {
        text += written
        continue
      }
      guard case .string(let kind)? = try part.column("type") else {
        throw LineFault(
          reason: "the content of message \(place) of '\(key)' has a part without a 'type'")
      }
      guard kind == "text", case .string(let written)? = try part.column("text") else {
        throw LineFault(
          reason: "the content of message \(place) of '\(key)' has a part of the type '\(kind)': "
            + "only text can be read")
      }
      text += written
    }
    return text
  }
}
