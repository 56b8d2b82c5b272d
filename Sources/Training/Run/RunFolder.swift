// RunFolder: the names of everything a run writes.

public import Foundation
import Settings

/// A run's folder: `runs/<name>/`.
public struct RunFolder: Sendable {
  /// The folder itself.
  public let url: URL

  /// Makes the folder if it is not there.
  public init(_ url: URL) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// The resolved configuration: every setting, as it was used.
  public static let configurationName = "config.resolved.yaml"

  /// A line of numbers a step.
  public static let metricsName = "metrics.jsonl"

  /// The checkpoints.
  public var checkpoints: URL { url.appending(path: "checkpoints") }

  /// One step's rollout.
  func rollouts(of step: Int) -> URL { url.appending(path: "rollouts/\(step).jsonl") }

  /// Where the finished policy goes, as a Hugging Face folder.
  public var actor: URL { url.appending(path: "actor") }

  /// Where the finished critic goes.
  public var critic: URL { url.appending(path: "critic") }

  /// Where the policy's adapter goes, in PEFT's form, when one was trained.
  var actorAdapter: URL { url.appending(path: "actor-adapter") }

  /// Where the critic's adapter goes.
  var criticAdapter: URL { url.appending(path: "critic-adapter") }

  /// Which step the finished models are of.
  var exportRecord: URL { url.appending(path: "export.json") }

  /// The step of the newest checkpoint that was ever saved.
  var saveRecord: URL { url.appending(path: "saved.json") }

  /// TensorBoard's event files.
  public var tensorBoard: URL { url.appending(path: "tensorboard") }

  /// Points the link `latest` beside the folder at it, so that people need not type its name.
  ///
  /// A convenience: a folder of that name stays, and a link that cannot be made is left out.
  func markLatest() {
    let link = url.deletingLastPathComponent().appending(path: "latest").path
    let manager = FileManager.default
    guard url.lastPathComponent != "latest" else { return }
    if (try? manager.destinationOfSymbolicLink(atPath: link)) != nil {
      try? manager.removeItem(atPath: link)
    }
    try? manager.createSymbolicLink(
      atPath: link, withDestinationPath: url.lastPathComponent)
  }

  /// Writes the resolved configuration.
  package func write(configuration: String) throws {
    try Data(configuration.utf8).write(
      to: url.appending(path: Self.configurationName), options: .atomic)
  }
}
