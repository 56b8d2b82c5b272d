// What can go wrong between messages and tokens.

public import Templates

/// Why a chat format could not be read, or a conversation not be rendered with it.
public enum ChatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The template does not parse or fails; it names file, line and column.
  case template(TemplateError)
  /// tokenizer_config.json cannot be read; it names the file and the field.
  case configuration(TokenizerError)
  /// There are templates by name, but none for this use.
  case noTemplate(file: String, wanted: String, names: [String])
  /// The data holds every noncharacter that could mark a control token in it.
  case noMarkLeft

  /// One line for a person.
  public var description: String {
    switch self {
    case .template(let error): error.description
    case .configuration(let error): error.description
    case .noTemplate(let file, let wanted, let names):
      "\(file): chat_template: no template is called \(wanted), only \(names.joined(separator: ", "))"
    case .noMarkLeft:
      "the messages hold all of the noncharacters U+FDD0 to U+FDEF; no text needs them, and one is "
        + "needed to keep control tokens in the messages apart"
    }
  }
}
