// Whole runs against PyTorch: from a model folder, problems and a seed to every token drawn, its
// credit, the losses, the new weights and AdamW's moments. Nothing of the program is replaced: the
// script (Tools/goldens/step_goldens.py) draws its own tokens from the same seed, so a wrong turn
// anywhere between a prompt and a moment shows.

import Foundation
import Settings
import Testing
import TestSupport
import Torch
import Training

@Suite("Step goldens", .serialized)
@MainActor
struct StepGoldenTests {
  /// Of log-probabilities, values, advantages and returns: float32 through a few updates.
  private static let tokenTolerance = 1e-4
  /// Of a reported number, relative.
  private static let metricTolerance = 1e-3
  /// Of weights, relative to how far they moved, and of moments, relative to themselves.
  private static let tensorTolerance = 5e-4

  @Test(
    "a run is what PyTorch makes of the same weights, problems and seed",
    arguments: [
      "vapo", "grpo", "ppo", "dapo", "dr-grpo", "rloo", "gspo", "filtered", "filtered-kl",
      "correction",
      "bootstrap", "kl-reward-k1",
      "kl-reward-k2", "kl-reward-k3", "kl-reward-abs", "trajectory",
    ])
  func run(name: String) async throws {
    let golden = try Golden.decode(RunGolden.self, from: "steps/\(name)")
    try await withRunFolder { root in
      let configuration = try RunConfiguration.load(
        recipe: nil, overrides: golden.overrides + Self.places)
      #expect(try await TinyRun.train(configuration, in: root) == .finished)
      let metrics = try lines(Report.self, of: root.appending(path: "metrics.jsonl"))
      try #require(metrics.count == golden.steps.count, "\(metrics.count) steps")
      for (place, step) in golden.steps.enumerated() {
        let number = place + 1
        let file = root.appending(path: "rollouts/\(number).jsonl")
        let episodes = try lines(EpisodeGolden.self, of: file)
        try #require(episodes.count == step.episodes.count, "step \(number)")
        for (found, wanted) in zip(episodes, step.episodes) {
          compare(found, wanted, "\(name), step \(number), \(wanted.id):\(wanted.sample)")
        }
        for (key, wanted) in step.metrics {
          let found = metrics[place].data[key] ?? .nan
          let gap = abs(found - wanted) / max(abs(wanted), 1e-2)
          #expect(
            gap < Self.metricTolerance, "\(name), step \(number), \(key): \(found), \(wanted)")
        }
      }
      try compareTensors(name, in: root, steps: golden.steps.count)
    }
  }

  /// Where the goldens' model and problems are, and how answers are graded.
  private static var places: [String] {
    let folder = Golden.folder.appending(path: "steps").path
    return [
      "model.path=\(folder)/actor", "critic.model.path=\(folder)/critic",
      "data.train_files=[\(folder)/problems.jsonl]", "data.val_files=[\(folder)/problems.jsonl]",
      "data.max_prompt_length=8", "reward.verifier=numeric", "reward.extraction=last_number",
      "rollout.val_kwargs.n=1", "trainer.val_before_train=false", "trainer.save_freq=0",
      "trainer.test_freq=0", "trainer.device=cpu", "trainer.threads=1",
    ]
  }

  private func compare(_ found: EpisodeGolden, _ wanted: EpisodeGolden, _ place: String) {
    #expect(found.id == wanted.id && found.sample == wanted.sample, "\(place): \(found.id)")
    #expect(found.tokens == wanted.tokens, "\(place)")
    #expect(found.output == wanted.output && found.status == wanted.status, "\(place)")
    #expect(found.finish == wanted.finish, "\(place)")
    #expect(found.trained == wanted.trained, "\(place): trained")
    for (what, left, right) in [
      ("score, reward, λ", found.numbers, wanted.numbers),
      ("log-probabilities", found.logProbs, wanted.logProbs),
      ("values", found.values, wanted.values),
      ("advantages", found.advantages, wanted.advantages),
      ("returns", found.returns, wanted.returns),
    ] {
      let gap = largestDifference(left, right)
      #expect(Double(gap) < Self.tokenTolerance, "\(place), \(what): \(left), \(right)")
    }
  }

  /// Every tensor by itself, and those of little length by the model's.
  private func compareTensors(_ name: String, in root: URL, steps: Int) throws {
    let golden = try SafetensorsFile(Golden.folder.appending(path: "steps/\(name).safetensors"))
    let checkpoint = root.appending(path: "checkpoints/step-\(steps)")
    for model in ["actor", "critic"] where golden.names.contains(where: { $0.hasPrefix(model) }) {
      let start = try SafetensorsFile(
        Golden.folder.appending(path: "steps/\(model)/model.safetensors"))
      let end = try SafetensorsFile(root.appending(path: "\(model)/model.safetensors"))
      let moments = try SafetensorsFile(
        checkpoint.appending(path: "optimizer-\(model).safetensors"))
      var kinds: [String: [(tensor: String, gap: Double, size: Double)]] = [:]
      for tensor in start.names {
        let wanted = try golden.tensor("\(model).\(tensor)").floats
        let before = try start.tensor(tensor).floats
        kinds["weights", default: []].append(
          (tensor, distance(try end.tensor(tensor).floats, wanted), distance(before, wanted)))
        for kind in ["first", "second"] {
          let wanted = try golden.tensor("\(model).\(kind).\(tensor)").floats
          let found = try moments.tensor("\(kind).\(tensor)").floats
          kinds[kind, default: []].append(
            (tensor, distance(found, wanted), distance(wanted, wanted.map { _ in 0 })))
        }
      }
      for (kind, tensors) in kinds {
        let whole = tensors.reduce(0) { $0 + $1.size * $1.size }.squareRoot()
        for (tensor, gap, size) in tensors {
          let share = gap / max(size, whole / 30)
          #expect(
            share < Self.tensorTolerance, "\(name), \(model), \(kind) of \(tensor): off by \(share)"
          )
        }
      }
    }
  }

  private func distance(_ left: [Float], _ right: [Float]) -> Double {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
  }

  private func lines<Line: Decodable>(_ type: Line.Type, of file: URL) throws -> [Line] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(type, from: Data($0.utf8))
    }
  }
}

/// What the script says of a run.
private struct RunGolden: Decodable {
  /// One step.
  struct Step: Decodable {
    var metrics: [String: Double]
    var episodes: [EpisodeGolden]
  }

  var overrides: [String]
  var steps: [Step]
}

/// A line of metrics.jsonl.
private struct Report: Decodable {
  var data: [String: Double]
}

/// A response with its credit, as the script writes it and as a run dumps it.
private struct EpisodeGolden: Decodable {
  var id: String
  var sample: Int
  var tokens: [Int]
  var output: String
  var status: String
  var finish: String
  var trained: Bool
  var score: Float
  var reward: Float
  var lambda: Float
  var logProbs: [Float]
  var values: [Float]
  var advantages: [Float]
  var returns: [Float]

  var numbers: [Float] { [score, reward, lambda] }

  enum CodingKeys: String, CodingKey {
    case id, sample, output, status, trained, score, reward, values, advantages, returns
    case tokens = "token_ids"
    case finish = "finish_reason"
    case lambda = "lambda_policy"
    case logProbs = "log_probs"
  }
}
