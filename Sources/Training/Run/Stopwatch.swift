// How long things take.

/// Seconds since it was made.
package struct Stopwatch {
  private let start = ContinuousClock.now

  /// Starts it.
  package init() {}

  /// Since then.
  package var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
