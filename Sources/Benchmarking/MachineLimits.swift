// The machine's best, measured: the fastest matrix product of any path at hand, and the fastest
// reading of memory. Taken in the same run as the phases, for machines drift.

import Dispatch
import Foundation
package import Torch
import Training

/// What was found, and by which path.
package struct MachineLimits: Sendable {
  /// The two numbers.
  package var limits: BenchmarkLimits
  /// The path and shape of the fastest product.
  package var path: String

  /// Puts a measurement together.
  package init(limits: BenchmarkLimits, path: String) {
    self.limits = limits
    self.path = path
  }

  /// Measures; a few seconds.
  ///
  /// - Parameters:
  ///   - type: the type of the products' operands.
  ///   - device: where.
  /// - Returns: the best of several shapes and paths.
  @MainActor
  package static func measure(_ type: ElementType, on device: Device) -> MachineLimits {
    var best = MachineLimits(
      limits: BenchmarkLimits(operations: 0, bandwidth: bandwidth(on: device)), path: "")
    for (rows, inner, columns) in shapes(on: device) {
      for (name, product) in paths(rows, inner, columns, type, device) {
        let operations = 2.0 * Double(rows) * Double(inner) * Double(columns)
        let rate = operations / shortest { product() }
        if rate > best.limits.operations {
          best.limits.operations = rate
          best.path = "\(name), \(rows)×\(inner)×\(columns)"
        }
      }
    }
    return best
  }

  /// The better of two measurements, number by number.
  package func better(_ other: MachineLimits) -> MachineLimits {
    var result = other.limits.operations > limits.operations ? other : self
    result.limits.bandwidth = max(limits.bandwidth, other.limits.bandwidth)
    return result
  }

  /// Rows, inner length and columns: squares, and layers of the workloads.
  ///
  /// A GPU is only filled by a square that a CPU would take minutes for.
  private static func shapes(on device: Device) -> [(Int, Int, Int)] {
    let shapes = [
      (2048, 2048, 2048), (4096, 256, 1024), (512, 256, 1024), (4096, 512, 2048),
      (1536, 896, 4864),
    ]
    return device == .cpu ? shapes : shapes + [(8192, 8192, 8192)]
  }

  private static func paths(
    _ rows: Int, _ inner: Int, _ columns: Int, _ type: ElementType, _ device: Device
  ) -> [(String, () -> Void)] {
    let x = Tensor.normal([rows, inner], seed: 1).to(type, device: device)
    let weight = Tensor.normal([columns, inner], seed: 2).to(type, device: device)
    let packed = FusedLinear(weights: [weight], compute: type)
    return [
      ("libtorch", { withoutGradient { finish(x.linear(weight)) } }),
      ("packed", { withoutGradient { finish(packed(x)) } }),
    ]
  }

  /// Bytes a second: a gigabyte summed, by libtorch and on the CPU by plain loops too.
  @MainActor
  private static func bandwidth(on device: Device) -> Double {
    let bytes = 1 << 30
    let buffer = Tensor.ones([bytes / 4], device: device)
    let summed = shortest { finish(buffer.sum()) }
    guard device == .cpu else { return Double(bytes) / summed }
    let looped = MemoryReader(bytes: bytes).secondsOfOnePass
    return Double(bytes) / min(summed, looped)
  }

  /// Waits until a result is there.
  private static func finish(_ tensor: Tensor) {
    _ = tensor.reshaped([-1]).narrowed(0, 0..<1).item
  }

  /// The shortest of repeats, after one that does not count: at least five, for a fifth of a second.
  private static func shortest(_ body: () -> Void) -> Double {
    body()
    var best = Double.infinity
    var count = 0
    let whole = Stopwatch()
    while count < 5 || whole.seconds < 0.2 {
      let timer = Stopwatch()
      body()
      best = min(best, timer.seconds)
      count += 1
    }
    return best
  }
}

/// Memory that is read from end to end by every core.
private final class MemoryReader {
  private let words: UnsafeMutableBufferPointer<SIMD8<UInt64>>
  private let parts: Int

  init(bytes: Int) {
    words = .allocate(capacity: bytes / MemoryLayout<SIMD8<UInt64>>.stride)
    words.initialize(repeating: SIMD8(repeating: 1))
    parts = max(1, Machine.threads)
  }

  deinit { words.deallocate() }

  /// The shortest of several passes, in seconds.
  var secondsOfOnePass: Double {
    var best = Double.infinity
    for _ in 0..<6 {
      let timer = Stopwatch()
      var sums = [UInt64](repeating: 0, count: parts)
      let length = words.count / parts / 2 * 2
      sums.withUnsafeMutableBufferPointer { sums in
        nonisolated(unsafe) let sums = sums
        nonisolated(unsafe) let words = words
        DispatchQueue.concurrentPerform(iterations: parts) { part in
          guard let start = words.baseAddress.map({ $0 + part * length }) else { return }
          var (even, odd) = (SIMD8<UInt64>(repeating: 0), SIMD8<UInt64>(repeating: 0))
          for place in stride(from: 0, to: length - 1, by: 2) {
            even &+= start[place]
            odd &+= start[place + 1]
          }
          sums[part] = (even &+ odd).wrappedSum()
        }
      }
      precondition(sums.reduce(0, &+) == UInt64(8 * length * parts), "memory was misread")
      best = min(best, timer.seconds)
    }
    return best
  }
}
