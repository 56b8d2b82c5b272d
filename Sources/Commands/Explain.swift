// vapo explain: what a setting or a metric is.

import ArgumentParser
import Foundation
import Meanings

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Says what a setting or a metric is, with defaults, choices and other trainers' names.",
    discussion: """
      vapo explain actor.clip_ratio_high, vapo explain algorithm, vapo explain critic/vf_explained_var. \
      Without a name: what there is. The same stands in docs/settings.md and docs/metrics.md.
      """)

  @Argument(help: "Settings, sections of them, metrics, or what metrics begin with.")
  var names: [String] = []

  @Option(
    help: "Write the pages settings.md and metrics.md into this folder.", completion: .directory)
  var pages: String?

  func run() throws {
    if let pages {
      for page in ReferencePage.allCases {
        let file = URL(filePath: pages).appending(path: page.fileName)
        try Data(page.text.utf8).write(to: file)
        say(file.path)
      }
    }
    if names.isEmpty && pages == nil { say(Explanation.overview) }
    for (place, name) in names.enumerated() {
      say((place > 0 ? "\n" : "") + (try Explanation.words(of: name)))
    }
  }
}
