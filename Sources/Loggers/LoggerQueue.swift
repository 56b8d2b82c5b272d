// A logger on a thread of its own: whatever it does, no step waits for it, and the run's end not for long.

public import Dispatch
import Foundation
import Synchronization

/// Steps on their way to a logger.
public final class LoggerQueue: Sendable {
  private struct State {
    var waiting: [LoggedStep] = []
    var dropped = 0
    var isClosing = false
    var isDone = false
    var warnings: [String] = []
  }

  /// The logger's name, for messages.
  public let name: String
  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  /// Steps that may wait; what comes beyond is left out.
  private static let most = 1000

  /// Starts a thread, and on it a logger.
  ///
  /// - Parameters:
  ///   - name: the logger's.
  ///   - make: opens the logger; what it throws ends it with a warning.
  public init(_ name: String, _ make: @escaping @Sendable () throws -> any StepLogger) {
    self.name = name
    let thread = Thread { [weak self] in self?.run(make) }
    thread.name = "logger \(name)"
    thread.start()
  }

  /// Hands a step over, and returns at once.
  public func record(_ step: LoggedStep) {
    state.withLock { state in
      guard !state.isDone else { return }
      if state.waiting.count < Self.most {
        state.waiting.append(step)
      } else {
        state.dropped += 1
      }
    }
    wake.signal()
  }

  /// What went wrong since somebody asked, in words.
  public func takeWarnings() -> [String] {
    state.withLock { state in
      defer { state.warnings = [] }
      return state.warnings
    }
  }

  /// Says that nothing more comes, and returns at once.
  public func close() {
    state.withLock { $0.isClosing = true }
    wake.signal()
  }

  /// Waits until the logger has had what waits and has ended; to be called once, after ``close()``.
  ///
  /// - Parameter end: what is left then is left out.
  public func wait(until end: DispatchTime) {
    guard done.wait(timeout: end) == .timedOut else { return }
    state.withLock { state in
      let left = state.waiting.count
      warn(
        &state,
        left > 0 ? "did not take \(left) of the steps in time" : "did not end in time", Self.remedy)
      (state.isDone, state.waiting) = (true, [])
    }
  }

  private func run(_ make: () throws -> any StepLogger) {
    defer { done.signal() }
    let logger: any StepLogger
    do {
      logger = try make()
      while let step = next() { try logger.record(step) }
    } catch {
      return state.withLock { state in
        (state.isDone, state.waiting) = (true, [])
        warn(&state, "\(error)", "the run goes on without it; \(Self.remedy)")
      }
    }
    do { try logger.close() } catch { state.withLock { warn(&$0, "\(error)", Self.remedy) } }
    state.withLock { state in
      if state.dropped > 0 { warn(&state, "was too slow for \(state.dropped) steps", Self.remedy) }
    }
  }

  /// What can be done when a run's numbers did not arrive.
  private static let remedy = "`vapo export` hands all steps over"

  private func warn(_ state: inout State, _ words: String, _ remedy: String) {
    state.warnings.append("\(name): \(words); \(remedy)")
  }

  /// The next step; nil when there is to be none.
  private func next() -> LoggedStep? {
    while true {
      let (step, isOver) = state.withLock { state -> (LoggedStep?, Bool) in
        guard !state.waiting.isEmpty else { return (nil, state.isClosing || state.isDone) }
        return (state.waiting.removeFirst(), false)
      }
      if let step { return step }
      if isOver { return nil }
      wake.wait()
    }
  }
}
