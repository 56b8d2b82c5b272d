// What a model reads of a problem. The one place where problems become token ids.

public import Foundation
public import Prompts
import Settings
import Templates
import Tokenizers
import Transformers

/// Turns problems into what a model reads.
public struct PromptEncoder: Sendable {
  private let tokenizer: Tokenizer
  private let chat: ChatFormat?
  private let settings: DataSettings
  /// How many tokens the model has; nil where its config.json is not at hand.
  private let vocabularySize: Int?

  /// An encoder of a tokenizer, and of a chat format where the model has one.
  init(tokenizer: Tokenizer, chat: ChatFormat?, settings: DataSettings, vocabularySize: Int?) {
    self.tokenizer = tokenizer
    self.chat = chat
    self.settings = settings
    self.vocabularySize = vocabularySize
  }

  /// The encoder of a model folder.
  ///
  /// - Throws: What is wrong with the tokenizer's files.
  public init(folder: URL, settings: DataSettings) throws {
    self.init(
      tokenizer: try Tokenizer(contentsOf: folder.appending(path: "tokenizer.json")),
      chat: try ChatFormat.read(from: folder), settings: settings,
      vocabularySize: (try? ModelFolder.configuration(of: folder))?.vocabularySize)
  }

  /// What the model reads of a problem: its messages in the model's chat format, or plain text with
  /// the tokens that the model's tokenizer puts around one.
  ///
  /// - Parameter problem: the problem; a generated one has no messages and is plain text.
  /// - Returns: text and tokens; control tokens that the problem spells are plain text in them.
  /// - Throws: ``ConfigurationError`` where a chat format is needed and there is none, and where a token
  ///   is none of the model's; what the format has against the messages.
  public func encode(_ problem: Problem) throws -> PromptEncoding {
    let encoding = try encoded(problem)
    if let vocabularySize, let wrong = encoding.tokens.first(where: { $0 >= vocabularySize }) {
      throw ConfigurationError.refused(
        "the prompt holds token \(wrong), \"\(tokenizer.token(of: wrong) ?? "")\", and the model has "
          + "\(vocabularySize) tokens: its tokenizer.json has more than its config.json")
    }
    return encoding
  }

  private func encoded(_ problem: Problem) throws -> PromptEncoding {
    let isChat = !problem.messages.isEmpty && settings.chatTemplate != .never
    if isChat, let chat {
      let rendered = try chat.render(
        problem.messages.map { ChatMessage(role: $0.role, content: .string($0.content)) },
        with: tokenizer, variables: variables, now: settings.templateNow)
      return PromptEncoding(
        text: rendered.text, tokens: rendered.tokens, neutralized: rendered.neutralised)
    }
    guard !(isChat && settings.chatTemplate == .always) else {
      throw ConfigurationError.refused(
        "data.apply_chat_template is always, and the model has no chat template: there is no "
          + "chat_template.jinja beside its tokenizer, nor a chat_template in tokenizer_config.json"
      )
    }
    guard !problem.needsChatTemplate else {
      throw ConfigurationError.refused(
        "the problem is a conversation, which only a chat template can put into words"
          + (chat == nil ? ", and the model has none" : "; data.apply_chat_template is never"))
    }
    return plain(problem.text)
  }

  /// How the problems of files are put, in words.
  public var words: String {
    switch (chat, settings.chatTemplate) {
    case (nil, _): "prompts: plain text, for the model has no chat template"
    case (_, .never): "prompts: plain text, for data.apply_chat_template is never"
    default: "prompts: in the model's chat template"
    }
  }

  private func plain(_ text: String) -> PromptEncoding {
    PromptEncoding(
      text: text, tokens: tokenizer.encode(text, addingSpecials: true))
  }

  /// The settings' arguments for the template.
  private var variables: TemplateObject {
    settings.templateValues.sorted { $0.key < $1.key }.reduce(into: [:]) { object, argument in
      object[argument.key] =
        switch argument.value {
        case .boolean(let value): .bool(value)
        case .integer(let value): .int(value)
        case .number(let value): .double(value)
        case .text(let value): .string(value)
        }
    }
  }
}
