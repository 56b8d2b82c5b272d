// A logger that fails, sleeps or never starts costs a run nothing but a warning.

import Foundation
import Loggers
import Synchronization
import Testing

@Suite("Logger queue")
struct LoggerQueueTests {
  private final class Notes: Sendable {
    let steps = Mutex<[Int]>([])
    let isClosed = Mutex(false)
  }

  private final class Writer: StepLogger {
    private let notes: Notes
    private let failsAt: Int?
    private let rest: TimeInterval

    init(_ notes: Notes, failsAt: Int? = nil, rest: TimeInterval = 0) {
      (self.notes, self.failsAt, self.rest) = (notes, failsAt, rest)
    }

    func record(_ step: LoggedStep) throws {
      if step.step == failsAt { throw LoggerError("no room") }
      Thread.sleep(forTimeInterval: rest)
      notes.steps.withLock { $0.append(step.step) }
    }

    func close() { notes.isClosed.withLock { $0 = true } }
  }

  private func step(_ number: Int) -> LoggedStep { LoggedStep(step: number, time: 0, numbers: []) }

  @Test("every step arrives, in order, and the logger is closed")
  func order() {
    let notes = Notes()
    let queue = LoggerQueue("x") { Writer(notes) }
    for number in 1...500 { queue.record(step(number)) }
    queue.close()
    queue.wait(until: .now() + 60)
    #expect(notes.steps.withLock { $0 } == Array(1...500))
    #expect(notes.isClosed.withLock { $0 })
    #expect(queue.takeWarnings() == [])
  }

  @Test("one that fails is left out with one warning")
  func failure() {
    let notes = Notes()
    let queue = LoggerQueue("x") { Writer(notes, failsAt: 3) }
    for number in 1...9 { queue.record(step(number)) }
    queue.close()
    queue.wait(until: .now() + 60)
    #expect(notes.steps.withLock { $0 } == [1, 2])
    let warnings = queue.takeWarnings()
    #expect(warnings.count == 1 && warnings[0].hasPrefix("x: no room; the run goes on without it"))
    #expect(queue.takeWarnings() == [])
  }

  @Test("one that does not start is left out with its reason")
  func start() {
    let queue = LoggerQueue("x") { throw LoggerError("no such client") }
    queue.record(step(1))
    queue.close()
    queue.wait(until: .now() + 60)
    #expect(queue.takeWarnings().first?.contains("no such client") == true)
  }

  @Test("a slow one holds up neither steps nor the end")
  func slow() {
    let notes = Notes()
    let queue = LoggerQueue("x") { Writer(notes, rest: 600) }
    let start = ContinuousClock.now
    for number in 1...5000 { queue.record(step(number)) }
    queue.close()
    queue.wait(until: .now() + 0.05)
    #expect(ContinuousClock.now - start < .seconds(300))
    #expect(queue.takeWarnings().first?.contains("in time") == true)
  }
}
