// Token ids as OpenAI's answers spell them.

import Tokenizers

/// Spells tokens.
struct TokenNames: Sendable {
  let tokenizer: Tokenizer

  /// A token's text; one that is part of a character alone is spelled by its bytes.
  func name(of token: Int) -> String {
    let bytes = tokenizer.bytes(of: token)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return "bytes:" + bytes.map { "\\x" + hex($0) }.joined()
  }

  private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }
}
