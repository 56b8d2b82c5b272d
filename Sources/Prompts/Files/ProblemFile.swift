// Files in, problems out. A row that is not a usable problem is named with its file, number and
// reason; the settings say whether it stops the run or is counted and left out. A file that cannot
// be read to its end always stops: nobody knows what is in the rest.

public import Foundation

/// Reads files of problems.
public enum ProblemFile {
  /// The longest line, in bytes.
  public static let lineLimit = 64 << 20

  /// Reads files, JSON lines or Parquet, in the order given.
  ///
  /// - Parameters:
  ///   - files: The files.
  ///   - settings: Which column is what, and what to do about unusable rows.
  ///   - lineLimit: The longest line, in bytes.
  /// - Returns: At least one problem.
  /// - Throws: `PromptError` for files that cannot be used, and for the first unusable row where
  ///   the settings say so.
  public static func load(
    _ files: [URL], settings: DataSettings, lineLimit: Int = ProblemFile.lineLimit
  ) throws(PromptError) -> ProblemSet {
    let set = try read(files, settings: settings, lineLimit: lineLimit)
    guard !set.problems.isEmpty else {
      let reason =
        set.badLines.first.map {
          "all \(set.rows) rows are unusable; the first, \($0.file):\($0.number): \($0.reason)"
        } ?? "there are no lines in it"
      throw .noProblems(files: files.map(\.path), reason: reason)
    }
    return set
  }

  /// Reads files like `load`, and takes it if there is no problem in them.
  public static func read(
    _ files: [URL], settings: DataSettings, lineLimit: Int = ProblemFile.lineLimit
  ) throws(PromptError) -> ProblemSet {
    var set = ProblemSet()
    var collector = Collector()
    var hash = ContentHash()
    for file in files {
      var rows = try RowReader(
        file, columns: { ColumnPlan.mayNeed($0, settings) }, lineLimit: lineLimit, hash: hash)
      defer { rows.close() }
      let sample = try rows.peek(ColumnPlan.sampleSize).compactMap { try? $0.content.get() }
      let plan = ColumnPlan(rows: sample, names: rows.columnNames, settings: settings)
      set.files.append(.init(file: file.path, format: rows.description, plan: plan))
      let columns = ProblemColumns(
        plan: plan, settings: settings, name: file.deletingPathExtension().lastPathComponent,
        names: rows.columnNames)
      while let row = try rows.next() {
        set.rows += 1
        do throws(LineFault) {
          let (problem, kind) = try columns.problem(of: try row.content.get(), number: row.number)
          let place = "\(columns.name):\(row.number)"
          guard
            try collector.isKept(problem, at: place, settings.dropDuplicates, &set.duplicates)
          else { continue }
          set.labelKinds[kind, default: 0] += 1
          set.problems.append(problem)
        } catch {
          let bad = ProblemSet.BadLine(file: file.path, number: row.number, reason: error.reason)
          guard settings.onBadLine == .skip else {
            throw .line(file: bad.file, number: bad.number, reason: bad.reason)
          }
          set.skip(bad)
        }
      }
      set.remarks += rows.remarks.map {
        ProblemSet.BadLine(file: file.path, number: $0.line, reason: $0.text)
      }
      hash = try rows.hash()
    }
    set.fingerprint = "fnv1a64:\(hash.text):\(set.rows)"
    return set
  }
}

/// Remembers what was there before.
private struct Collector {
  private var ids: [String: String] = [:]
  private var seen: Set<Key> = []

  /// What makes two problems the same, as 128 bits: published files have millions of rows, and two
  /// different ones meet with a chance of 10^-26.
  private struct Key: Hashable {
    let first: Int
    let second: Int

    init(_ problem: Problem) {
      func hash(_ salt: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        for text in problem.messages.flatMap({ [$0.role, $0.content] }) + [problem.truth] {
          // Bytes: Swift hashes two spellings of one accented letter alike.
          hasher.combine(text.utf8.count)
          var text = text
          text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
        return hasher.finalize()
      }
      (first, second) = (hash(1), hash(2))
    }
  }

  /// Whether a problem is kept; counts it if it was there before.
  mutating func isKept(
    _ problem: Problem, at place: String, _ dropsDuplicates: Bool, _ duplicates: inout Int
  ) throws(LineFault) -> Bool {
    if !seen.insert(Key(problem)).inserted {
      duplicates += 1
      if dropsDuplicates { return false }
    }
    if let other = ids[problem.id] {
      throw LineFault(reason: "the id '\(problem.id)' was used before, at \(other)")
    }
    ids[problem.id] = place
    return true
  }
}
