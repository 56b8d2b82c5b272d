// Reading a Unigram model: pieces with scores, in the order of their ids.

import JSON

extension TokenizerFile {
  /// A longer piece is refused: from every place of a text as many bytes may be looked at.
  private static let longestPiece = 1024
  /// The tree of pieces has up to one node a byte.
  ///
  /// The largest published vocabularies have about 3 MB.
  private static let mostPieceBytes = 16 << 20

  static func unigram(_ field: JSONField) throws(TokenizerError) -> UnigramModel {
    try field.allowOnly(["type", "unk_id", "vocab", "byte_fallback"])
    let list = try field.required("vocab")
    let elements = try list.elements()
    guard elements.count <= largestID else {
      throw list.invalid("\(elements.count) pieces are more than \(largestID)")
    }
    var vocabulary = Vocabulary(capacity: elements.count)
    var scores: [Double] = []
    scores.reserveCapacity(elements.count)
    var size = 0
    for (id, value) in elements.enumerated() {
      guard case .array(let pair) = value, pair.count == 2, case .string(let piece) = pair[0],
        let written = pair[1].written
      else { throw list.element(value, at: id).invalid("a piece is [\"text\", score]") }
      guard piece.utf8.count <= longestPiece else {
        throw list.element(value, at: id)
          .invalid("the piece \(shown(piece.utf8)) is longer than \(longestPiece) bytes")
      }
      guard let score = LibraryNumber.read(written) else {
        throw list.element(value, at: id).invalid("the score \(written) is out of reach")
      }
      size += piece.utf8.count
      vocabulary.add(Array(piece.utf8), id: id)
      scores.append(score)
    }
    guard size <= mostPieceBytes else {
      throw list.invalid("the pieces have \(size) bytes, more than \(mostPieceBytes)")
    }
    let unknown = try field.required("unk_id")
    // Without one, the library breaks off at the first unknown character.
    guard !unknown.isNull else {
      throw unknown.unsupported("null", supported: "the id of a piece of the vocabulary")
    }
    let id = try unknown.integer()
    guard elements.indices.contains(id) else {
      throw unknown.invalid("\(id) is outside 0..<\(elements.count), the ids of the vocabulary")
    }
    return UnigramModel(
      vocabulary: vocabulary, scores: scores, unknown: UInt32(id),
      fallsBackToBytes: try field.optional("byte_fallback")?.bool() ?? false)
  }
}
