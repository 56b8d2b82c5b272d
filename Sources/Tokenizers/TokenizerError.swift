// What can go wrong with a tokenizer: a file that cannot be read, is not strict JSON, contradicts
// itself, or asks for something this room does not do. Each case names the file and the field.

/// Why a tokenizer could not be made.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file could not be opened or read.
  case unreadable(file: String, reason: String)
  /// The file is larger than any tokenizer.
  case tooLarge(file: String, bytes: Int, limit: Int)
  /// The file is not strict JSON; line and column count from 1, the column in bytes.
  case malformed(file: String, line: Int, column: Int, reason: String)
  /// A field is missing, of another kind than it should be, or contradicts another field.
  case invalid(file: String, field: String, reason: String)
  /// A field asks for something this room does not do; ignoring it would give wrong tokens.
  case unsupported(file: String, field: String, found: String, supported: String)
  /// The characters given to `Tokenizer.characters` make no vocabulary.
  case alphabet(reason: String)

  /// One line for a person: the file, the field, what is wrong, and what would be right.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .tooLarge(let file, let bytes, let limit):
      "\(file): \(bytes) bytes, more than a tokenizer may have (\(limit))"
    case .malformed(let file, let line, let column, let reason):
      "\(file):\(line):\(column): not strict JSON: \(reason)"
    case .invalid(let file, let field, let reason):
      "\(file): \(field): \(reason)"
    case .unsupported(let file, let field, let found, let supported):
      "\(file): \(field): \(found) is not supported; supported: \(supported)"
    case .alphabet(let reason):
      "a vocabulary of characters: \(reason)"
    }
  }
}
