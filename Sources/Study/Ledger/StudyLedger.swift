// The ledger of a study: every finished run's evaluations in one CSV file, from which all tables and
// pictures are made. It is small enough for a repository, so that what was published can be made again,
// and a run that stands in it is not run again on another machine.

import Checkpoints
package import Foundation
import Settings

/// The finished runs of a study.
package struct StudyLedger: Equatable, Sendable {
  /// Which run.
  package struct Key: Hashable, Sendable, CustomStringConvertible {
    /// The arm's name.
    package var arm: String
    /// The line of a rate grid that is tried; empty in a run of the study proper.
    package var tuning: String
    package var seed: Int

    package init(arm: String, tuning: String = "", seed: Int) {
      (self.arm, self.tuning, self.seed) = (arm, tuning, seed)
    }

    /// What the console calls it.
    package var description: String {
      tuning.isEmpty ? "\(arm), seed \(seed)" : "\(arm) with \(tuning), seed \(seed)"
    }
  }

  /// One run.
  package struct Entry: Equatable, Sendable {
    package var key: Key
    /// The hash of its settings, as `RunConfiguration.studyHash` makes it.
    package var settings: String
    package var run: StudyRun
    /// Where it begins in the file; 0 where it is not there yet.
    package var line = 0
  }

  /// In the order of the file.
  package internal(set) var entries: [Entry] = []
  /// The columns behind the fixed ones: quantities of an evaluation, then families of a run.
  var courses: [String] = []
  var profiles: [String] = []

  /// A run, if it is there.
  package subscript(_ key: Key) -> Entry? { entries.first { $0.key == key } }

  /// No runs.
  init() {}

  /// Reads a ledger; a file that is not there has no runs.
  ///
  /// - Throws: ``ConfigurationError`` with the file and the line that is wrong.
  package init(_ file: URL) throws {
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return }
    self = try LedgerReader(file: path).read(
      DurableFile.contents(of: path, atMost: LedgerReader.largest))
  }

  /// Writes a run into a file beside what is there, whole or not at all.
  ///
  /// The file is read anew, so that lines which came meanwhile stay.
  ///
  /// - Throws: what the file, or the run itself, has wrong with it.
  package static func add(_ entry: Entry, to file: URL) throws {
    let path = file.path(percentEncoded: false)
    var ledger = try StudyLedger(file)
    ledger.entries.removeAll { $0.key == entry.key }
    ledger.entries.append(entry)
    let names = Set(entry.run.points.flatMap(\.values.keys)).sorted()
    ledger.courses += names.filter { !ledger.courses.contains($0) }
    ledger.profiles += entry.run.profiles.keys.sorted().filter { !ledger.profiles.contains($0) }
    let bytes = Array(ledger.csv.utf8)
    // What a journal says is not ours: nothing is written that could not be read again.
    _ = try LedgerReader(file: path).read(bytes)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try DurableFile.replace(path, with: bytes)
  }

  /// The columns that every ledger has.
  static let fixed = [
    "arm", "tuning", "seed", "settings", "point", "step", "updates", "tokens", "seconds",
    "accuracy",
  ]

  /// The file's text: a line an evaluation; a run's families stand in its last line.
  package var csv: String {
    var text = csvLine(Self.fixed + courses + profiles)
    for entry in entries {
      let (key, count) = (entry.key, entry.run.points.count)
      for (place, point) in entry.run.points.enumerated() {
        let families = profiles.map { name in
          place == count - 1 ? Self.family(entry.run.profiles[name] ?? []) : ""
        }
        text += csvLine(
          [
            key.arm, key.tuning, "\(key.seed)", entry.settings, "\(place + 1)/\(count)",
            "\(point.step)", Self.whole(point.updates), Self.whole(point.tokens),
            "\(point.seconds)", "\(point.accuracy)",
          ] + courses.map { name in point.values[name].map { "\($0)" } ?? "" } + families)
      }
    }
    return text
  }

  private static func whole(_ value: Double) -> String { String(format: "%.0f", value) }

  private static func family(_ values: [Double?]) -> String {
    values.map { value in value.map { "\($0)" } ?? "-" }.joined(separator: " ")
  }
}

/// A line of CSV with its end.
func csvLine(_ fields: [String]) -> String {
  func field(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x22, 0x2C].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
  return fields.map(field).joined(separator: ",") + "\n"
}

extension StudyLedger {
  /// A run under the settings that the study gives it; nil where it is not there.
  ///
  /// - Throws: ``ConfigurationError`` where it was run with others.
  func run(_ key: Key, settings: String, in file: URL) throws -> StudyRun? {
    guard let entry = self[key] else { return nil }
    guard entry.settings == settings else {
      throw ConfigurationError.refused(
        "\(file.relativePath):\(entry.line): \(key) was run with other settings (\(entry.settings), by the "
          + "study's file \(settings)): undo the change, or remove the lines of this run, and it is run "
          + "again")
    }
    return entry.run
  }
}
