// The benchmark's workloads and limits: the work is what it says, and the limits are those that
// earlier measurements were held to.

import Benchmarking
import Foundation
import Testing
import Torch
import Transformers

@Suite struct BenchTests {
  @Test("The workloads have the tokens that all figures are taken with")
  func tokens() throws {
    let expected = [
      ("tiny", 512, 65536, 75184), ("small", 128, 32768, 36920), ("135m", 32, 4096, 7296),
      ("half-b", 8, 1024, 1536),
    ]
    for (name, rows, responses, all) in expected {
      let workload = try #require(BenchmarkWorkload(name))
      #expect(workload.lengths.count == rows)
      #expect(workload.responseTokens == responses)
      #expect(workload.allTokens == all)
    }
    let ragged = try #require(BenchmarkWorkload("ragged"))
    #expect(ragged.lengths.count == 128)
    #expect(ragged.lengths.allSatisfy { (16...1024).contains($0) })
    #expect(Set(ragged.lengths).count > 64)
    #expect(BenchmarkWorkload("large") == nil)
  }

  @Test("A workload is the same every time, and no prompt holds the token that ends a text")
  func repeatable() throws {
    for name in BenchmarkWorkload.names {
      let workload = try #require(BenchmarkWorkload(name))
      #expect(workload == BenchmarkWorkload(name))
      #expect(
        workload.prompts.joined().allSatisfy { (1..<workload.model.vocabularySize).contains($0) })
    }
  }

  // From design/performance.md: 999.0 GFLOP/s and 48.0 GB/s in bfloat16, 489.4 in float32.
  @Test(
    "The least times are those of the published table",
    arguments: [
      ("tiny", ElementType.bfloat16, 120_107.0, 121_892.0, 40_631.0, 5.47),
      ("tiny", .float32, 58_839, 59_713, 19_904, 11.17),
      ("small", .bfloat16, 14_177, 14_476, 4825, 22.16),
      ("small", .float32, 6945, 7092, 2364, 45.24),
      ("half-b", .bfloat16, 384, 1103, 368, 12.69),
      ("half-b", .float32, 192, 540, 180, 25.79),
    ])
  func limits(
    name: String, type: ElementType, generation: Double, scoring: Double, training: Double,
    step: Double
  ) throws {
    let workload = try #require(BenchmarkWorkload(name))
    let limits = BenchmarkLimits(
      operations: type == .bfloat16 ? 999.0e9 : 489.4e9, bandwidth: 48.0e9)
    func rate(_ phase: BenchmarkPhase) -> Double {
      Double(workload.tokens(of: phase)) / workload.leastSeconds(of: phase, limits, type: type)
    }
    #expect(abs(rate(.generation) / generation - 1) < 0.002)
    #expect(abs(rate(.reference) / scoring - 1) < 0.002)
    #expect(abs(rate(.actor) / training - 1) < 0.002)
    #expect(abs(workload.leastSeconds(of: .step, limits, type: type) / step - 1) < 0.002)
  }

  @Test("The middle of an even number of runs is between two")
  func median() {
    #expect(BenchmarkResult(phase: .step, seconds: [4, 1, 3], peakBytes: 0).median == 3)
    #expect(BenchmarkResult(phase: .step, seconds: [4, 1, 3, 2], peakBytes: 0).median == 2.5)
  }

  @Test("The table holds a line a phase, its share of the limit, and its memory")
  func table() throws {
    let workload = try #require(BenchmarkWorkload("tiny"))
    var report = BenchmarkReport()
    let limits = BenchmarkLimits(operations: 999.0e9, bandwidth: 48.0e9)
    report.add(MachineLimits(limits: limits, path: "packed"), of: .bfloat16)
    report.add(
      BenchmarkResult(phase: .step, seconds: [10.94, 12, 9], peakBytes: 3 << 29), of: workload,
      BenchmarkSettings())
    let line = try #require(report.table.split(separator: "\n").last)
    let fields = line.split(separator: " ").map(String.init)
    #expect(fields[0...4] == ["tiny", "step", "10.940", "9.000", "12.000"])
    #expect(fields[5] == "6872")
    #expect(fields[7] == "50.0%")
    #expect(fields[8] == "1.50")
  }

  @Test("A folder of a workload loads with the weights the benchmark runs on")
  @MainActor
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let workload = try #require(BenchmarkWorkload("tiny"))
    try workload.write(to: folder)
    let loaded = try ModelFolder.languageModel(at: folder)
    let made = workload.policy(type: .float32, computeType: .float32, device: .cpu)
    let name = "model.layers.3.mlp.down_proj.weight"
    #expect(loaded.parameters[name].floats == made.parameters[name].floats)
    let text = try String(
      contentsOf: folder.appending(path: "workload.json"), encoding: .utf8)
    #expect(text.contains("\"lengths\":[128,128"))
  }
}
