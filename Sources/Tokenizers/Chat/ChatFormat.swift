// From messages to tokens, the way the model's makers meant it: their chat template writes the
// text, and the text is tokenized with nothing put around it. Messages come from data, so what
// looks like a control token inside them is made of plain tokens.

public import Foundation
public import Templates

/// One message of a conversation.
public struct ChatMessage: Sendable {
  /// Who speaks: `system`, `user`, `assistant`, `tool`.
  public var role: String
  /// What is said.
  public var content: TemplateValue
  /// Whatever else the template may look at, such as `tool_calls`.
  public var fields: TemplateObject

  /// A message.
  public init(role: String, content: TemplateValue, fields: TemplateObject = [:]) {
    self.role = role
    self.content = content
    self.fields = fields
  }
}

/// A conversation as text and as tokens.
public struct RenderedChat: Sendable {
  /// What the template wrote.
  public let text: String
  /// The text's tokens; beginning and end tokens are there when the template wrote them.
  public let tokens: [Int]
  /// True for the tokens that generation blocks of the template wrote.
  ///
  /// Nil when the template has no such blocks, or has them where their place is not known.
  public let isAssistant: [Bool]?
  /// How many control tokens the messages spelled, which are plain text now.
  public let neutralised: Int
}

/// A model's chat template with the special tokens it names.
public struct ChatFormat: Sendable {
  /// The file that the template came from.
  public let file: String
  /// The templates by name; a single one is called `default`.
  let templates: [(name: String, template: Template)]
  /// `bos_token` and its kin.
  let specialTokens: TemplateObject

  /// Renders a conversation and tokenizes it.
  ///
  /// - Parameters:
  ///   - messages: the conversation.
  ///   - tokenizer: the tokenizer of the same folder.
  ///   - addingGenerationPrompt: whether the text ends where the model is to go on.
  ///   - tools: descriptions of functions, for templates that know them.
  ///   - documents: texts to draw on, for templates that know them.
  ///   - variables: further names, such as `enable_thinking`; they win over the special tokens.
  ///   - recognizingControlTokens: true to let control tokens in the messages count as such: for
  ///     messages that nobody but the user wrote.
  ///   - limits: how much the template may do.
  ///   - now: the time that a template is told when it asks.
  /// - Returns: the text and its tokens.
  /// - Throws: `ChatError`, also when the template refuses the messages.
  public func render(
    _ messages: [ChatMessage], with tokenizer: Tokenizer, addingGenerationPrompt: Bool = true,
    tools: [TemplateValue]? = nil, documents: [TemplateValue]? = nil,
    variables: TemplateObject = [:], recognizingControlTokens: Bool = false,
    limits: Limits = Limits(), now: Date = Date()
  ) throws(ChatError) -> RenderedChat {
    let template = try template(hasTools: tools != nil)
    let spelled =
      recognizingControlTokens ? [] : tokenizer.specialTokens.compactMap(tokenizer.token)
    var data: TemplateObject = [
      "messages": .list(messages.map { .object(Self.object($0)) }),
      "tools": tools.map(TemplateValue.list) ?? .none,
      "documents": documents.map(TemplateValue.list) ?? .none,
    ]
    let marks = try ControlMarks(
      tokens: spelled, data: .object(data), variables: .object(variables))
    for member in data.members { data[member.key] = marks.marking(member.value, key: "") }
    data["add_generation_prompt"] = .bool(addingGenerationPrompt)
    for member in specialTokens.members + variables.members { data[member.key] = member.value }

    let rendering: Rendering
    do {
      rendering = try template.render(data, limits: limits, now: now)
    } catch {
      throw .template(error)
    }
    let unmarked = marks.removed(from: rendering.text)
    let aligned = tokenizer.aligned(unmarked.text, plain: unmarked.plain)
    let isKnown = template.marksGenerations && rendering.unplacedGenerations == 0
    let generations = rendering.generations.map(unmarked.range(ofMarked:))
    return RenderedChat(
      text: unmarked.text, tokens: aligned.map(\.id),
      isAssistant: isKnown ? Self.mask(aligned.map(\.range), generations) : nil,
      neutralised: marks.count(in: .object(data)))
  }

  /// The template for a conversation, as transformers chooses among several.
  private func template(hasTools: Bool) throws(ChatError) -> Template {
    let named = { name in templates.first { $0.name == name }?.template }
    if hasTools, let template = named("tool_use") { return template }
    guard let template = named("default") else {
      throw .noTemplate(file: file, wanted: "default", names: templates.map(\.name))
    }
    return template
  }

  /// The message as templates see it.
  ///
  /// Reasoning goes by several names; transformers gives it under the two that templates read.
  private static func object(_ message: ChatMessage) -> TemplateObject {
    var own: TemplateObject = ["role": .string(message.role), "content": message.content]
    for member in message.fields.members { own[member.key] = member.value }
    let names = ["reasoning_content", "thinking", "reasoning"]
    let reasonings = names.compactMap { own[$0] }.filter {
      if case .none = $0 { false } else { true }
    }
    guard let reasoning = reasonings.first else { return own }
    var result: TemplateObject = ["thinking": reasoning]
    for member in own.members { result[member.key] = member.value }
    result["reasoning_content"] = reasoning
    return result
  }

  /// Which of the tokens, given by ranges in order, lie in one of the generated ranges.
  private static func mask(_ tokens: [Range<Int>], _ generations: [Range<Int>]) -> [Bool] {
    var next = generations.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }[...]
    return tokens.map { token in
      while let first = next.first, first.upperBound <= token.lowerBound { next.removeFirst() }
      return next.first?.overlaps(token) ?? false
    }
  }
}
