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
  /// The words and numbers in it, in small letters but for single letters.
  let words: [String]
  /// Whether it has nothing in it but letters and brackets.
  let isWordy: Bool
  /// Its unit; empty if there is none.
  let unit: Unit
  /// The letter before it, where it is an option of several: C of `(C) 12`.
  let option: String?
  /// The options it names, where it names several and nothing else: A, C.
  let options: Set<String>
  /// Where its unknowns are said to lie.
  let domains: [String: String]
  /// Whether an "or" stands between its elements.
  let offersChoice: Bool
  /// The units of work that reading took.
  package let fuelUsed: Int

  /// Reads an answer.
  ///
  /// - Parameter text: The answer alone, with or without `$` and `\boxed{}`.
  /// - Throws: `MathAnswerError` with the reason.
  public init(parsing text: String) throws(MathAnswerError) {
    let (option, scalars) = Options.split(Statement.answer(in: try Cleaner.cleaned(text)))
    self.option = option
    let tokens = Notation.plain(Self.withoutHedge(try Lexer.tokens(of: scalars)))
    domains = Notation.domains(of: tokens)
    offersChoice = tokens.contains { $0.kind == .word("or") }
    guard !tokens.isEmpty else { throw .empty }
    words = Self.words(of: tokens)
    isWordy = tokens.allSatisfy(\.isWordy) && !words.isEmpty
    options = Options.named(by: tokens)
    if let said = Self.said(by: words), tokens.allSatisfy(\.isPartOfWords) {
      (expression, unit, fuelUsed) = (said, .none, 0)
      return
    }
    let dressed = Dressing.undressed(tokens)
    let algebra = Algebra()
    do throws(MathAnswerError) {
      let expression = try Parser.expression(dressed.tokens)
      do throws(MathAnswerError) { _ = try Evaluator(algebra).value(of: expression) } catch {
        // A number too large to be written out is still equal to what is written alike.
        guard case .tooLarge = error, algebra.fuel.left > 0 else { throw error }
      }
      self.expression = expression
      unit = dressed.unit
    } catch {
      guard case .unparsable = error, tokens.allSatisfy(\.isPartOfWords), !words.isEmpty,
        words.contains(where: { $0.contains(where: \.isLetter) }) || !options.isEmpty
      else { throw error }
      expression = nil
      unit = .none
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
    if let verdict = Options.compare(self, answer) { return (verdict, 0) }
    // Words against words. Mathematics is never compared by its words: x - 3 and x 3 - have the same.
    if expression == nil || isWordy, answer.expression == nil || answer.isWordy {
      if words == answer.words { return (.equal, 0) }
      if isWordy, answer.isWordy, !isProductOfUnknowns { return (.different, 0) }
    }
    guard let gold = expression, let other = answer.expression else { return (.different, 0) }
    if contradictsDomains(of: answer) || gold.isPair && answer.offersChoice {
      return (.different, 0)
    }
    let factor = answer.unit.factor(to: unit) ?? .one
    if factor == .one, unit.contradicts(answer.unit) { return (.different, 0) }
    if factor == .one, gold == other { return (.equal, 0) }
    let algebra = Algebra()
    do {
      let evaluator = Evaluator(algebra)
      let scaled = other.scaled(by: factor)
      let right = try evaluator.value(of: gold)
      var verdict = try Comparison(algebra: algebra).compare(right, try evaluator.value(of: scaled))
      if verdict != .equal, let renamed = scaled.renamed(like: gold) {
        verdict = try Comparison(algebra: algebra).compare(right, try evaluator.value(of: renamed))
      }
      return (verdict, Limits.fuel - algebra.fuel.left)
    } catch {
      if case .tooLarge = error, gold.isLike(other, evaluator: Evaluator(Algebra())) {
        return (.equal, Limits.fuel - algebra.fuel.left)
      }
      return (.undecided(error.description), Limits.fuel - algebra.fuel.left)
    }
  }

  /// Whether both say where a counter runs, and not the same: ℤ and ℕ.
  private func contradictsDomains(of answer: MathAnswer) -> Bool {
    if domains.count == 1, answer.domains.count == 1 {
      return domains.first?.value != answer.domains.first?.value
    }
    return domains.contains { name, set in answer.domains[name].map { $0 != set } ?? false }
  }

  /// Whether a word in it begins with a capital letter.
  private var isCapitalized: Bool {
    if case .product(let factors)? = expression {
      return factors.contains { factor in
        if case .symbol(let name) = factor { name.first?.isUppercase ?? false } else { false }
      }
    }
    return false
  }

  /// Whether it is one word of small letters in the order of the alphabet, as products are written:
  /// xy is yx, and neither "no" nor ABC nor "god" is turned around.
  private var isProductOfUnknowns: Bool {
    guard words.count == 1, let word = words.first, word.count > 1 else { return words.count != 1 }
    return !word.contains("o") && word.allSatisfy { $0.isLowercase && $0.isASCII }
      && zip(word, word.dropFirst()).allSatisfy { $0 < $1 } && !isCapitalized
  }

  /// Whether it is one rational number, with or without a unit or a name: `x = 5`.
  package var isNumber: Bool { rational != nil }

  /// Whether both are one rational number, and the same.
  package func isSameNumber(as answer: MathAnswer) -> Bool {
    guard let rational, let other = answer.rational else { return false }
    return rational == other && !unit.contradicts(answer.unit)
  }

  private var rational: Rational? {
    guard let expression else { return nil }
    switch try? Evaluator(Algebra()).value(of: expression) {
    case .scalar(let scalar): return scalar.quotient.rational
    case .relation(let sides, [.equal], hasName: true): return sides[1].quotient?.rational
    default: return nil
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
        // A point belongs to a number, behind a word it ends the sentence. Single letters are names,
        // and A is not a.
        text.split { !$0.isLetter && !$0.isNumber && $0 != "." }
          .map { String($0.last == "." ? $0.dropLast() : $0) }
          .map { $0.count == 1 ? $0 : $0.lowercased() }
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
