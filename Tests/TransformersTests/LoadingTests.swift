// How long a folder takes to load and how much memory, against reading its files alone. Runs only
// when VAPO_LOAD names a folder, as one made by Tools/models/make_model.py --qwen2.5-0.5b:
//
//     VAPO_LOAD=/tmp/half-billion swift test -c release --filter LoadingTests

import Foundation
import Glibc
import Testing
import Torch
import Transformers

@Suite(.enabled(if: ProcessInfo.processInfo.environment["VAPO_LOAD"] != nil), .serialized)
struct LoadingTests {
  private let folder = URL(filePath: ProcessInfo.processInfo.environment["VAPO_LOAD"] ?? "")

  /// How many seconds `body` took, and the most memory this process held meanwhile, in bytes.
  private func peak(_ body: () throws -> Void) throws -> (seconds: Double, bytes: Int) {
    // 5 resets the peak; see proc(5).
    try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    let start = ContinuousClock.now
    try body()
    return ((ContinuousClock.now - start) / .seconds(1), try resident("VmHWM"))
  }

  private func resident(_ key: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(key) })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }

  /// Reads every weight file into memory of its own, and returns its size.
  private func read() throws -> Int {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "safetensors" }
      .reduce(0) { try $0 + Data(contentsOf: $1).count }
  }

  @Test func `a folder loads in little more than it takes to read, and holds no weight twice`()
    throws
  {
    let name = ProcessInfo.processInfo.environment["VAPO_LOAD_TYPE"] ?? "bfloat16"
    let type = try #require(ElementType(rawValue: name))
    var stored = try read()
    // Later loads take the memory that earlier ones gave back, which the process still holds.
    let before = try resident("VmRSS")
    for _ in 0..<3 {
      let reading = try peak { stored = try read() }
      var kept: LanguageModel?
      let loading = try peak { kept = try ModelFolder.languageModel(at: folder, type: type) }
      let weights = try #require(kept).parameters.elementCount * type.byteCount
      let extra = loading.bytes - before - weights
      print(
        "\(type): \(stored >> 20) MiB read in \(reading.seconds) s, loaded in \(loading.seconds) s",
        "(\(loading.seconds / reading.seconds)), \(weights >> 20) MiB of weights,",
        "\(extra >> 20) MiB more at the peak")
      #expect(extra < 64 << 20)
    }
  }
}
