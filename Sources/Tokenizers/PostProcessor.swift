// What is put around the ids of a text: a beginning and an end token, as the file's template says.

/// The tokens around a text, as its file's post-processor puts them.
struct PostProcessor: Equatable, Sendable {
  /// A piece of a template.
  enum Piece: Equatable {
    case text
    case tokens([Int])
  }

  /// Templates, each put around what the last one made.
  var templates: [[Piece]] = []

  /// `ids` with what belongs around them.
  func applied(to ids: [Int]) -> [Int] {
    templates.reduce(ids) { ids, template in
      template.flatMap { piece in
        switch piece {
        case .text: ids
        case .tokens(let tokens): tokens
        }
      }
    }
  }
}
