// The journal of a run: one line of numbers a step, and the rollouts behind them. Reading it
// never needs the trainer; a run that is killed and resumed leaves no step out and none twice.
//
//     metrics.jsonl             {"step": 7, "data": {"actor/pg_loss": 0.01, ...}}
//     rollouts/7.jsonl          one response a line
//     validation/7.jsonl        the same for evaluation

import Checkpoints
public import Foundation

/// Why the journal cannot be kept.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file cannot be read or written.
  case unwritable(file: String, reason: String)
  /// A step was reported that is not after the last one.
  case repeatedStep(Int, last: Int)

  /// One line.
  public var description: String {
    switch self {
    case .unwritable(let file, let reason): "\(file): \(reason)"
    case .repeatedStep(let step, let last): "step \(step) reported after step \(last)"
    }
  }
}

/// Writes what a run has to say for programs.
public final class Journal {
  /// The kinds of dump, each a folder of the run.
  public enum Dump: String, CaseIterable, Sendable {
    /// Training responses.
    case rollouts
    /// Evaluation responses.
    case validation
  }

  /// The last step with a line.
  public private(set) var lastStep = Int.min
  private let folder: String
  private let metrics: String
  private let resumed: Int?
  private var descriptor: Int32 = -1

  /// The journal of a run, which touches nothing until it is begun.
  ///
  /// - Parameters:
  ///   - runFolder: the run.
  ///   - step: the step that the run goes on after; nil starts over.
  public init(runFolder: URL, resumingAfter step: Int?) {
    var folder = runFolder.path(percentEncoded: false)
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    self.folder = folder
    metrics = "\(folder)/\(RunFolder.metricsName)"
    resumed = step
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Opens the journal; to be called once, before anything is recorded.
  ///
  /// The run's folder is made where it is missing. Lines and dumps of steps after the one that the run
  /// goes on after are cut off, as is a last line that a crash tore; all lines go where it starts over.
  ///
  /// - Throws: which file cannot be written.
  public func begin() throws(JournalError) {
    precondition(descriptor < 0, "a journal that was begun")
    let step = resumed ?? .min
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      lastStep = try Self.cutLines(of: metrics, after: step)
      try Self.cutDumps(in: folder, after: step)
      descriptor = open(metrics, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw SystemFailure("open", metrics) }
    } catch {
      throw .unwritable(file: metrics, reason: reason(of: error))
    }
  }

  /// Adds a step's line, whole or not at all as far as the process's own death goes.
  public func record(_ report: StepReport) throws(JournalError) {
    guard report.step > lastStep else { throw .repeatedStep(report.step, last: lastStep) }
    do {
      try DurableFile.writeAll(Array("\(report.line)\n".utf8), to: descriptor, path: metrics)
    } catch {
      throw .unwritable(file: metrics, reason: reason(of: error))
    }
    lastStep = report.step
  }

  /// Waits until all lines are on the disk; to be called before a checkpoint is saved.
  public func synchronize() throws(JournalError) {
    guard fsync(descriptor) == 0 else {
      throw .unwritable(file: metrics, reason: "\(SystemFailure("fsync", metrics))")
    }
  }

  /// Writes a step's responses; the file appears when it is whole, and replaces one of the step.
  public func dump(
    _ rollouts: some Sequence<RolloutRecord>, step: Int, to kind: Dump = .rollouts
  ) throws(JournalError) {
    let place = "\(folder)/\(kind.rawValue)"
    let file = "\(place)/\(step).jsonl"
    let temporary = "\(place)/.\(step).jsonl.tmp"
    do {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try DurableFile.opened(temporary, O_WRONLY | O_CREAT | O_TRUNC) { descriptor in
        for rollout in rollouts {
          try DurableFile.writeAll(
            Array("\(rollout.line(step: step))\n".utf8), to: descriptor, path: temporary)
        }
      }
      try DurableFile.move(temporary, to: file)
    } catch {
      unlink(temporary)
      throw .unwritable(file: file, reason: reason(of: error))
    }
  }
}

// MARK: - Resuming

extension Journal {
  /// Keeps the lines of steps up to `step`, each once, and drops torn ones.
  ///
  /// - Returns: the last step kept; the smallest number if none is.
  private static func cutLines(of path: String, after step: Int) throws -> Int {
    let bytes: [UInt8]
    do {
      bytes = try DurableFile.contents(of: path, atMost: .max)
    } catch let failure as SystemFailure where failure.code == ENOENT {
      return .min
    }
    var last = Int.min
    var kept: [UInt8] = []
    var rest = bytes[...]
    // What follows the last newline was torn off by a crash.
    while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[...newline]
      rest = rest[(newline + 1)...]
      guard let found = Self.step(of: line.dropLast()), found > last, found <= step else {
        continue
      }
      last = found
      kept += line
    }
    if kept.count != bytes.count { try DurableFile.replace(path, with: kept) }
    return last
  }

  /// The step of a line in our own shape; nothing for any other line.
  private static func step(of line: ArraySlice<UInt8>) -> Int? {
    let opening = Array(#"{"step": "#.utf8)
    guard line.starts(with: opening), line.reversed().starts(with: "}}".utf8) else { return nil }
    let digits = line.dropFirst(opening.count).prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
    guard line.dropFirst(opening.count + digits.count).starts(with: #", "data": {"#.utf8) else {
      return nil
    }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// Deletes the dumps of steps after `step` and what a crash left of unfinished ones.
  private static func cutDumps(in folder: String, after step: Int) throws {
    for kind in Dump.allCases {
      let place = "\(folder)/\(kind.rawValue)"
      guard let names = try? DurableFile.names(in: place) else { continue }
      for name in names {
        let stem = name.hasSuffix(".jsonl") ? Int(name.dropLast(6)) : nil
        let isLater = stem.map { $0 > step } ?? false
        let isUnfinished = name.hasPrefix(".") && name.hasSuffix(".jsonl.tmp")
        if isLater || isUnfinished, unlink("\(place)/\(name)") != 0 {
          throw SystemFailure("unlink", "\(place)/\(name)")
        }
      }
    }
  }
}
