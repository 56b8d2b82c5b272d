// One response as a person reads it: what was asked, what was said, what the verifier found.

import Foundation
public import Records

/// A response to show.
public struct Example: Sendable {
  private let episode: GradedEpisode

  /// The longest text of the prompt and of the response that is shown, in characters.
  private static let limits = (prompt: 400, response: 1200)

  /// A graded response.
  public init(_ episode: GradedEpisode) { self.episode = episode }

  /// The response between rules, control characters made visible: what a model writes must not
  /// move a terminal's cursor.
  public var text: String {
    let completion = episode.completion
    let verdict = episode.verdict
    var found = verdict.status.rawValue
    if !verdict.extracted.isEmpty { found += ", found '\(Self.visible(verdict.extracted))'" }
    if !verdict.reason.isEmpty { found += ", \(Self.visible(verdict.reason))" }
    let reward = episode.reward.formatted(.number.precision(.fractionLength(0...3)))
    return """
      --- prompt \(completion.prompt.id)
      \(Self.clipped(completion.prompt.text, Self.limits.prompt))
      --- response, \(episode.length) tokens\(completion.finish == .length ? ", cut off" : "")
      \(Self.clipped(completion.text, Self.limits.response))
      --- reward \(reward): \(found)
      """
  }

  private static func clipped(_ text: String, _ limit: Int) -> String {
    let short = text.prefix(limit)
    return visible(String(short)) + (short.endIndex < text.endIndex ? " […]" : "")
  }

  private static func visible(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      if isControl, scalar != "\n", scalar != "\t" {
        result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
