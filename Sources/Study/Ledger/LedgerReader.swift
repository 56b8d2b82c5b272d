// Reads ledgers. A ledger comes from anywhere, a merge of two branches too: a line that is not what it
// should be is an error with its place, and none is skipped.

import Settings

/// Reads one file.
struct LedgerReader {
  /// What errors call it.
  let file: String

  /// The most bytes of a file: some hundred times what the largest study needs.
  static let largest = 1 << 25
  /// The largest number, far beyond what a run can say and what pictures can show.
  static let largestNumber = 1e15
  /// The most columns, evaluations of a run, and numbers of a family.
  private static let most = 10_000

  /// Reads the file's bytes.
  ///
  /// - Throws: ``ConfigurationError`` with the line that is wrong.
  func read(_ bytes: [UInt8]) throws -> StudyLedger {
    var ledger = StudyLedger()
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var open: (entry: StudyLedger.Entry, count: Int)?
    var keys: Set<StudyLedger.Key> = []
    func close(at line: Int) throws {
      guard let (entry, count) = open else { return }
      guard entry.run.points.count == count else {
        throw wrong(
          line, "\(entry.key): evaluation \(entry.run.points.count + 1) of \(count) is missing")
      }
      ledger.entries.append(entry)
      open = nil
    }
    for (place, bytes) in lines.enumerated() {
      let number = place + 1
      guard let text = String(validating: bytes, as: UTF8.self),
        let fields = Self.fields(of: text.hasSuffix("\r") ? String(text.dropLast()) : text)
      else { throw wrong(number, "is not a line of CSV in UTF-8") }
      if place == 0 {
        try readHead(fields, into: &ledger)
        continue
      }
      let row = try row(fields, ledger, number)
      if row.place == 1 {
        try close(at: number)
        guard keys.insert(row.entry.key).inserted else {
          throw wrong(number, "\(row.entry.key) is there twice")
        }
        open = (row.entry, row.count)
      } else {
        guard let before = open, before.entry.key == row.entry.key,
          before.entry.settings == row.entry.settings, before.count == row.count,
          before.entry.run.points.count == row.place - 1
        else {
          throw wrong(
            number, "evaluation \(row.place) of \(row.count) does not follow the one before it")
        }
        try require(
          row.entry.run.points[0], after: before.entry.run.points[row.place - 2], number)
        open?.entry.run.points += row.entry.run.points
        open?.entry.run.profiles = row.entry.run.profiles
      }
    }
    try close(at: lines.count)
    guard !lines.isEmpty else { throw wrong(1, "is empty: a ledger begins with its columns") }
    return ledger
  }

  private func readHead(_ fields: [String], into ledger: inout StudyLedger) throws {
    let fixed = StudyLedger.fixed
    guard fields.starts(with: fixed), fields.count <= Self.most else {
      throw wrong(1, "a ledger's columns begin with \(fixed.joined(separator: ","))")
    }
    guard Set(fields).count == fields.count, !fields.contains("") else {
      throw wrong(1, "columns need names, no two alike")
    }
    let rest = Array(fields.dropFirst(fixed.count))
    // A journal's names have a slash, the pictures' have none.
    let courses = rest.prefix { $0.contains("/") }
    ledger.courses = Array(courses)
    ledger.profiles = Array(rest.dropFirst(courses.count))
    guard !ledger.profiles.contains(where: { $0.contains("/") }) else {
      throw wrong(1, "columns of quantities come before those of families")
    }
  }

