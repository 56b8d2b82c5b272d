// vapo export: a run's numbers, to loggers that were not told of them.

public import ArgumentParser
import Foundation
import Checkpoints
import Loggers
public import Settings
import Training

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract:
      "Hands the numbers of a run, whole or under way, to TensorBoard, wandb, mlflow or trackio.",
    discussion: """
      Steps come from metrics.jsonl, distributions and samples from the dumps of rollouts. TensorBoard's \
      files go into the run's folder tensorboard in place of those that are there, or into a folder of the \
      run's name where --folder says; the others go where their clients send them, such as \
      WANDB_MODE=offline or MLFLOW_TRACKING_URI say, by the python3 that PATH has, as a run of their own.
      """)

  @Argument(
    help: ArgumentHelp("The run's folder, such as runs/latest.", valueName: "run"),
    completion: .directory)
  var folderOfRun: String

  @Option(help: "tensorboard, wandb, mlflow or trackio; may be given several times.")
  var to: [LoggerKind] = [.tensorBoard]

  @Option(
    help: "Where TensorBoard's files go, in a folder of the run's name.", completion: .directory)
  var folder: String?

  @Option(help: "What the run is filed under; the run's own trainer.project_name where left out.")
  var project: String?

  func validate() throws {
    if to.contains(.console) {
      throw ValidationError("--to console: the console is not exported to")
    }
  }

  func run() throws {
    let place = URL(filePath: folderOfRun).resolvingSymlinksInPath()
    let history = try RunHistory(place)
    // The run's own event files are the run's while it is under way.
    let lock = to.contains(.tensorBoard) && folder == nil ? try RunLock(folder: place) : nil
    defer { withExtendedLifetime(lock) {} }
    let recipe = place.appending(path: RunFolder.configurationName)
    var configuration = try RunConfiguration.load(recipe: recipe)
    if let project { configuration.trainer.projectName = project }
    let events = folder.map { URL(filePath: $0).appending(path: place.lastPathComponent) }
    let console = Console()
    for kind in to {
      let logger = try kind.open(
        configuration, of: place, events: events ?? RunFolder(place).tensorBoard, goesOn: false)
      for number in 0..<history.count {
        try logger.record(history[number])
        console.progress(kind.rawValue, done: number + 1, of: history.count, unit: "steps")
      }
      try logger.close()
      console.endProgress()
      console.say("\(kind.rawValue): \(history.count) steps of \(place.path)")
    }
  }
}

extension LoggerKind: ExpressibleByArgument {}
