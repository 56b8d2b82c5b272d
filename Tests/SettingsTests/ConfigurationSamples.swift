// A small configuration with everything a real one has: sections, numbers of both kinds, texts, a
// choice, lists and a dictionary.

import Foundation
import Settings
import TestSupport

struct SampleConfiguration: Codable, Equatable {
  enum Schedule: String, Codable, CaseIterable { case constant, cosine, linear }

  struct Optimizer: Codable, Equatable {
    var rate = 1e-6
    var warmup = 0
    var schedule = Schedule.constant

    enum CodingKeys: String, CodingKey {
      case rate = "lr"
      case warmup, schedule
    }
  }

  struct Actor: Codable, Equatable {
    var clipLow = 0.2
    var clipHigh: Float = 0.28
    var optimizer = Optimizer()

    enum CodingKeys: String, CodingKey {
      case clipLow = "clip_ratio_low"
      case clipHigh = "clip_ratio_high"
      case optimizer = "optim"
    }
  }

  struct Algorithm: Codable, Equatable {
    var preset = "vapo"
    var gamma = 1.0
  }

  struct Trainer: Codable, Equatable {
    var name = "walk"
    var steps: Int32 = 100
    var seed: UInt64 = 7
    var tests = true
    var logger = ["console", "jsonl"]
    var sizes: [Int] = []
  }

  struct Columns: Codable, Equatable {
    var columns: [String: String] = [:]
    var weights: [String: Double] = ["walk": 1]
  }

  var trainer = Trainer()
  var data = Columns()
  var algorithm = Algorithm()
  var actor = Actor()
  var critic = Optimizer()
}

/// The sample with one file laid over it.
func loaded(_ yaml: String) throws -> SampleConfiguration {
  try loaded(bytes: Array(yaml.utf8))
}

func loaded(bytes: [UInt8]) throws -> SampleConfiguration {
  try withTemporaryFolder { folder in
    let file = folder.appending(path: "recipe.yaml")
    try Data(bytes).write(to: file)
    let tree = try ConfigurationLoader.parse(file: file)
    return try ConfigurationLoader.apply(tree, to: SampleConfiguration())
  }
}

/// The sample with overrides laid over it.
func overridden(_ overrides: String...) throws -> SampleConfiguration {
  let tree = try ConfigurationLoader.parse(overrides: overrides)
  return try ConfigurationLoader.apply(tree, to: SampleConfiguration())
}

/// What a configuration is refused with, the folder of the file left out; "accepted" when it is
/// not.
func refusal(_ load: () throws -> SampleConfiguration) -> String {
  do {
    _ = try load()
    return "accepted"
  } catch let error as ConfigurationError {
    let text = error.description
    return text.range(of: "recipe.yaml").map { String(text[$0.lowerBound...]) } ?? text
  } catch {
    return "\(error)"
  }
}
