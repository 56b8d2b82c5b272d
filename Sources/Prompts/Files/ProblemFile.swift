// JSON lines in, problems out. A line that is not a usable problem is named with its file, number
// and reason; the settings say whether it stops the run or is counted and left out.

public import Foundation

/// Reads files of problems.
public enum ProblemFile {
  /// The longest line, in bytes.
  public static let lineLimit = 64 << 20

  /// How many of the lines left out are kept with their reasons.
  private static let badLinesKept = 20

  /// Reads files, one JSON object a line, in the order given.
  ///
  /// - Parameters:
  ///   - files: The files.
  ///   - settings: Which column is what, and what to do about unusable lines.
  ///   - lineLimit: The longest line, in bytes.
  /// - Returns: At least one problem.
  /// - Throws: `PromptError` for files that cannot be used, and for the first unusable line where
  ///   the settings say so.
  public static func load(
    _ files: [URL], settings: DataSettings, lineLimit: Int = ProblemFile.lineLimit
  ) throws(PromptError) -> ProblemSet {
    var set = ProblemSet()
    var collector = Collector(settings: settings)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for file in files {
      var reader = try LineReader(file, limit: lineLimit, hash: hash)
      defer { reader.close() }
      let name = file.deletingPathExtension().lastPathComponent
      while let line = try reader.next() {
        guard line.isTooLong || !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
          continue
        }
        set.rows += 1
        do throws(LineFault) {
          guard !line.isTooLong else {
            throw LineFault(reason: "the line is longer than \(lineLimit) bytes")
          }
          try collector.add(line.bytes, name: name, number: line.number, to: &set)
        } catch {
          guard settings.onBadLine == .skip else {
            throw .line(file: file.path, number: line.number, reason: error.reason)
          }
          set.skipped += 1
          if set.badLines.count < badLinesKept {
            set.badLines.append(
              .init(file: file.path, number: line.number, reason: error.reason))
          }
        }
      }
      hash = reader.hash
    }
    guard !set.problems.isEmpty else {
      let reason =
        set.badLines.first.map {
          "all \(set.rows) lines are unusable; the first, \($0.file):\($0.number): \($0.reason)"
        } ?? "there are no lines in it"
      throw .noProblems(files: files.map(\.path), reason: reason)
    }
    let digits = String(hash, radix: 16)
    set.fingerprint =
      "fnv1a64:" + String(repeating: "0", count: 16 - digits.count) + digits + ":\(set.rows)"
    return set
  }
}

/// Turns lines into problems and remembers what was there before.
private struct Collector {
  let columns: ProblemColumns
  let dropDuplicates: Bool
  private var ids: [String: String] = [:]
  private var seen: Set<[String]> = []

  init(settings: DataSettings) {
    columns = ProblemColumns(settings: settings)
    dropDuplicates = settings.dropDuplicates
  }

  mutating func add(
    _ bytes: ArraySlice<UInt8>, name: String, number: Int, to set: inout ProblemSet
  ) throws(LineFault) {
    if let place = bytes.firstIndex(of: 0) {
      throw LineFault(reason: "a NUL, at byte \(place - bytes.startIndex + 1) of the line")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw LineFault(reason: "not UTF-8, from byte \(firstBadByte(of: bytes)) of the line")
    }
    let row = try JSONReader.value(of: bytes)
    let (problem, schema) = try columns.problem(of: row, name: name, number: number)
    let isNew = seen.insert([problem.text, problem.truth]).inserted
    if !isNew {
      set.duplicates += 1
      if dropDuplicates { return }
    }
    if let other = ids[problem.id] {
      throw LineFault(reason: "the id '\(problem.id)' was used before, at \(other)")
    }
    ids[problem.id] = "\(name):\(number)"
    if set.problems.isEmpty { set.schema = schema }
    set.problems.append(problem)
  }

  /// Counted from 1.
  private func firstBadByte(of bytes: ArraySlice<UInt8>) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var good = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { good += scalar.count }
    return good + 1
  }
}
