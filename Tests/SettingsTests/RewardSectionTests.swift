// The section of the verifiers: settings of data sources and of parts under keys of the user's
// choice, which are checked like all others.

import Foundation
import Settings
import Testing
import TestSupport
import Verifiers

@Suite struct RewardSectionTests {
  private func loaded(_ yaml: String, _ overrides: [String] = []) throws -> RunConfiguration {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "recipe.yaml")
      try Data(yaml.utf8).write(to: file)
      return try RunConfiguration.load(recipe: file, overrides: overrides)
    }
  }

  private let yaml = """
    reward:
      verifier: numeric
      by_source:
        names:
          verifier: exact
          fold_case: true
      parts:
        form: { verifier: format, weight: 0.5 }
    """

  @Test func `a source's settings start from the defaults, and what is written counts`() throws {
    let reward = try loaded(yaml, ["reward.by_source.more.extraction=boxed"]).reward
    #expect(reward.verifier.kind == .numeric)
    #expect(reward.bySource.keys.sorted() == ["more", "names"])
    let names = try #require(reward.bySource["names"])
    #expect(names.kind == .exact && names.foldCase && names.foldWhitespace)
    #expect(reward.bySource["more"]?.extraction == .boxed)
    #expect(reward.bySource["more"]?.kind == .auto)
    let form = try #require(reward.parts["form"])
    #expect(form.verifier.kind == .format && form.weight == 0.5)
  }

  @Test func `the resolved settings are read back as they are`() throws {
    let configuration = try loaded(yaml)
    let text = ConfigurationLoader.encodeYAML(configuration)
    #expect(try loaded(text) == configuration)
  }

  @Test(
    "a wrong key under a free one is named with the nearest",
    arguments: [
      ("reward.by_source.names.verifer=exact", "reward.by_source.names.verifier"),
      ("reward.by_source.fresh.fold_cases=true", "reward.by_source.fresh.fold_case"),
      ("reward.parts.form.wieght=2", "reward.parts.form.weight"),
    ])
  func nearest(override: String, key: String) {
    let error = #expect(throws: ConfigurationError.self) { try loaded(yaml, [override]) }
    #expect("\(String(describing: error))".contains("did you mean \(key)"), "\(error!)")
  }

  @Test(
    "a wrong value under a free key is refused with its key",
    arguments: [
      "reward.by_source.names.verifier=exakt", "reward.by_source.names.fold_case=7",
      "reward.by_source.names=exact", "reward.parts.form.weight=much",
    ])
  func values(override: String) {
    let error = #expect(throws: ConfigurationError.self) { try loaded(yaml, [override]) }
    #expect("\(error!)".contains(override.prefix { $0 != "=" }), "\(error!)")
  }
}
