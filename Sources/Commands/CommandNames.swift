// Names of commands that do not exist, met before the parser, which would call them arguments too many.

import ArgumentParser
import Records

/// What is wrong with the name of a command.
///
/// - Parameters:
///   - arguments: what follows the name of `command`.
///   - command: the one that the arguments are for.
/// - Returns: words for the user; nil where the parser may go on.
func unknownCommand(
  in arguments: ArraySlice<String>, of command: any ParsableCommand.Type
) -> String? {
  var names: [String] = []
  for part in command.configuration.subcommands {
    let name = part._commandName
    if name == arguments.first { return unknownCommand(in: arguments.dropFirst(), of: part) }
    names.append(name)
  }
  guard !names.isEmpty, let name = arguments.first, !name.hasPrefix("-"), name != "help" else {
    return nil
  }
  let hint = nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
  return
    "there is no command '\(name.prefix(60))'; commands: \(names.joined(separator: ", "))\(hint)"
}
