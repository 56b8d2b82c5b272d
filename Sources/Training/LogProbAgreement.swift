// How well two paths to a log-probability agree: the engine's, token by token with a cache, and the
// trainer's, whole texts at once. Both round, so they never agree exactly; a wrong engine is far off.

import Foundation
package import Records
package import Settings
package import Torch
package import Transformers

/// The differences of two lists of log-probabilities of the same tokens.
package struct LogProbAgreement {
  /// A token on which they differ.
  package struct Token {
    /// The prompt's id.
    package var prompt: String
    /// The place in the response, from 0.
    package var place: Int
    /// What the engine said, and what the trainer says.
    package var engine, trainer: Float
    /// The difference, in parts of the log-probability where that is beyond ±1: float32 has seven
    /// digits, wherever the point stands.
    package var difference: Double {
      Double(abs(engine - trainer) / max(1, abs(trainer)))
    }
  }

  /// The mean difference.
  package var mean: Double
  /// The difference that one token in a hundred exceeds.
  package var tail: Double
  /// The three tokens that differ most, the worst first.
  package var worst: [Token]
  /// What rounding alone makes of the difference, in order of magnitude; see
  /// ``rounding(in:of:)``.
  package var unit: Double

  /// Compares what an engine said of its tokens with what a trainer says.
  ///
  /// - Parameters:
  ///   - completions: with the engine's log-probabilities.
  ///   - logProbs: the trainer's, a list a completion.
  ///   - model: whose they are.
  ///   - type: what the engine computes in; nil for what the model does.
  package init(
    _ completions: [Completion], _ logProbs: [[Float]], of model: LanguageModel,
    engine type: ElementType? = nil
  ) {
    var tokens: [Token] = []
    for (completion, trainer) in zip(completions, logProbs) {
      for (place, pair) in zip(completion.logProbs, trainer).enumerated() {
        tokens.append(
          Token(prompt: completion.prompt.id, place: place, engine: pair.0, trainer: pair.1))
      }
    }
    // What is not a number differs most.
    func rank(_ token: Token) -> Double {
      token.difference.isNaN ? .infinity : token.difference
    }
    tokens.sort { rank($0) > rank($1) }
    mean = tokens.reduce(0) { $0 + rank($1) } / Double(max(1, tokens.count))
    tail = tokens.isEmpty ? 0 : rank(tokens[tokens.count / 100])
    worst = Array(tokens.prefix(3))
    // The coarser of the two decides.
    unit = [model.decoder.computeType, type ?? model.decoder.computeType].reduce(0) {
      max($0, Self.rounding(in: $1, of: model.configuration))
    }
  }

  /// What rounding alone makes of a log-probability, in order of magnitude.
  ///
  ///     √L · (r + 2⁻²⁴·√D)
  ///
  /// Each of L layers rounds the inputs of its products by up to r of them and sums D of these in
  /// float32; errors of layers, and of terms, add up at random.
  static func rounding(in type: ElementType, of model: ModelConfiguration) -> Double {
    let inputs =
      switch type {
      case .bfloat16: 0x1p-9
      case .float16: 0x1p-12
      default: 0x1p-24
      }
    let sums = 0x1p-24 * Double(model.hiddenSize).squareRoot()
    return Double(max(1, model.layerCount)).squareRoot() * (inputs + sums)
  }

  /// Whether it is within bounds, which are in units of rounding; 0 bounds nothing.
  package func isWithin(_ bounds: LogProbBounds, times factor: Double = 1) -> Bool {
    (bounds.mean == 0 || mean <= factor * bounds.mean * unit)
      && (bounds.tail == 0 || tail <= factor * bounds.tail * unit)
  }

  /// The figures and the worst tokens, in words.
  package var words: String {
    func number(_ value: Double) -> String { String(format: "%.2g", value) }
    let tokens = worst.map { token in
      "token \(token.place) of \(token.prompt): \(number(Double(token.engine))) and "
        + number(Double(token.trainer))
    }
    return
      "mean \(number(mean)), one in a hundred above \(number(tail)); rounding alone makes about "
      + "\(number(unit)); worst: " + tokens.joined(separator: "; ")
  }
}
