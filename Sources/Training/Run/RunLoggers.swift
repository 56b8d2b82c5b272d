// The loggers of a run, told of every step beside the journal.

public import Foundation
public import Loggers
import Methods
import Records
public import Settings

/// What loggers show of a rollout beside its numbers.
struct RolloutGlance {
  var lengths: [Double]
  var scores: [Double]
  var sample: LoggedStep.Sample?

  /// Of a rollout, with its first response for people to read.
  init(_ episodes: [CreditedEpisode]) {
    lengths = episodes.map { Double($0.episode.length) }
    scores = episodes.map { Double($0.episode.score) }
    sample = episodes.first.map {
      RunHistory.sample(
        prompt: $0.episode.completion.prompt.text, response: $0.episode.completion.text,
        score: Double($0.episode.score))
    }
  }
}

/// The loggers that `trainer.logger` names, beside the console.
struct RunLoggers {
  private let queues: [LoggerQueue]

  /// Starts them, each on a thread of its own.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - folder: the run's.
  ///   - step: the step that the run goes on after; nil where it starts over.
  init(_ configuration: RunConfiguration, _ folder: RunFolder, resumingAfter step: Int?) {
    // One each, however often it is named.
    let named = LoggerKind.allCases.filter(configuration.trainer.loggers.contains)
    queues = named.filter { $0 != .console }.map { kind in
      LoggerQueue(kind.rawValue) {
        try kind.open(
          configuration, of: folder.url, events: folder.tensorBoard, resumingAfter: step)
      }
    }
  }

  /// Tells all of a step, and waits for none.
  func record(_ report: StepReport, _ glance: RolloutGlance?) {
    guard !queues.isEmpty else { return }
    let step = LoggedStep(
      step: report.step, time: Date().timeIntervalSince1970,
      numbers: report.data.map { .init($0.name, $0.value) },
      distributions: glance.map { RunHistory.distributions(lengths: $0.lengths, scores: $0.scores) }
        ?? [],
      samples: glance?.sample.map { [$0] } ?? [])
    for queue in queues { queue.record(step) }
  }

  /// Ends them all.
  ///
  /// - Parameter seconds: how long the run waits for them together.
  func finish(within seconds: Double) {
    for queue in queues { queue.close() }
    let end = DispatchTime.now() + seconds
    for queue in queues { queue.wait(until: end) }
  }

  /// What went wrong with them since somebody asked.
  func takeWarnings() -> [String] { queues.flatMap { $0.takeWarnings() } }
}

extension LoggerKind {
  /// Opens a logger of a run.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - run: its folder.
  ///   - events: where TensorBoard's files go.
  ///   - step: the step that the run goes on after; nil where it starts over.
  ///   - goesOn: whether clients add to what they have of the run, rather than begin a run of their own.
  /// - Returns: the logger.
  /// - Throws: why it cannot be opened, in words; of the console always, which is no logger.
  public func open(
    _ configuration: RunConfiguration, of run: URL, events: URL, resumingAfter step: Int? = nil,
    goesOn: Bool = true
  ) throws -> any StepLogger {
    switch self {
    case .console: throw LoggerError("the console is told of steps by the run itself")
    case .tensorBoard: return try TensorBoardLogger(folder: events, resumingAfter: step)
    case .wandb, .mlflow, .trackio:
      let settings = ConfigurationLoader.settings(of: configuration).filter { $0.kind != nil }
      return try ClientLogger(
        rawValue, run: run, project: configuration.trainer.projectName, name: run.lastPathComponent,
        settings: settings.map { ($0.key, $0.value) }, goesOn: goesOn)
    }
  }
}
