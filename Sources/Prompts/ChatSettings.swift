// How a problem of a file becomes what a chat model reads: the part of the section `data` that is
// about chat templates.

public import Foundation
import Records

/// When a model's chat template is applied to a problem's messages.
public enum ChatTemplateUse: String, Codable, Sendable, CaseIterable {
  /// Where the model has a chat template.
  case auto
  /// To every problem; a model without a chat template stops the run.
  case always
  /// Never: the model reads the messages' contents as plain text.
  case never
}

/// A value that a chat template is given under a name of the settings, such as `enable_thinking`.
public enum TemplateArgument: Codable, Equatable, Sendable {
  /// True or false.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A number with a point.
  case number(Double)
  /// Text.
  case text(String)

  /// Reads whichever of the four is there.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let boolean = try? value.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  /// Writes the value alone.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}

extension DataSettings {
  /// The place of the problem in `prompt_template`.
  static let promptMark = "{prompt}"

  /// The messages of a problem with the system prompt and the prompt template around them.
  ///
  /// The template goes around the last message of the user; the system prompt before conversations
  /// that have none of their own.
  func framed(_ messages: [ProblemMessage]) -> [ProblemMessage] {
    var messages = messages
    if promptTemplate != Self.promptMark,
      let last = messages.lastIndex(where: { $0.role == "user" })
    {
      // What the problem itself holds is not looked at again.
      messages[last].content = Self.parts(of: promptTemplate)
        .joined(separator: messages[last].content)
    }
    if !systemPrompt.isEmpty, !messages.contains(where: { $0.role == "system" }) {
      messages.insert(ProblemMessage(role: "system", content: systemPrompt), at: 0)
    }
    return messages
  }

  /// What stands around the places of the problem.
  private static func parts(of template: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(template)
    while let mark = rest.firstRange(of: promptMark) {
      parts.append(String(rest[..<mark.lowerBound]))
      rest = rest[mark.upperBound...]
    }
    return parts + [String(rest)]
  }

  /// Noon of the day that chat templates are told: the same day in every time zone.
  public var templateNow: Date { (templateDay ?? .distantPast).addingTimeInterval(12 * 60 * 60) }

  private var templateDay: Date? {
    let style = Date.ISO8601FormatStyle().year().month().day()
    // The parser takes 31 February for 3 March.
    return (try? Date(templateDate, strategy: style)).flatMap {
      $0.formatted(style) == templateDate ? $0 : nil
    }
  }

  /// Checks what has to do with chats.
  func checkChat(_ rules: inout Rules) {
    rules.require(
      templateDay != nil, "chat_template_date", "'\(templateDate)' is no day such as 2025-01-31")
    rules.require(
      promptTemplate.contains(Self.promptMark), "prompt_template",
      "the template has no \(Self.promptMark) in it, the place of the problem")
    if chatTemplate == .never, let name = templateValues.keys.min() {
      rules.require(
        false, "apply_chat_template_kwargs.\(name)",
        "is for a chat template, and data.apply_chat_template is never")
    }
  }
}
