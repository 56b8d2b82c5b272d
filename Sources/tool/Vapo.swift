// vapo: the command. One file a subcommand.

import ArgumentParser
import Foundation
import Torch

/// The root of the command's help.
@main
struct Vapo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vapo",
    abstract: "Teaches language models to reason by reinforcement learning with a value model.",
    discussion: """
      `vapo train` alone trains the default recipe: a small model learns to reason on this machine \
      within ten minutes. `vapo test` (a command of the script at the root) proves the parts.
      """,
    subcommands: [
      Train.self, Resume.self, Evaluate.self, Generate.self, DataCommand.self, Verify.self,
      Serve.self, Doctor.self, StudyCommand.self, Bench.self,
    ])

  /// Sets what holds for every command, and runs the one asked for.
  static func main() async {
    Machine.useCachingAllocator()
    await main(nil)
  }
}

/// Writes a line past the buffer that a pipe would keep it in.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
