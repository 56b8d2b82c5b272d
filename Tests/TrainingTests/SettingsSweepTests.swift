// Every number of a configuration at the values that break programs: a sentence or a run, never a trap.
// A trap ends the process of the tests, which no test survives.

import Foundation
import Settings
import Testing
import Training

@Suite("Extreme settings")
@MainActor
struct SettingsSweepTests {
  private static let values = [
    "-9223372036854775808", "-1", "0", "1", "3", "2147483648", "9007199254740992",
    "9223372036854775807", "1e308", "nan", "inf", "1e-320",
  ]

  /// The dotted keys of all single numbers, and of the first elements of lists of them.
  private func numericKeys(_ configuration: RunConfiguration) -> [String] {
    var path: [(indentation: Int, key: String)] = []
    var keys: [String] = []
    for line in ConfigurationLoader.encodeYAML(configuration).split(separator: "\n") {
      let indentation = line.prefix { $0 == " " }.count
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count > 0, !line.hasPrefix("#") else { continue }
      let key = parts[0].trimmingCharacters(in: .whitespaces)
      path.removeAll { $0.indentation >= indentation }
      path.append((indentation, key))
      let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
      if Double(value) != nil { keys.append(path.map(\.key).joined(separator: ".")) }
    }
    return keys
  }

  @Test("a dry run of any number is a sentence or an estimate")
  func dryRuns() throws {
    let tiny = try TinyRun.configuration()
    let keys = numericKeys(tiny)
    #expect(keys.count > 90, "\(keys.count)")
    #expect(keys.contains("model.num_attention_heads") && keys.contains("actor.optim.lr"))
    var (refused, accepted) = (0, 0)
    for key in keys {
      for value in Self.values {
        do {
          let configuration = try TinyRun.configuration(["\(key)=\(value)"])
          let estimate = try configuration.checkedForStart()
          #expect(estimate.total > 0 && !estimate.table.isEmpty)
          accepted += 1
        } catch let error as ConfigurationError {
          #expect(
            error.description.contains(key.split(separator: ".").last ?? ""),
            "\(key)=\(value): \(error)")
          refused += 1
        }
      }
    }
    #expect(refused > 500 && accepted > 150, "\(refused) refused, \(accepted) accepted")
  }

  @Test(
    "shapes that cannot be built are refused by their setting",
    arguments: [
      ("model.num_attention_heads=3", "model.num_attention_heads: 3 heads do not divide"),
      ("model.num_attention_heads=0", "model.num_attention_heads: 0 is not from 1"),
      ("model.num_hidden_layers=-1", "model.num_hidden_layers: -1 is not from 1"),
      ("model.hidden_size=4194304", "the model is too large for this machine"),
      ("trainer.device=cuda:7", "trainer.device"),
      ("data.max_response_length=4194305", "must be at most 4194304"),
      ("rollout.n=2147483648", "must be at most"),
      ("warm_start.batch_size=2147483648", "warm_start.batch_size: must be at most 4194304 texts"),
      ("rollout.val_kwargs.n=2147483648", "rollout.val_kwargs.n: must be at most 4194304 texts"),
      ("actor.ppo_epochs=2147483648", "actor.ppo_epochs: must be at most 4096"),
      ("trainer.threads=2147483648", "trainer.threads: must be at most 4096"),
    ])
  func shapes(override: String, words: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try TinyRun.configuration([override]).checkedForStart()
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }
}
