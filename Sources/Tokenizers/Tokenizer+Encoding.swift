// From text to ids: the pipeline, and the ways to ask for it.

extension Tokenizer {
  /// The ids of `text`, with nothing put around them.
  ///
  /// Text that the vocabulary has no token for is left out where the file names no token for it, as
  /// the library does.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - recognizingSpecials: false to read control tokens in the text as plain text, for text
  ///     that comes from data and not from a template.
  /// - Returns: ids below `vocabularySize`, in the text's order.
  public func encode(_ text: String, recognizingSpecials: Bool = true) -> [Int] {
    run(text, recognizingSpecials ? .all : .none, plain: [], tracksOrigins: false).ids
  }

  /// The ids of `text`, with nothing put around them, and no control token within some parts of it.
  ///
  /// - Parameters:
  ///   - text: any text, such as a rendered chat template.
  ///   - plain: UTF-8 byte ranges of the text, such as messages from data: the spelling of a control
  ///     token that overlaps one of them is plain text.
  /// - Returns: ids below `vocabularySize`, in the text's order.
  public func encode(_ text: String, plain: [Range<Int>]) -> [Int] {
    run(text, .all, plain: plain, tracksOrigins: false).ids
  }

  /// The ids of `text`, with the tokens around it that the file's post-processor puts there.
  ///
  /// - Parameters:
  ///   - text: any text, without those tokens.
  ///   - addingSpecials: false for nothing around it.
  /// - Returns: ids below `vocabularySize`.
  public func encode(_ text: String, addingSpecials: Bool) -> [Int] {
    let ids = encode(text)
    return addingSpecials ? postProcessor.applied(to: ids) : ids
  }

  /// The ids of `text` with the part of the text each came from.
  ///
  /// A token of a few bytes of a character came from the whole character. White space counts as part
  /// of its token, whatever the file says about trimming offsets.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - plain: as in `encode(_:plain:)`.
  /// - Returns: what `encode(_:plain:)` returns, each id with a range of UTF-8 bytes of `text`.
  public func aligned(
    _ text: String, plain: [Range<Int>] = []
  ) -> [(id: Int, range: Range<Int>)] {
    let output = run(text, .all, plain: plain, tracksOrigins: true)
    return zip(output.ids, output.ranges).map { (id: $0, range: $1) }
  }

  /// What comes out, and what is remembered on the way.
  private struct Output {
    var ids: [Int] = []
    /// One an id, where somebody asked.
    var ranges: [Range<Int>] = []
    var cache = PieceCache()

    mutating func append(_ id: Int, _ range: Range<Int>, _ keepsRange: Bool) {
      ids.append(id)
      if keepsRange { ranges.append(range) }
    }
  }

  private func run(
    _ text: String, _ recognition: AddedTokenFinder.Recognition, plain: [Range<Int>],
    tracksOrigins: Bool
  ) -> Output {
    let bytes = Array(text.utf8)
    let plain = plain.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    var output = Output()
    output.ids.reserveCapacity(bytes.count / 3)
    let needsOrigins =
      tracksOrigins || preTokenizer.needsOrigins
      || !normalizer.isNone
        && (preTokenizer.asksForBeginning || !plain.isEmpty && normalizedTokens.hasSpecials)
    let verbatim: AddedTokenFinder.Recognition =
      plain.isEmpty ? recognition : .some { !Self.overlaps($0, plain) }
    for part in verbatimTokens.parts(of: bytes, recognizing: verbatim) {
      switch part {
      case .token(let id, let range): output.append(id, range, tracksOrigins)
      case .text(let range):
        let isAll = range.count == bytes.count
        var passage = Passage(
          isAll ? bytes : Array(bytes[range]), base: range.lowerBound, tracksOrigins: needsOrigins)
        normalizer.apply(to: &passage)
        let normalized: AddedTokenFinder.Recognition =
          plain.isEmpty
          ? recognition : .some { [passage] in !Self.overlaps(passage.origin(of: $0), plain) }
        for part in normalizedTokens.parts(of: passage.bytes, recognizing: normalized) {
          switch part {
          case .token(let id, let range):
            output.append(id, passage.origin(of: range), tracksOrigins)
          case .text(let range): tokenize(passage, range, tracksOrigins, into: &output)
          }
        }
      }
    }
    return output
  }

  /// Whether `range` has a byte in one of `sorted`.
  private static func overlaps(_ range: Range<Int>, _ sorted: [Range<Int>]) -> Bool {
    sorted.contains { $0.overlaps(range) }
  }

  private func tokenize(
    _ passage: Passage, _ range: Range<Int>, _ tracksOrigins: Bool, into output: inout Output
  ) {
    var passage = passage
    let pieces = preTokenizer.pieces(of: &passage, in: range)
    TextView.with(passage.bytes) { text in
      var tokens: [(UInt32, Range<Int>)] = []
      for piece in pieces {
        guard tracksOrigins else {
          model.encode(text, piece, cache: &output.cache, into: &output.ids)
          continue
        }
        model.forEachToken(of: text, piece, cache: &output.cache) { token, range in
          tokens.append((token, range))
        }
        for (token, range) in tokens {
          output.append(Int(token), passage.origin(of: range), true)
        }
        tokens.removeAll(keepingCapacity: true)
      }
    }
  }
}
