// vapo doctor: what was found on this machine, and what to do about what was not.

import ArgumentParser
import Children
import Foundation
import Prompts
import Settings
import Torch

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what was found: Swift, libtorch, CPU, threads, GPU, memory, disk.")

  func run() async throws {
    for (name, value) in await findings {
      print(name.padding(toLength: 12, withPad: " ", startingAt: 0) + value)
    }
  }

  private var findings: [(String, String)] {
    get async {
      let sandbox = Sandbox()
      let complaint = await sandbox.check()
      return found(
        sandbox: complaint.map { "none, needed only to grade code: \($0)" }
          ?? "can be made; \(sandbox.memoryKeeper() ?? "")")
    }
  }

  private func found(sandbox: String) -> [(String, String)] {
    let setup = Setup.read()
    let gpus = Machine.cudaDeviceCount
    return [
      ("swift", setup?.swift ?? "built with \(Self.compiler)"),
      ("libtorch", "\(Machine.libtorchVersion) at \(setup?.libtorch ?? "an unknown place")"),
      ("  found in", setup?.origin ?? "unknown: built without the door script"),
      ("parquet", ParquetSupport.summary),
      ("sandbox", sandbox),
      ("cpu", "\(Self.cpuModel), libtorch uses \(Machine.cpuCapability)"),
      ("kernels", kernels),
      ("threads", "\(Machine.threads) of \(ProcessInfo.processInfo.activeProcessorCount) cores"),
      ("gpu", gpus == 0 ? "none that libtorch can use" : "\(gpus), CUDA, \(exchange)"),
      ("memory", bytes(Int64(ProcessInfo.processInfo.physicalMemory))),
      ("disk", "\(freeDisk) free in the current folder"),
    ]
  }

  private var exchange: String {
    ProcessGroup.carriesDevices
      ? "NCCL between them" : "what travels between them goes over the host's memory"
  }

  private var kernels: String {
    guard Kernel.canRun else {
      let how = ElementType.bfloat16.isWidenedForProducts ? "; they are taken in float32" : ""
      return "none: built for \(Kernel.needed), which this CPU lacks\(how)"
    }
    let all = Kernel.allCases.map(\.rawValue).formatted(.list(type: .and))
    return "our own for \(all), with \(Kernel.needed)"
  }

  private static var compiler: String {
    #if compiler(>=6.3)
    "Swift 6.3 or later"
    #else
    "Swift 6.2"
    #endif
  }

  private static var cpuModel: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }

  private var freeDisk: String {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: ".")
    return (attributes?[.systemFreeSize] as? NSNumber).map { bytes($0.int64Value) } ?? "unknown"
  }

  private func bytes(_ count: Int64) -> String {
    ByteCountFormatStyle(style: .memory).format(count)
  }
}

/// What the door script wrote about its set-up.
private struct Setup: Decodable {
  var swift: String?
  var libtorch: String?
  var origin: String?

  static func read() -> Setup? {
    let file = Places.root.appending(path: ".vapo/setup.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(Setup.self, from: data)
  }
}
