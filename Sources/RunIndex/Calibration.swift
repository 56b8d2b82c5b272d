// Whether a critic's word is right: what it expected of responses against what they got.

import GRDB

/// Responses of which a critic expected about as much.
public struct CalibrationBin: Codable, Sendable, Equatable {
  /// What it expected of them, in the mean.
  public var expected: Double
  /// What they got, in the mean: their rewards.
  public var realized: Double
  /// How far the mean of as many such rewards may be off: two standard errors.
  public var error: Double
  /// How many they are.
  public var count: Int
}

/// A critic's calibration at one place of responses.
public struct Calibration: Codable, Sendable, Equatable {
  /// The place: first, middle or last token.
  public var place: String
  /// Ten bins of as many responses each, from the lowest expectation to the highest.
  public var bins: [CalibrationBin]
}

extension RunIndex {
  private static let bins = 10

  /// Holds a critic's values against rewards.
  ///
  /// A critic is right where what it expects is what comes in the mean: in every bin both are one number.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - steps: of which rollouts.
  /// - Returns: the calibration before the first token, in the middle and before the last; places without values are
  ///   left out.
  /// - Throws: what SQLite throws.
  public func calibration(of run: Int64, steps: ClosedRange<Int>) async throws -> [Calibration] {
    try await pool.read { database in
      try ["first", "middle", "last"].compactMap { place in
        let rows = try Row.fetchAll(
          database,
          sql: """
            SELECT avg(value) AS expected, avg(reward) AS realized, avg(reward * reward) AS square, count(*) AS n
            FROM (
              SELECT \(place)_value AS value, reward, ntile(\(Self.bins)) OVER (ORDER BY \(place)_value) AS bin
              FROM response JOIN dump ON dump.id = response.dump
              WHERE dump.run = ? AND dump.kind = 'rollouts' AND dump.step BETWEEN ? AND ?
              AND \(place)_value IS NOT NULL AND reward IS NOT NULL)
            GROUP BY bin ORDER BY bin
            """, arguments: [run, steps.lowerBound, steps.upperBound])
        let bins = rows.map { row -> CalibrationBin in
          let (realized, square, count): (Double, Double, Int) = (
            row["realized"], row["square"], row["n"]
          )
          let variance = max(0, square - realized * realized)
          return CalibrationBin(
            expected: row["expected"], realized: realized,
            error: 2 * (variance / Double(max(1, count))).squareRoot(), count: count)
        }
        return bins.isEmpty ? nil : Calibration(place: place, bins: bins)
      }
    }
  }
}
