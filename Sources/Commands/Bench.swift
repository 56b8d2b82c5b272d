// vapo bench: how fast this machine trains, phase by phase, beside what it could do at best.

import ArgumentParser
import Benchmarking
import Foundation
import Settings
import Torch
import Training

struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times generation, scoring and updates beside this machine's limits.",
    discussion: """
      Workloads: tiny (4 M weights, 512 responses of 128 tokens), small (34 M, 128 of 256), 135m \
      (SmolLM2-135M's shape, 32 of 128), half-b (Qwen2.5-0.5B's shape, 8 of 128), ragged (small's \
      model, 128 of 16 to 1024 tokens); all of these where none is named. For GPUs: half-b-wide and 1.5b-wide (Qwen2.5-1.5B's shape), 256 \
      responses of 512 tokens each. Weights are random and end of sequence is ignored. Phases: generation, \
      reference, values, actor, critic, and step, which is all of them in one. A limit is the time \
      that a phase's operations take at the fastest matrix product found here, or its reading at \
      the fastest read; a share is the limit over the measured time.
      """)

  @Argument(help: "tiny, small, 135m, half-b, ragged, half-b-wide, 1.5b-wide.")
  var workloads: [String] = []

  @Option(help: "Timed runs of a phase, after one that is not.")
  var repeats = 5

  @Option(help: "What matrix products run in: bfloat16 or float32.")
  var dtype = Precision.bfloat16

  @Option(
    help: "What trained weights and moments are stored in; without it float32, for half-b dtype.")
  var weights: Precision?

  @Option(help: "Which phases, separated by commas.", transform: readPhases)
  var phases = BenchmarkPhase.allCases

  @Option(name: .customLong("micro-batch"), help: "The most tokens of a micro-batch.")
  var maximumTokens: Int?

  @Option(help: "cpu, cuda, cuda:1.")
  var device = "cpu"

  @Option(help: "Threads of one operator; all cores without it.")
  var threads: Int?

  @Option(
    help: "Which of the house's own kernels are used, separated by commas; all without it.",
    transform: readKernels)
  var kernels = Kernel.allCases

  @Flag(help: "Memory before time: moments in eight bits, activations computed twice.")
  var frugal = false

  @Flag(
    help:
      "Draw with weights in eight bits (rollout.quantization=int8); its share is of the limit of dtype. With --phases generation alone."
  )
  var int8 = false

  @Flag(help: "Say ready and wait for a line, go, before every timed run: for Benchmarks/compare.")
  var paced = false

  @Option(help: "Write the figures as JSON to this file.")
  var json: String?

  @Option(
    help: "Write the workloads as Hugging Face folders into this one, for peers, and run nothing.",
    completion: .directory)
  var make: String?

  @MainActor
  func run() async throws {
    let chosen = try (workloads.isEmpty ? BenchmarkWorkload.names : workloads).map { name in
      guard let workload = BenchmarkWorkload(name) else {
        throw ValidationError(
          "'\(name)' is none of "
            + (BenchmarkWorkload.names + BenchmarkWorkload.largeNames).joined(separator: ", "))
      }
      return workload
    }
    guard !int8 || phases == [.generation] else {
      throw ValidationError(
        "--int8 is for drawing: a step would have to score what was drawn; add --phases generation")
    }
    if let threads { Machine.threads = threads }
    for kernel in Kernel.allCases { Kernel.set(kernel, to: kernels.contains(kernel)) }
    guard !int8 || device == "cpu" && Kernel.canRun && Kernel.isOn(.linear) else {
      throw ValidationError("--int8 is for CPUs with \(Kernel.needed) and the kernel 'linear'")
    }
    if let make {
      for workload in chosen {
        try workload.write(to: URL(filePath: make).appending(path: workload.name))
      }
      return
    }
    let console = Console()
    var report = BenchmarkReport()
    for workload in chosen { try measure(workload, &report, console) }
    console.endProgress()
    print(report.table)
    if let json { try report.json().write(to: URL(filePath: json), options: .atomic) }
  }

  @MainActor
  private func measure(
    _ workload: BenchmarkWorkload, _ report: inout BenchmarkReport, _ console: Console
  ) throws {
    var settings = BenchmarkSettings()
    settings.computeType = dtype.type
    settings.type = weights?.type ?? (workload.name == "half-b" ? dtype.type : .float32)
    settings.repeats = repeats
    settings.phases = phases
    settings.isFrugal = frugal
    settings.form = int8 ? .eightBit : .exact
    if let maximumTokens { settings.maximumTokens = maximumTokens }
    guard let device = Device(device) else {
      throw ValidationError("'\(device)' is none of cpu, cuda, cuda:<number>")
    }
    settings.device = device
    // Before and after: a machine that drifts is held to its best.
    report.add(MachineLimits.measure(dtype.type, on: device), of: dtype.type)
    let benchmark = BenchmarkRun(workload, settings)
    for phase in settings.phases {
      let result = benchmark.measure(phase) { run, last in
        console.progress(
          "\(workload.name) \(phase.rawValue)", done: run, of: settings.repeats + 1, unit: "runs",
          detail: last.map { $0.formatted(.number.precision(.fractionLength(3))) + " s" } ?? "")
        return !paced || run == 0 || takesTurn(phase, after: last)
      }
      if paced, result.seconds.count == settings.repeats, let last = result.seconds.last {
        tell(phase, last)
      }
      report.add(result, of: workload, settings)
    }
    report.add(MachineLimits.measure(dtype.type, on: device), of: dtype.type)
  }
}

extension Bench {
  /// Says what the run before took, and waits until the next may begin; false when none may.
  private func takesTurn(_ phase: BenchmarkPhase, after last: Double?) -> Bool {
    if let last { tell(phase, last) }
    say("ready")
    return readLine() == "go"
  }

  private func tell(_ phase: BenchmarkPhase, _ seconds: Double) {
    let peak = Double(PeakMemory.bytes(on: Device(device) ?? .cpu)) / 1_073_741_824
    say("ran {\"\(phase.rawValue)\": \(seconds), \"peak_gib\": \(peak)}")
  }
}

/// What numbers are kept in.
enum Precision: String, ExpressibleByArgument {
  case bfloat16, float32

  var type: ElementType {
    switch self {
    case .bfloat16: .bfloat16
    case .float32: .float32
    }
  }
}

/// Reads a list of phases.
private func readPhases(_ list: String) throws -> [BenchmarkPhase] {
  try read(list, BenchmarkPhase.init(rawValue:), of: BenchmarkPhase.allCases.map(\.rawValue))
}

/// Reads a list of kernels, "none" for none.
private func readKernels(_ list: String) throws -> [Kernel] {
  guard list != "none" else { return [] }
  return try read(list, Kernel.init(rawValue:), of: Kernel.allCases.map(\.rawValue) + ["none"])
}

private func read<Element>(
  _ list: String, _ make: (String) -> Element?, of names: [String]
) throws -> [Element] {
  try list.split(separator: ",").map { name in
    guard let element = make(String(name)) else {
      throw ValidationError("'\(name)' is none of \(names.joined(separator: ", "))")
    }
    return element
  }
}
