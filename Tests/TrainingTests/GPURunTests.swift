// Whole runs on a GPU: they repeat bit for bit, resume bit for bit, and learn what a CPU learns.
// Skipped where there is no GPU; dev/gpu-check runs them where there is one.

import Foundation
import Generation
import Settings
import Testing
import Torch
import Training

@MainActor @Suite(.serialized, .enabled(if: Machine.cudaDeviceCount > 0))
struct GPURunTests {
  @Test(arguments: ["vapo", "grpo"])
  func `a run on a GPU that is cut off anywhere ends as one that was not`(method: String)
    async throws
  {
    let configuration = try TinyRun.configuration(["trainer.device=cuda", "algorithm=\(method)"])
    try await withRunFolder { root in
      let whole = root.appending(path: "count")
      #expect(try await TinyRun.train(configuration, in: whole) == .finished)
      let steps = try TinyRun.metrics(of: whole).count
      try await TinyRun.expectResumable(configuration, steps: steps, in: root)
    }
  }

  @Test func `the first steps on a GPU are the CPU's within rounding`() async throws {
    try await withRunFolder { root in
      var metrics: [[[String: Double]]] = []
      for device in ["cpu", "cuda"] {
        let folder = root.appending(path: device)
        let configuration = try TinyRun.configuration(["trainer.device=\(device)"])
        #expect(try await TinyRun.train(configuration, in: folder) == .finished)
        metrics.append(
          try TinyRun.metrics(of: folder).map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["data"] as? [String: Double] ?? [:]
          })
      }
      // The warm start imitates fixed texts: nothing is drawn that rounding could turn.
      for (here, there) in zip(metrics[0].prefix(3), metrics[1].prefix(3)) {
        for name in here.keys where name.contains("loss") || name.contains("grad_norm") {
          let (a, b) = (try #require(here[name]), try #require(there[name]))
          #expect(abs(a - b) <= 1e-3 * max(1, abs(a)), "\(name): \(a), \(b)")
        }
      }
    }
  }

  @Test(arguments: [
    SamplingSettings(), SamplingSettings(temperature: 0), SamplingSettings(temperature: 0.6),
    SamplingSettings(topK: 20), SamplingSettings(topP: 0.9), SamplingSettings(minP: 0.1),
  ])
  func `a GPU draws the tokens that the CPU draws`(settings: SamplingSettings) {
    let numbers = Tensor.normal([64, 151_936], deviation: 2, seed: 3)
    let uniforms = Tensor.uniform([64], in: 0..<1, seed: 4).doubles
    let here = sample(logits: numbers, settings: settings, uniforms: uniforms)
    let onGPU = numbers.to(device: .cuda(0))
    let there = sample(logits: onGPU, settings: settings, uniforms: uniforms)
    #expect(sample(logits: onGPU, settings: settings, uniforms: uniforms) == there)
    let same = here.tokens.indices.filter { here.tokens[$0] == there.tokens[$0] }
    // A uniform number that falls on the border of two tokens may go either way.
    #expect(same.count >= 63)
    for draw in same { #expect(abs(here.logProbs[draw] - there.logProbs[draw]) < 2e-5) }
  }
}
