// BenchmarkReport: measurements of workloads as one aligned table, and as JSON for other programs.

package import Foundation
package import Torch
import Training

/// What a run of the benchmark found.
package struct BenchmarkReport {
  private struct Entry {
    var workload: BenchmarkWorkload
    var settings: BenchmarkSettings
    var result: BenchmarkResult
  }

  /// The machine's best in each type that was used.
  package private(set) var machine: [ElementType: MachineLimits] = [:]
  private var entries: [Entry] = []

  /// An empty report.
  package init() {}

  /// Takes a measurement of the machine; the better of several stands.
  package mutating func add(_ limits: MachineLimits, of type: ElementType) {
    machine[type] = machine[type]?.better(limits) ?? limits
  }

  /// Takes a phase's result.
  package mutating func add(
    _ result: BenchmarkResult, of workload: BenchmarkWorkload, _ settings: BenchmarkSettings
  ) {
    entries.append(Entry(workload: workload, settings: settings, result: result))
  }

  /// The limits and every phase, aligned.
  package var table: String {
    var rows = [
      ["workload", "phase", "seconds", "from", "to", "tokens/s", "limit s", "share", "peak GiB"]
    ]
    for entry in entries {
      let seconds = entry.result.seconds
      let least = least(entry)
      rows.append([
        entry.workload.name, entry.result.phase.rawValue, fixed(entry.result.median, 3),
        fixed(seconds.min() ?? .nan, 3), fixed(seconds.max() ?? .nan, 3),
        fixed(rate(entry), 0), fixed(least, 3), fixed(100 * least / entry.result.median, 1) + "%",
        fixed(gibibytes(entry), 2),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { column, text in
        let blanks = String(repeating: " ", count: widths[column] - text.count)
        return column < 2 ? text + blanks : blanks + text
      }.joined(separator: "  ")
    }
    return (limitLines + [""] + lines).joined(separator: "\n")
  }

  private var limitLines: [String] {
    machine.sorted { $0.key.rawValue < $1.key.rawValue }.map { type, found in
      """
      limits: \(type.rawValue) \(fixed(found.limits.operations / 1e9, 1)) GFLOP/s (\(found.path)), \
      read \(fixed(found.limits.bandwidth / 1e9, 1)) GB/s, \(Machine.threads) threads
      """
    }
  }

  private func least(_ entry: Entry) -> Double {
    let type = entry.settings.computeType
    guard let limits = machine[type]?.limits else { return .nan }
    return entry.workload.leastSeconds(of: entry.result.phase, limits, type: type)
  }

  private func rate(_ entry: Entry) -> Double {
    Double(entry.workload.tokens(of: entry.result.phase)) / entry.result.median
  }

  private func gibibytes(_ entry: Entry) -> Double {
    Double(entry.result.peakBytes) / Double(1 << 30)
  }

  private func fixed(_ value: Double, _ digits: Int) -> String {
    value.formatted(
      .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en")))
  }

  /// The same as JSON: `limits` by type, and `phases`.
  package func json() throws -> Data {
    struct Limits: Encodable {
      var type: String
      var gigaflops: Double
      var path: String
      var gigabytesASecond: Double
      var threads: Int
    }
    struct Phase: Encodable {
      var workload: String
      var phase: String
      var computeType: String
      var type: String
      var maximumTokens: Int
      var median: Double
      var seconds: [Double]
      var tokens: Int
      var limitSeconds: Double
      var share: Double
      var peakGiB: Double
    }
    struct Report: Encodable {
      var limits: [Limits]
      var phases: [Phase]
    }
    let report = Report(
      limits: machine.sorted { $0.key.rawValue < $1.key.rawValue }.map { type, found in
        Limits(
          type: type.rawValue, gigaflops: found.limits.operations / 1e9, path: found.path,
          gigabytesASecond: found.limits.bandwidth / 1e9, threads: Machine.threads)
      },
      phases: entries.map { entry in
        Phase(
          workload: entry.workload.name, phase: entry.result.phase.rawValue,
          computeType: entry.settings.computeType.rawValue, type: entry.settings.type.rawValue,
          maximumTokens: entry.settings.maximumTokens, median: entry.result.median,
          seconds: entry.result.seconds, tokens: entry.workload.tokens(of: entry.result.phase),
          limitSeconds: least(entry), share: least(entry) / entry.result.median,
          peakGiB: gibibytes(entry))
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(report)
  }
}
