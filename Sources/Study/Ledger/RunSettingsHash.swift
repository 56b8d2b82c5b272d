// The settings of a run as one short word, by which a ledger knows them again.

import Checkpoints
package import Settings

/// How a run's settings become a word.
enum RunSettingsHash {
  /// Its hexadecimal digits.
  static let digits = 16
}

extension RunConfiguration {
  /// The hash of the settings that shape a run's numbers.
  ///
  /// Left out are the seed, which a ledger names beside it, and what changes nothing but places, frequencies
  /// of saving, speed and rounding. Settings at their defaults are left out too, so that a program with more
  /// settings than the one before it gives the same hash.
  ///
  /// - Returns: 16 hexadecimal digits.
  package var studyHash: String {
    let lines = ConfigurationLoader.differences(between: RunConfiguration(), and: self)
      .filter { $0.key != "trainer.seed" && !Self.withoutEffect.contains($0.key) }
      .map { "\($0.key): \($0.new)\n" }
    return String(
      SHA256.hexadecimal(of: Array(lines.joined().utf8)).prefix(RunSettingsHash.digits))
  }
}
