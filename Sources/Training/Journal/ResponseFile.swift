// A file of graded responses: a line each as they come, in the problems' order when all are there.

import Foundation
import Records

/// Graded responses as JSON lines: prompt, response, right answer, score.
struct ResponseFile {
  private let file: URL
  private let handle: FileHandle

  /// Makes the file, empty.
  init(_ file: URL) throws {
    self.file = file
    try Data().write(to: file)
    handle = try FileHandle(forWritingTo: file)
  }

  /// Writes responses behind those that are there.
  func append(_ episodes: [GradedEpisode]) throws {
    try handle.write(contentsOf: try Self.lines(of: episodes))
  }

  /// Writes all of them in their order in the place of what is there.
  func finish(_ episodes: [GradedEpisode]) throws {
    try handle.close()
    try Self.lines(of: episodes).write(to: file, options: .atomic)
  }

  private static func lines(of episodes: [GradedEpisode]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for episode in episodes {
      lines += try encoder.encode(Line(episode))
      lines.append(UInt8(ascii: "\n"))
    }
    return lines
  }

  private struct Line: Encodable {
    let id: String
    let input: String
    let output: String
    let gts: String
    let score: Float
    let status: String
    let extracted: String
    let sample: Int
    let tokens: [Int]

    init(_ episode: GradedEpisode) {
      id = episode.completion.prompt.id
      input = episode.completion.prompt.text
      output = episode.completion.text
      gts = episode.completion.prompt.truth
      score = episode.score
      status = episode.verdict.status.rawValue
      extracted = episode.verdict.extracted
      sample = episode.completion.sample
      tokens = episode.completion.tokens
    }
  }
}
