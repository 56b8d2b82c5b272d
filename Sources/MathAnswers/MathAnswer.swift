// The door of this room: a text becomes an answer, and an answer is compared with another.
//
//     let gold = try MathAnswer(parsing: #"\frac{\sqrt{2}}{2}"#)
//     gold.isEquivalent(to: try MathAnswer(parsing: "1/sqrt(2)"))      equal

/// A mathematical answer.
///
/// Reading and comparing are bounded by counted work, so that the verdict on a text is the same on
/// every machine; no text makes them trap, hang or grow. Numbers are exact. Only where a whole
/// answer is written as a decimal is closeness enough: six decimals after rounding.
public struct MathAnswer: Sendable {
  /// What it says; nothing if it is words.
  let expression: Expression?
  /// The words and numbers in it, in small letters.
  let words: [String]
  /// Whether it has nothing in it but letters and brackets.
  let isWordy: Bool
  /// Its unit, in one spelling; empty if there is none that is known.
  let unit: String
  /// The units of work that reading took.
  package let fuelUsed: Int

  /// Reads an answer.
  ///
  /// - Parameter text: The answer alone, with or without `$` and `\boxed{}`.
  /// - Throws: `MathAnswerError` with the reason.
  public init(parsing text: String) throws(MathAnswerError) {
    let scalars = try Cleaner.cleaned(text)
    let tokens = Self.withoutHedge(try Lexer.tokens(of: scalars))
    guard !tokens.isEmpty else { throw .empty }
    words = Self.words(of: tokens)
    isWordy = tokens.allSatisfy(\.isWordy) && !words.isEmpty
    let dressed = Dressing.undressed(tokens)
    let algebra = Algebra()
    do {
      let expression = try Parser.expression(dressed.tokens)
      _ = try Evaluator(algebra).value(of: expression)
      self.expression = expression
      unit = dressed.unit
    } catch {
      guard case .unparsable = error, tokens.allSatisfy(\.isPartOfWords), !words.isEmpty,
        words.contains(where: { $0.contains(where: \.isLetter) })
      else { throw error }
      expression = nil
      unit = ""
    }
    fuelUsed = Limits.fuel - algebra.fuel.left
  }

  /// What another answer is to this one, which is the right one.
  ///
  /// The two are not exchangeable: `5` may be answered by `x = 5` and `x = 5` by `5`, but an
  /// equation like `2x + z = 1` not by `1`.
  public func isEquivalent(to answer: MathAnswer) -> Equivalence {
    comparison(with: answer).verdict
  }

  /// The verdict, and the units of work it took.
  package func comparison(with answer: MathAnswer) -> (verdict: Equivalence, fuelUsed: Int) {
    // Words against words. Mathematics is never compared by its words: x - 3 and x 3 - have the same.
    if expression == nil || isWordy, answer.expression == nil || answer.isWordy,
      words == answer.words
    {
      return (.equal, 0)
    }
    guard let gold = expression, let other = answer.expression else { return (.different, 0) }
    if !unit.isEmpty, !answer.unit.isEmpty, unit != answer.unit { return (.different, 0) }
    if gold == other { return (.equal, 0) }
    let algebra = Algebra()
    do {
      let evaluator = Evaluator(algebra)
      let verdict = try Comparison(algebra: algebra).compare(
        try evaluator.value(of: gold), try evaluator.value(of: other))
      return (verdict, Limits.fuel - algebra.fuel.left)
    } catch {
      return (.undecided(error.description), Limits.fuel - algebra.fuel.left)
    }
  }

  /// Leaves out a word before the answer that only says how sure it is.
  private static func withoutHedge(_ tokens: [Token]) -> [Token] {
    guard tokens.count > 1 else { return tokens }
    switch tokens[0].kind {
    case .word(let word), .text(let word):
      let hedges: Set<String> = [
        "approximately", "about", "exactly", "around", "approx", "roughly",
      ]
      return hedges.contains(word.lowercased()) ? Array(tokens.dropFirst()) : tokens
    default: return tokens
    }
  }

  private static func words(of tokens: [Token]) -> [String] {
    tokens.flatMap { token -> [String] in
      switch token.kind {
      case .text(let text), .word(let text), .letter(let text), .number(let text):
        // A point belongs to a number, behind a word it ends the sentence.
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "." }
          .map { String($0.last == "." ? $0.dropLast() : $0) }
      case .sign(let sign) where "-/&!:".unicodeScalars.contains(sign): [String(sign)]
      default: []
      }
    }
  }
}

extension Token {
  /// Whether it may stand in an answer of letters only.
  fileprivate var isWordy: Bool {
    switch kind {
    case .text, .word, .letter: true
    case .sign(let sign): "(){}".unicodeScalars.contains(sign)
    default: false
    }
  }

  /// Whether it may stand in an answer that is a sentence.
  fileprivate var isPartOfWords: Bool {
    switch kind {
    case .text, .word, .letter, .number: true
    case .sign(let sign): "(){},;:.'-!&/".unicodeScalars.contains(sign)
    default: false
    }
  }
}
