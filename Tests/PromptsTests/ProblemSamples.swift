// Files of problems for tests: written, read, thrown away.

import Foundation
import Prompts
import TestSupport

/// Writes the bytes into files a.jsonl, b.jsonl, … and reads them.
func load(
  _ files: [[UInt8]], lineLimit: Int = ProblemFile.lineLimit,
  _ change: (inout DataSettings) -> Void = { _ in }
) throws -> ProblemSet {
  var settings = DataSettings()
  change(&settings)
  return try withTemporaryFolder { folder in
    let urls = try zip("abcdef", files).map { name, bytes in
      let url = folder.appending(path: "\(name).jsonl")
      try Data(bytes).write(to: url)
      return url
    }
    return try ProblemFile.load(urls, settings: settings, lineLimit: lineLimit)
  }
}

/// Writes the text into a file a.jsonl and reads it.
func load(
  _ text: String, _ change: (inout DataSettings) -> Void = { _ in }
) throws -> ProblemSet {
  try load([Array(text.utf8)], change)
}

/// A usable line.
let good = #"{"prompt": "1+1=", "label": "2"}"#

/// A problem whose text is the user's only message.
func asked(_ id: String, _ source: String, _ text: String, _ truth: String) -> Problem {
  Problem(
    id: id, source: source, text: text, truth: truth,
    messages: [ProblemMessage(role: "user", content: text)])
}

/// Reads a problem's plain text as bytes.
func bytes(_ problem: Problem) -> PromptEncoding {
  PromptEncoding(text: problem.text, tokens: problem.text.utf8.map(Int.init))
}
