// What a person at the terminal sees: one line a step under a heading, and inside a long phase a
// bar that rewrites itself. Away from a terminal the same in plain lines, without a control
// character.

import Checkpoints
import Foundation
package import Generation

/// The numbers of a step that a person watches.
public struct StepLine: Equatable, Sendable {
  /// The global step: the one of checkpoints and metrics.
  public var step: Int
  /// Which stage it belongs to, in words.
  public var stage: String
  /// Steps done in that stage.
  public var done: Int
  /// Steps of that stage in all.
  public var total: Int
  /// Mean reward.
  public var reward: Double?
  /// Share of right answers, 0 to 1.
  public var accuracy: Double?
  /// Mean response length in tokens.
  public var length: Double?
  /// Share of tokens clipped at the lower bound, 0 to 1.
  public var clipLow: Double?
  /// Share of tokens clipped at the upper bound, 0 to 1.
  public var clipHigh: Double?
  /// Mean entropy in nats.
  public var entropy: Double?
  /// Explained variance of the critic.
  public var explainedVariance: Double?
  /// Tokens a second over the whole step.
  public var speed: Double?
  /// Seconds until the run is done.
  public var secondsLeft: Double?

  /// A line with nothing in it yet.
  public init(step: Int, stage: String, done: Int, of total: Int) {
    self.step = step
    self.stage = stage
    self.done = done
    self.total = total
  }
}

/// What takes the time of a phase.
public struct PhaseWork: Sendable {
  /// How much is done.
  public var done: Double
  /// How much there is in all, by what is known so far.
  public var expected: Double
  /// What it is counted in, in the plural.
  public var unit: String

  /// Puts the numbers together.
  public init(done: Double, expected: Double, unit: String) {
    self.done = done
    self.expected = expected
    self.unit = unit
  }
}

/// Writes for a person.
public final class Console {
  /// Whether lines may be rewritten.
  public let isTerminal: Bool
  private let write: (String) -> Void
  private let width: () -> Int
  private let now: () -> Double
  private let hasColor: Bool
  private var stage: String?
  private var linesUnderHeading = 0
  private var phase: Phase?

  /// Lines between two headings.
  private static let linesPerHeading = 25
  /// Seconds between two drawings of the bar.
  private static let redrawInterval = 0.1
  /// Seconds between two progress lines away from a terminal.
  private static let plainInterval = 30.0

  /// A console.
  ///
  /// - Parameters:
  ///   - isTerminal: whether lines may be rewritten; otherwise what standard output is decides,
  ///     and TERM=dumb makes it plain. With NO_COLOR nothing is bold.
  ///   - write: where text goes; standard output if left out.
  public convenience init(isTerminal: Bool? = nil, write: ((String) -> Void)? = nil) {
    self.init(
      isTerminal: isTerminal ?? Terminal.isCapable, hasColor: Terminal.hasColor,
      write: write ?? Terminal.write, width: { Terminal.width },
      now: { ProcessInfo.processInfo.systemUptime })
  }

  /// A console with its own width and clock, in seconds.
  package init(
    isTerminal: Bool, hasColor: Bool, write: @escaping (String) -> Void,
    width: @escaping () -> Int, now: @escaping () -> Double
  ) {
    self.isTerminal = isTerminal
    self.hasColor = hasColor
    self.write = write
    self.width = width
    self.now = now
  }

  /// Writes a line of its own.
  public func say(_ text: String) {
    clearBar()
    write("\(text)\n")
  }

  /// Writes a step's line, under a heading where a stage begins and every so often.
  public func step(_ line: StepLine) {
    clearBar()
    guard isTerminal else { return write("\(StepTable.plain(line))\n") }
    if line.stage != stage {
      write("\(bold("\(line.stage), \(line.total) \(line.total == 1 ? "step" : "steps")"))\n")
      (stage, linesUnderHeading) = (line.stage, 0)
    }
    if linesUnderHeading % Self.linesPerHeading == 0 { write("\(bold(StepTable.heading))\n") }
    linesUnderHeading += 1
    write("\(StepTable.row(line))\n")
  }

  /// Shows how far a phase has come: a bar on a terminal, elsewhere a line now and then.
  ///
  /// - Parameters:
  ///   - name: the phase; a new name starts a new clock.
  ///   - done: how many are done.
  ///   - total: how many there are.
  ///   - unit: what they are, in the plural.
  ///   - work: what takes the time, where it is not the units themselves.
  ///   - detail: a few words behind the numbers.
  public func progress(
    _ name: String, done: Int, of total: Int, unit: String, work: PhaseWork? = nil,
    detail: String = ""
  ) {
    let time = now()
    let work = work ?? PhaseWork(done: Double(done), expected: Double(total), unit: unit)
    if phase?.name != name {
      endProgress()
      phase = Phase(
        name: name, started: time, first: work.done, shown: isTerminal ? -.infinity : time)
    }
    guard let current = phase else { return }
    let interval = isTerminal ? Self.redrawInterval : Self.plainInterval
    guard time - current.shown >= interval || (isTerminal && done >= total) else { return }
    // A phase that goes on where a report ended has done some before its clock began.
    let gained = work.done - current.first
    let seconds = time - current.started
    let rate = gained > 0 && seconds > 0 ? gained / seconds : nil
    let text = StepTable.progress(
      name, done: done, of: total, unit: unit, work: work, rate: rate, detail: detail,
      barWidth: isTerminal ? 20 : 0)
    if isTerminal {
      // A line that wraps cannot be rewritten.
      write("\r\(text.prefix(max(10, width() - 1)))\u{1B}[K")
    } else {
      write("\(text)\n")
    }
    phase?.shown = time
    phase?.isDrawn = isTerminal
  }

  /// Shows how far a rollout has come.
  ///
  /// Its time is its tokens', not its responses': long ones end last.
  package func progress(_ name: String, _ rollout: GenerationProgress, detail: String = "") {
    progress(
      name, done: rollout.finished, of: rollout.total, unit: "responses",
      work: PhaseWork(
        done: Double(rollout.tokens), expected: rollout.expectedTokens, unit: "tokens"),
      detail: detail)
  }

  /// Ends the phase and takes its bar away.
  public func endProgress() {
    clearBar()
    phase = nil
  }

  private struct Phase {
    var name: String
    var started: Double
    var first: Double
    var shown: Double
    var isDrawn = false
  }

  private func bold(_ text: String) -> String {
    hasColor ? "\u{1B}[1m\(text)\u{1B}[0m" : text
  }

  private func clearBar() {
    guard phase?.isDrawn == true else { return }
    write("\r\u{1B}[K")
    phase?.shown = -.infinity
    phase?.isDrawn = false
  }
}

/// Standard output.
private enum Terminal {
  static var isCapable: Bool {
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  static var hasColor: Bool {
    (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes what it can: a reader who has gone away is no reason to stop a run.
  static func write(_ text: String) {
    try? DurableFile.writeAll(Array(text.utf8), to: STDOUT_FILENO, path: "standard output")
  }
}
