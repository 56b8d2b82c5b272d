// vapo: the command. One file a subcommand.

public import ArgumentParser
import Foundation
import Settings
import Synchronization
import Torch

/// The root of the command's help.
public struct Vapo: AsyncParsableCommand {
  /// Its name, help and subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "vapo",
    abstract: "Teaches language models to reason by reinforcement learning with a value model.",
    discussion: """
      `vapo train` alone trains the default recipe: a small model learns to reason on this machine \
      within ten minutes. `vapo test` (a command of the script at the root) proves the parts.
      """,
    subcommands: [
      Train.self, Resume.self, DashboardCommand.self, Evaluate.self, Generate.self,
      DataCommand.self,
      Verify.self, Serve.self, ExportCommand.self, Explain.self, Doctor.self, StudyCommand.self,
      CriticCommand.self, Bench.self,
    ])

  private static let installed = Mutex<Network?>(nil)

  /// The network of this program, if it has one.
  static var network: Network? { installed.withLock { $0 } }

  /// The command, for the parser.
  public init() {}

  /// Sets what holds for every command, and runs the one asked for.
  ///
  /// - Parameter network: what this program adds; nil in the one without the network.
  public static func start(with network: Network? = nil) async {
    installed.withLock { $0 = network }
    if let reason = unknownCommand(in: CommandLine.arguments.dropFirst(), of: Vapo.self) {
      FileHandle.standardError.write(Data("Error: \(reason)\n".utf8))
      Foundation.exit(ExitCode.validationFailure.rawValue)
    }
    Machine.useCachingAllocator()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      end(because: error)
    }
  }

  /// Says why a command ends, and ends it with the status that goes with it.
  ///
  /// The words go out in one piece: the parser's own way writes letter by letter, and those of several
  /// processes were mixed.
  private static func end(because error: any Error) -> Never {
    let (words, status) = (fullMessage(for: error), exitCode(for: error))
    let output = status.isSuccess ? FileHandle.standardOutput : .standardError
    if !words.isEmpty { output.write(Data("\(words)\n".utf8)) }
    Foundation.exit(status.rawValue)
  }
}

/// Writes a line past the buffer that a pipe would keep it in.
public func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
