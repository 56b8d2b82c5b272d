// The parts that a step calls often and that are no matrix products: credit, packing, drawing,
// text, grading, files. Each is timed alone, on inputs from fixed seeds.
//
//     cd Benchmarks && swift package --disable-sandbox benchmark --no-progress

import Benchmark
import Foundation
import Torch

/// What a benchmark's own unit of work takes, in picoseconds.
let each = BenchmarkMetric.custom("ps each", polarity: .prefersSmaller, useScalingFactor: false)

/// Times a body that does `count` units of work, and reports the time of one beside the whole.
func benchmark(_ name: String, count: Int, _ body: @escaping () -> Void) {
  nonisolated(unsafe) let body = body
  Benchmark(
    name,
    configuration: .init(
      metrics: [.wallClock, each], warmupIterations: 2, maxDuration: .seconds(3),
      maxIterations: 200)
  ) { benchmark in
    let clock = ContinuousClock()
    let start = clock.now
    body()
    let seconds = (clock.now - start) / .seconds(1)
    benchmark.measurement(each, Int(seconds * 1e12 / Double(count)))
  }
}

let benchmarks: @Sendable () -> Void = {
  Machine.useCachingAllocator()
  credit()
  packing()
  drawing()
  text()
  grading()
  files()
}

/// SplitMix64: inputs that are the same everywhere.
struct Draws: RandomNumberGenerator {
  var state: UInt64 = 4

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