  private func row(
    _ fields: [String], _ ledger: StudyLedger, _ line: Int
  ) throws -> (entry: StudyLedger.Entry, place: Int, count: Int) {
    let fixed = StudyLedger.fixed
    let wanted = fixed.count + ledger.courses.count + ledger.profiles.count
    guard fields.count == wanted else {
      throw wrong(line, "has \(fields.count) fields, and there are \(wanted) columns")
    }
    func number(_ place: Int, _ name: String) throws -> Double {
      try self.number(fields[place], name, line)
    }
    func count(_ place: Int) throws -> Double {
      let value = try number(place, fixed[place])
      guard value >= 0 else { throw wrong(line, "\(fixed[place]): \(value) is below 0") }
      return value
    }
    guard !fields[0].isEmpty else { throw wrong(line, "names no arm") }
    guard let seed = Int(fields[2]) else {
      throw wrong(line, "seed: '\(fields[2].prefix(40))' is no whole number")
    }
    guard fields[3].count == RunSettingsHash.digits, fields[3].allSatisfy(\.isHexDigit) else {
      throw wrong(line, "settings: '\(fields[3].prefix(40))' is no hash of settings")
    }
    let parts = fields[4].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let place = parts[0], let total = parts[1], place >= 1, place <= total,
      total <= Self.most
    else { throw wrong(line, "point: '\(fields[4].prefix(40))' is no evaluation such as 3/21") }
    guard let step = Int(fields[5]), step >= 0 else {
      throw wrong(line, "step: '\(fields[5].prefix(40))' is no whole number from 0")
    }
    let accuracy = try number(9, fixed[9])
    guard (0...1).contains(accuracy) else {
      throw wrong(line, "accuracy: \(accuracy) does not lie in 0...1")
    }
    var values: [String: Double] = [:]
    for (place, name) in ledger.courses.enumerated() where !fields[fixed.count + place].isEmpty {
      values[name] = try number(fixed.count + place, name)
    }
    let point = StudyRun.Point(
      step: step, updates: try count(6), tokens: try count(7), seconds: try count(8),
      accuracy: accuracy, values: values)
    var profiles: [String: [Double?]] = [:]
    for (place, name) in ledger.profiles.enumerated() {
      let text = fields[fixed.count + ledger.courses.count + place]
      profiles[name] = try family(text, name, line)
    }
    let entry = StudyLedger.Entry(
      key: StudyLedger.Key(arm: fields[0], tuning: fields[1], seed: seed), settings: fields[3],
      run: StudyRun(points: [point], profiles: profiles), line: line)
    return (entry, place, total)
  }

  private func family(_ text: String, _ name: String, _ line: Int) throws -> [Double?]? {
    guard !text.isEmpty else { return nil }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count <= Self.most else { throw wrong(line, "\(name): has too many numbers") }
    return try words.map { $0 == "-" ? nil : try number($0, name, line) }
  }

  private func number(_ text: some StringProtocol, _ name: String, _ line: Int) throws -> Double {
    guard let value = Double(text), abs(value) <= Self.largestNumber else {
      throw wrong(line, "\(name): '\(text.prefix(40))' is no number up to 1e15")
    }
    return value
  }

  private func require(
    _ point: StudyRun.Point, after before: StudyRun.Point, _ line: Int
  ) throws {
    guard point.step > before.step, point.updates >= before.updates,
      point.tokens >= before.tokens, point.seconds >= before.seconds
    else { throw wrong(line, "steps, updates, tokens and seconds grow from line to line") }
  }

  private func wrong(_ line: Int, _ reason: String) -> ConfigurationError {
    .malformed(.file(file, line: line), reason: reason)
  }

  /// The fields of a line of CSV; nil where its quotes are broken.
  private static func fields(of line: String) -> [String]? {
    var fields: [String] = []
    var rest = Substring(line).unicodeScalars
    while true {
      var field = String.UnicodeScalarView()
      if rest.first == "\"" {
        rest.removeFirst()
        while true {
          guard let scalar = rest.popFirst() else { return nil }
          if scalar == "\"" {
            guard rest.first == "\"" else { break }
            rest.removeFirst()
          }
          field.append(scalar)
        }
      } else {
        while let scalar = rest.first, scalar != "," {
          guard scalar != "\"" else { return nil }
          field.append(scalar)
          rest.removeFirst()
        }
      }
      fields.append(String(field))
      guard let comma = rest.popFirst() else { return fields }
      guard comma == "," else { return nil }
    }
  }
}
