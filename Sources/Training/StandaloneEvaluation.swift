// Evaluation and generation outside a run: a model folder, problems, and scores.

public import Foundation
import Generation
import Methods
import Prompts
public import Records
public import Settings
import Tokenizers
import Torch
import Transformers
import Verifiers

extension EvaluationResult {
  /// The scores as a table for people.
  public var table: String {
    let k = overall.samples
    let passes = overall.passes.map(\.k).filter { $0 > 1 && $0 < k }
    // Of one response a problem the three are one number.
    var heading = ["source", "avg@\(k) [95%] (right)"]
    if k > 1 { heading += passes.map { "pass@\($0)" } + ["pass@\(k) [95%]", "maj@\(k) [95%]"] }
    var rows = [heading]
    func percent(_ share: Double) -> String {
      share.formatted(.percent.precision(.fractionLength(1)))
    }
    func interval(_ estimate: Estimate) -> String {
      let ends = [estimate.low, estimate.high].map {
        (100 * $0).formatted(.number.precision(.fractionLength(1)))
      }
      return "\(percent(estimate.mean)) [\(ends[0]), \(ends[1])]"
    }
    var scores = Array(zip(sources, bySource))
    if sources.count != 1 { scores.append(("all", overall)) }
    for (name, score) in scores {
      var row = [
        name, "\(interval(score.intervals.average)) (\(score.correct)/\(score.problems * k))",
      ]
      if k > 1 {
        row += passes.map { k in percent(score.passes.first { $0.k == k }?.pass ?? 0) }
        row += [interval(score.intervals.pass), interval(score.intervals.majority)]
      }
      rows.append(row)
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
        .joined(separator: "  ")
    }
    let length = overall.meanLength.formatted(.number.precision(.fractionLength(1)))
    var about = "\(overall.problems) problems, \(k == 1 ? "one response" : "\(k) responses") each, "
    about += "\(length) tokens in the mean"
    if overall.truncated > 0 { about += ", \(percent(overall.truncated)) cut off" }
    if overall.direct > 0 { about += ", \(percent(overall.direct)) without working" }
    if overall.ungraded > 0 { about += ", \(overall.ungraded) not graded" }
    return (lines + [about]).joined(separator: "\n")
  }
}

/// The settings with which a model folder is stored and computed in the type of its weights.
///
/// Half precision of the old kind, which a CPU multiplies slowly and trains badly, becomes float32.
///
/// - Throws: ``ConfigurationError`` and what files have wrong with them.
public func settingsOfStoredType(_ path: String) throws -> [String] {
  let folder = try RunModels.base(of: path, key: "model.path")
  guard try ModelFolder.storedType(of: folder) == .bfloat16 else { return [] }
  return ["model.dtype=bfloat16", "model.compute_dtype=bfloat16"]
}

/// What an evaluation leaves while it runs and at its end.
public struct EvaluationFiles {
  /// Where the scores go, as JSON.
  public var scores: URL?
  /// Where the responses go, as JSON lines.
  public var responses: URL?

  /// Puts the files together.
  public init(scores: URL? = nil, responses: URL? = nil) {
    self.scores = scores
    self.responses = responses
  }
}

/// Scores a model folder by a configuration's `model.path`, held-out data and `val_kwargs`.
///
/// Responses are written as they are graded. SIGINT or SIGTERM ends the evaluation after the token at
/// hand, and what is graded by then is scored; a second one ends the process.
///
/// - Returns: The scores, the graded responses, and whether it was stopped.
@MainActor
public func evaluate(
  _ configuration: RunConfiguration, files: EvaluationFiles, console: Console
) async throws -> (result: EvaluationResult, episodes: [GradedEpisode], isStopped: Bool) {
  let stations = try prepared(configuration, console)
  console.say(stations.encoder.words)
  try await stations.grader.check()
  let settings = configuration.rollout.evaluation
  let evaluator = Evaluator(
    engine: stations.engine, grader: stations.grader, samples: settings.samples,
    sampling: settings.sampling)
  let stop = StopRequest()
  let signals = stop.listen()
  defer { signals.forEach { $0.cancel() } }
  let record = try files.responses.map(ResponseFile.init)
  var (graded, correct) = (0, 0)
  let prompts = try stations.heldOutPrompts()
  console.say(
    "\(prompts.count) problems, \(settings.samples) \(settings.samples == 1 ? "response" : "responses") "
      + "each, of at most \(configuration.data.maximumResponseLength) tokens")
  let (result, episodes) = try await evaluator.evaluate(
    prompts, random: stations.random["evaluation"]
  ) { progress in
    try stop.check()
    console.progress(
      "evaluation", progress, detail: graded > 0 ? "\(correct) of \(graded) right" : "")
  } graded: { fresh in
    graded += fresh.count
    correct += fresh.count { $0.verdict.status == .correct }
    try record?.append(fresh)
  }
  console.endProgress()
  try record?.finish(episodes)
  if let scores = files.scores {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(result).write(to: scores, options: .atomic)
  }
  return (result, episodes, stop.wasMade)
}

/// Samples responses to one text.
///
/// A response is no longer than the model has positions left.
///
/// - Parameters:
///   - configuration: says which model, how to sample (`val_kwargs`) and how long.
///   - text: the prompt: a user's message where the model has a chat template, and the configuration
///     does not forbid it.
///   - console: where to speak.
/// - Returns: the completions.
/// - Throws: what loading throws, and a prompt that is empty or too long.
@MainActor
public func generate(
  _ configuration: RunConfiguration, prompt text: String, console: Console
) throws -> [Completion] {
  var configuration = configuration
  let folder = try RunModels.base(of: configuration.model.path, key: "model.path")
  let encoder = try PromptEncoder(folder: folder, settings: configuration.data)
  let problem = Problem(
    id: "prompt", source: "prompt", text: text, truth: "",
    messages: [ProblemMessage(role: "user", content: text)])
  let encoding = try encoder.encode(problem)
  guard !encoding.tokens.isEmpty else { throw ConfigurationError.refused("the prompt is empty") }
  let room = try ModelFolder.configuration(of: folder).readablePositions - encoding.tokens.count
  guard room > 0 else {
    throw ConfigurationError.refused(
      "the prompt has \(encoding.tokens.count) tokens, as many as the model has positions or more")
  }
  configuration.data.maximumPromptLength = encoding.tokens.count
  configuration.data.maximumResponseLength = min(configuration.data.maximumResponseLength, room)
  let stations = try prepared(configuration, console)
  let prompt = Prompt(
    id: "prompt", place: 0, source: "prompt", text: encoding.text, tokens: encoding.tokens,
    truth: "")
  let settings = configuration.rollout.evaluation
  return stations.engine.complete(
    [prompt], samples: settings.samples, sampling: settings.sampling,
    random: stations.random["generate"])
}

/// The stations of a configuration that trains nothing.
@MainActor
func prepared(_ configuration: RunConfiguration, _ console: Console) throws -> Stations {
  if configuration.trainer.threads > 0 { Machine.threads = configuration.trainer.threads }
  var configuration = configuration
  configuration.model.loraRank = 0  // A fresh adapter would change nothing and take time.
  // Models are read whole, by one process.
  configuration.trainer.sharding = .none
  configuration.trainer.offloadsWeights = false
  // What is drawn here is not learned from.
  configuration.rollout.quantization = .none
  let stations = try Stations(configuration)
  for note in stations.notes { console.say(note) }
  return stations
}
