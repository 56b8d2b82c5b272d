// The smallest pieces of an answer.

/// One piece, and whether white space stood before it.
struct Token: Hashable, Sendable {
  /// What it is.
  enum Kind: Hashable, Sendable {
    /// Digits with at most one point, thousands separators taken out.
    case number(String)
    /// A letter, or the name of one: x, α.
    case letter(String)
    /// A word of plain letters that is a function's name, like sin.
    case word(String)
    /// A command without its backslash.
    case command(String)
    /// The content of \text{…}.
    case text(String)
    /// Any other sign.
    case sign(Unicode.Scalar)
    /// \\ between the rows of a matrix.
    case rowEnd
    case end
  }

  var kind: Kind
  var isSpaced = false
}
