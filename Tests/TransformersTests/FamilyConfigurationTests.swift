// What config.json may say in one family alone.

import Foundation
import Testing
import Transformers

@Suite struct FamilyConfigurationTests {
  private func read(_ changes: [String: String]) throws -> ModelConfiguration {
    try ModelConfiguration(json: ConfigurationTests.json(changes), file: "config.json")
  }

  @Test(arguments: [
    ("phi3", "partial_rotary_factor", "1.5", "partial_rotary_factor: 1.5 is not from 0 to 1"),
    ("phi3", "partial_rotary_factor", "0.75", "partial_rotary_factor: 0.75 of 4 places are 3"),
    (
      "phi3", "rope_scaling", "{\"type\": \"longrope\", \"factor\": 4}",
      "rope_scaling: short_factor: is missing"
    ),
    (
      "phi3", "rope_scaling",
      "{\"type\": \"su\", \"short_factor\": [1], \"long_factor\": [1]}",
      "short_factor: has 1 factors, not 2"
    ),
    (
      "phi3", "rope_scaling",
      "{\"type\": \"su\", \"short_factor\": [1, 0], \"long_factor\": [1, 2]}",
      "short_factor: 0.0 is not above 0"
    ),
    ("qwen3_moe", "num_experts", "0", "num_experts: 0 is not from 1"),
    ("qwen3_moe", "num_experts", "7", "num_experts_per_tok: 8 is not from 1 to the 7 experts"),
    ("qwen3_moe", "moe_intermediate_size", "-1", "moe_intermediate_size: -1 is not from 1"),
    ("qwen3_moe", "decoder_sparse_step", "0", "decoder_sparse_step: 0 is not from 1"),
    ("glm4", "layer_types", "[\"full_attention\", \"sliding_attention\"]", "in this family"),
  ])
  func `what a family cannot be is refused by key and value`(
    family: String, key: String, value: String, words: String
  ) throws {
    let error = #expect(throws: ModelError.self) {
      try read(["model_type": "\"\(family)\"", "head_dim": "4", key: value])
    }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("config.json: ") && text.contains(words), "\(text)")
  }

  @Test func `searched frequencies are read, and a model of them as far as the short ones reach`()
    throws
  {
    let read = try read([
      "model_type": "\"phi3\"", "original_max_position_embeddings": "16",
      "rope_scaling":
        "{\"type\": \"longrope\", \"short_factor\": [1, 2], \"long_factor\": [3, 4]}",
    ])
    // Four times the positions: √(1 + ln 4 / ln 16) = √1.5.
    #expect(
      read.ropeScaling
        == .longRope(
          LongRopeScaling(
            shortFactors: [1, 2], longFactors: [3, 4], originalPositions: 16, factor: 4,
            attentionFactor: 1.5.squareRoot())))
    #expect(read.maximumPositions == 64 && read.readablePositions == 16)
    let found = read.ropeScaling.frequencies(headSize: 4, theta: 100)
    #expect(zip(found, [1, 0.05]).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
