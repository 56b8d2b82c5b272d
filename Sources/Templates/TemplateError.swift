// What can go wrong with a template. Every error names the template and the place in it, and says
// which of five things happened, because they mean different things to a user: a file to mend, a
// feature that is missing here, a limit that was hit, a mistake at run time, or the template's own
// refusal of the conversation.

/// Why a template could not be read or rendered.
public struct TemplateError: Error, Equatable, Sendable {
  /// The kinds of failure.
  public enum Kind: Equatable, Sendable {
    /// The text is no template: Jinja refuses it as well.
    case syntax
    /// Jinja has this, this room has not.
    case unsupported
    /// The template asked for more than a limit allows.
    case limit
    /// An operation failed while rendering, as it would in Python.
    case failed
    /// The template called `raise_exception`.
    case raised
  }

  /// Which kind of failure this is.
  public let kind: Kind
  /// What happened, in one clause.
  public let reason: String
  /// The template's name, usually its file.
  public let template: String
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in Unicode scalars.
  public let column: Int
}

extension TemplateError: CustomStringConvertible {
  /// One line: the place, then what happened.
  public var description: String {
    let prefix =
      switch kind {
      case .syntax: "the template does not parse"
      case .unsupported: "not supported"
      case .limit: "the template goes over a limit"
      case .failed: "the template fails"
      case .raised: "the template refuses these messages"
      }
    return "\(template):\(line):\(column): \(prefix): \(reason)"
  }
}
