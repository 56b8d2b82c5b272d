// A reward model as the verifier: the number that a Hugging Face folder's head gives to the last token
// of prompt and response. It stands here and not with the other verifiers because it computes.

package import Foundation
import Hub
package import Records
import Settings
import Synchronization
import Tokenizers
package import Torch
import Transformers
import Words
package import Verifiers

/// Scores responses by a model with a head of one number.
package final class RewardModelVerifier: BatchVerifier {
  private let vocabularySize: Int
  private let model: Mutex<ValueModel>
  /// What the model reads with; nil where it reads the policy's own tokens.
  private let tokenizer: Tokenizer?
  private let positions: Int
  private let threshold: Double
  private let path: String

  /// It computes on all cores; the grader's clock would also run while it waits for its turn.
  package let keepsTime = true
  package let width: Int? = 1
  package let batchSize = 64

  /// Loads the model.
  ///
  /// - Parameters:
  ///   - verifier: which model, and from which number on an answer counts as right.
  ///   - policy: the bytes of the policy's tokenizer.json: a model with the same one reads the very
  ///     tokens that were drawn, another one the text that they spell.
  ///   - type: what to compute in.
  ///   - device: where to compute.
  /// - Throws: what is wrong with the folder, by key or file.
  package init(_ verifier: VerifierSettings, policy: Data, type: ElementType, device: Device) throws
  {
    path = verifier.rewardModel.path
    threshold = verifier.threshold
    guard !path.isEmpty else {
      throw ConfigurationError.refused(
        "reward.model.path: reward.verifier=reward_model needs a folder with a reward model")
    }
    let folder = HubCache().place(of: path, .model)
    let loaded = try ModelFolder.valueModel(
      at: folder, type: type, computeType: type, device: device)
    guard loaded.parameters["score.weight"].floats.contains(where: { $0 != 0 }) else {
      throw ConfigurationError.refused(
        "reward.model.path: \(path) has no reward head: it is a policy")
    }
    positions = loaded.configuration.readablePositions
    vocabularySize = loaded.configuration.vocabularySize
    let file = folder.appending(path: "tokenizer.json")
    if let own = try? contents(of: file, atMost: 128 << 20), own != policy {
      tokenizer = try Tokenizer(contentsOf: file)
    } else {
      tokenizer = nil
    }
    model = Mutex(loaded)
  }

  /// Scores some responses.
  package func verify(_ completions: [Completion]) async throws -> [Verdict] {
    let texts = completions.map { completion in
      tokenizer?.encode(completion.prompt.text + completion.text, addingSpecials: true)
        ?? completion.prompt.tokens + completion.tokens
    }
    let fitting = texts.indices.filter { complaint(aboutTokens: texts[$0]) == nil }
    var verdicts = texts.map { Verdict(.error, reason: complaint(aboutTokens: $0) ?? "") }
    let scores = model.withLock { model in
      withoutGradient {
        batches(of: fitting.map { texts[$0].count }).flatMap { part in
          let (hidden, segments) = model.decoder.hidden(of: fitting[part].map { texts[$0] })
          let last = Tensor(
            segments.map { $0.start + $0.length - 1 }, device: model.decoder.device)
          return model.values(hidden.selecting(last, along: 0)).floats
        }
      }
    }
    for (place, score) in zip(fitting, scores) {
      let score = Double(score)
      verdicts[place] = Verdict(score >= threshold ? .correct : .wrong, score: score)
    }
    return verdicts
  }

  /// Why the model cannot read a text; nil where it can.
  private func complaint(aboutTokens text: [Int]) -> String? {
    guard (1...positions).contains(text.count) else {
      return "\(text.count) tokens, of a reward model with \(positions) positions"
    }
    return text.first { $0 >= vocabularySize }
      .map { "token \($0), of a reward model with \(vocabularySize) tokens" }
  }

  /// Complains about nothing: a reward model wants no right answer.
  package func complaint(about truth: String) -> String? { nil }
}
