// Reading and writing weights.

import Benchmark
import Foundation
import Torch

private let file = FileManager.default.temporaryDirectory
  .appending(path: "vapo-micro-\(ProcessInfo.processInfo.processIdentifier)")

/// 64 MiB in 16 tensors, read from the system's cache of files; "each" is a KiB.
func files() {
  let tensors = (0..<16).map { place in
    (name: "layer.\(place)", tensor: Tensor.normal([1024, 1024], seed: UInt64(place)))
  }
  atexit { try? FileManager.default.removeItem(at: file) }
  benchmark("safetensors: writing, a KiB", count: 1 << 16) {
    do { try Safetensors.write(tensors, to: file) } catch { fatalError("\(error)") }
  }
  benchmark("safetensors: reading, a KiB", count: 1 << 16) {
    do {
      if !FileManager.default.fileExists(atPath: file.path) {
        try Safetensors.write(tensors, to: file)
      }
      let stored = try SafetensorsFile(file)
      for (name, _) in tensors { blackHole(try stored.tensor(name)) }
    } catch { fatalError("\(error)") }
  }
}
