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
  /// As this process keeps it, and the whole of it while responses are graded.
  private let model: Mutex<(kept: ValueModel, whole: ValueModel?)>
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
  ///   - division: the processes, which may share out its weights.
  /// - Throws: what is wrong with the folder, by key or file.
  package init(
    _ verifier: VerifierSettings, policy: Data, type: ElementType, device: Device,
    _ division: Division = Division()
  ) throws {
    path = verifier.rewardModel.path
    threshold = verifier.threshold
    let folder = try Self.folder(path)
    let loaded = try ModelFolder.valueModel(
      at: folder, type: type, computeType: type, device: device
    ) { division.cut?.take($0, $1) }
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
    loaded.divide(division)
    // Its processes are asked by ``bringTogether()`` alone, which the run calls and no verifier.
    nonisolated(unsafe) let models: (kept: ValueModel, whole: ValueModel?) = (loaded, nil)
    model = Mutex(models)
  }

  /// The folder that `reward.model.path` means.
  ///
  /// - Throws: ``ConfigurationError`` where it says none.
  static func folder(_ path: String) throws -> URL {
    guard !path.isEmpty else {
      throw ConfigurationError.refused(
        "reward.model.path: reward.verifier=reward_model needs a folder with a reward model")
    }
    return HubCache().place(of: path, .model)
  }

  /// Makes the model whole, so that it can grade.
  ///
  /// All processes must ask for it together.
  func bringTogether() { model.withLock { $0.whole = $0.kept.whole } }

  /// Leaves this process its slices again.
  func giveUp() { model.withLock { $0.whole = nil } }

  /// Scores some responses.
  package func verify(_ completions: [Completion]) async throws -> [Verdict] {
    let texts = completions.map { completion in
      tokenizer?.encode(completion.prompt.text + completion.text, addingSpecials: true)
        ?? completion.prompt.tokens + completion.tokens
    }
    let fitting = texts.indices.filter { complaint(aboutTokens: texts[$0]) == nil }
    var verdicts = texts.map { Verdict(.error, reason: complaint(aboutTokens: $0) ?? "") }
    let scores = model.withLock { models in
      // Where nothing is shared out, what is kept is whole.
      let model = models.whole ?? models.kept
      return withoutGradient {
        batches(of: fitting.map { texts[$0].count }).flatMap { part in
          let (hidden, segments) = model.decoder.hidden(of: fitting[part].map { texts[$0] })
          // Each by itself: of a product with several rows the last bits depend on how many there are.
          let values = segments.map { segment in
            let end = segment.start + segment.length
            return model.values(hidden.narrowed(0, end - 1..<end))
          }
          return Tensor.concatenated(values, along: 0).floats
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
