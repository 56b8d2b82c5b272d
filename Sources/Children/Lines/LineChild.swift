// A child over all its lives: whatever it does, the next request finds a fresh one.

package import JSON
import Synchronization

/// A program that answers one JSON object with another, started again whenever it misbehaves.
///
/// Its methods block. Two threads that use it at once wait for each other.
package final class LineChild: Sendable {
  private struct State {
    var process: LineProcess?
    var failures = 0
    var nextID = 1
    var isStopped = false
  }

  /// The version of the protocol, which the child must say first.
  static let version = 1

  private let settings: CommandSettings
  private let state = Mutex(State())
  private let stopping: Interrupt

  /// - Parameters:
  ///   - settings: the command.
  ///   - stopping: the switch that ends all waiting for good.
  package init(_ settings: CommandSettings, stopping: Interrupt) {
    (self.settings, self.stopping) = (settings, stopping)
  }

  /// Starts the child if it does not run.
  package func start(interrupt: Interrupt) throws(ChildError) {
    try attempt { (state: inout State) throws(ChildError) in
      try ready(&state, [interrupt, stopping])
    }
  }

  /// Asks for one answer.
  ///
  /// - Parameters:
  ///   - request: the request without its `id`.
  ///   - interrupt: the switch that ends the waiting.
  ///   - limit: how long the answer may take; nil for what the settings say.
  ///   - read: what the answer, which has the right `id`, means; in words what is wrong with it.
  /// - Returns: What `read` made of the answer.
  /// - Throws: ``ChildError`` when there is none.
  package func ask<Answer: Sendable>(
    _ request: JSONObject, interrupt: Interrupt, limit: Duration? = nil,
    read: @escaping @Sendable (JSONObject) -> LineReading<Answer>
  ) throws(ChildError) -> Answer {
    try attempt { (state: inout State) throws(ChildError) in
      try ready(&state, [interrupt, stopping])
      guard let process = state.process else { throw .stopped }
      let id = state.nextID
      state.nextID += 1
      var request = request
      request["id"] = .integer(id)
      let line = try process.exchange(
        Array(JSONValue.object(request).text.utf8), limit: limit ?? settings.answerLimit,
        interrupts: [interrupt, stopping])
      let answer = try object(in: line, of: process)
      guard answer["id"] == .integer(id) else {
        throw .misspoke(
          reason: "request \(id) was answered with id \(Self.shown(answer["id"]))",
          words: process.words)
      }
      switch read(answer) {
      case .answer(let value): return value
      case .refusal(let reason): throw .refused(reason: reason)
      case .nonsense(let reason): throw .misspoke(reason: reason, words: process.words)
      }
    }
  }

  /// Ends the child for good.
  package func stop() {
    state.withLock { state in
      state.isStopped = true
      state.process?.stop()
      state.process = nil
    }
  }

  /// Runs one use of the child, after which it either is sound or is gone.
  private func attempt<Value: Sendable>(
    _ use: @Sendable (inout State) throws(ChildError) -> Value
  ) throws(ChildError) -> Value {
    let result: Result<Value, ChildError> = state.withLock { state in
      guard !state.isStopped else { return .failure(.stopped) }
      let result = Result { () throws(ChildError) in try use(&state) }
      switch result {
      case .success, .failure(.refused): state.failures = 0
      case .failure(let error):
        if error != .cancelled { state.failures += 1 }
        state.process?.stop()
        state.process = nil
      }
      return result
    }
    return try result.get()
  }

  private func ready(_ state: inout State, _ interrupts: [Interrupt]) throws(ChildError) {
    if let process = state.process {
      if process.isQuiet() { return }
      process.stop()
      state.process = nil
      state.failures += 1
    }
    let pause = Self.pause(after: state.failures, longest: settings.longestPause)
    let rest = Pump(outlets: [], interrupts: interrupts).run(until: .now + pause) { false }
    guard rest != .interrupted else { throw .cancelled }
    let process = try LineProcess(settings)
    state.process = process
    let line = try process.exchange(nil, limit: settings.startLimit, interrupts: interrupts)
    let greeting = try object(in: line, of: process)
    if case .string(let reason)? = greeting["error"] { throw .start(reason: reason) }
    guard greeting["protocol"] == .integer(Self.version) else {
      throw .misspoke(
        reason: "its first line is not {\"protocol\":\(Self.version)}", words: process.words)
    }
  }

  /// The rest before the next life.
  ///
  /// One failure costs nothing: it may be the request's fault. From the second in a row on the
  /// pauses double.
  private static func pause(after failures: Int, longest: Duration) -> Duration {
    failures < 2 ? .zero : min(longest, .milliseconds(25) * (1 << min(failures - 2, 10)))
  }

  private func object(
    in line: [UInt8], of process: LineProcess
  ) throws(ChildError) -> JSONObject {
    do {
      guard case .object(let object) = try JSONValue(parsing: line) else {
        throw ChildError.misspoke(reason: "a line is not a JSON object", words: process.words)
      }
      return object
    } catch let error as JSONError {
      let start = String(decoding: line.prefix(100), as: UTF8.self).debugDescription
      throw .misspoke(reason: "\(error) of the line \(start)", words: process.words)
    } catch let error as ChildError {
      throw error
    } catch {
      throw .misspoke(reason: "\(error)", words: process.words)
    }
  }

  private static func shown(_ value: JSONValue?) -> String {
    value.map { String($0.text.prefix(100)) } ?? "missing"
  }
}

/// What an answer turned out to be.
package enum LineReading<Answer> {
  case answer(Answer)
  /// The child says that it cannot answer.
  case refusal(String)
  /// No answer the protocol knows.
  case nonsense(String)
}
