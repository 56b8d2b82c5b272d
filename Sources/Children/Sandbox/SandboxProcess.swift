// One sandbox, from its first breath to the proof that nobody is left in it.

import JSON
import Synchronization

/// A command that runs in a sandbox.
///
/// Started, watched and ended on one thread: the kernel ends a sandbox with the thread that made it.
final class SandboxProcess {
  /// Why it was stopped before its end.
  enum Stop {
    case deadline
    case overflow
    case memory
    case interrupted
  }

  private static let keptWords = 4096
  private static let look = Duration.milliseconds(100)
  private static let counter = Atomic<UInt64>(0)

  private let settings: SandboxSettings
  private let process: ChildProcess
  private let group: ControlGroup?
  private let output: Outlet
  private let errors: Outlet
  private let status: Outlet
  /// What the runner of calls says, a line each.
  let results: Outlet
  /// The way to the standard input, if it is a pipe.
  let feed: Feed?
  private let interrupts: [Interrupt]
  private let deadline: ContinuousClock.Instant

  /// What is put into a sandbox.
  struct Contents {
    /// The command.
    var arguments: [String]
    /// The text of the program at ``SandboxTools/programPath``, if there is one.
    var program: String?
    /// The whole standard input; nil to feed it later.
    var input: [UInt8]?
    /// Whether what it prints is kept, and not only counted.
    var keepsOutput = true
  }

  init(
    _ contents: Contents, _ settings: SandboxSettings, tools: SandboxTools, interrupts: [Interrupt]
  ) throws(ChildError) {
    let (out, words) = (try Descriptor.pipe(), try Descriptor.pipe())
    let (state, answers) = (try Descriptor.pipe(), try Descriptor.pipe())
    let way = contents.input == nil ? try Descriptor.pipe() : nil
    let input =
      if let way { way.reading } else { try Descriptor.memoryFile(contents.input ?? []) }
    let filter = try Self.file(SystemCallFilter.program)
    let text = try Self.file(contents.program.map { Array($0.utf8) })
    self.settings = settings
    self.interrupts = interrupts
    deadline = .now + settings.wall
    let number = Self.counter.add(1, ordering: .relaxed).newValue
    group = try tools.group("\(number)", settings)
    do throws(ChildError) {
      process = try ChildProcess(
        tools.launch(
          contents.arguments, settings, hasProgram: contents.program != nil, group: group),
        descriptors: [
          input, out.writing, words.writing, state.writing, filter, text, answers.writing,
        ], isMarked: false)
    } catch {
      group?.end()
      throw error
    }
    output = Outlet(
      out.reading, keeps: contents.keepsOutput ? settings.output : 0, allows: settings.output)
    errors = Outlet(words.reading, keeps: Self.keptWords, allows: settings.output)
    status = Outlet(state.reading, keeps: 4096, allows: 4096)
    results = Outlet(answers.reading, keeps: settings.output, allows: settings.output)
    feed = way.map { Feed($0.writing) }
  }

  deinit { _ = end() }

  private static func file(_ contents: [UInt8]?) throws(ChildError) -> Descriptor {
    if let contents { try Descriptor.memoryFile(contents) } else { try Descriptor.nothing() }
  }

  /// Moves bytes until something happens.
  ///
  /// - Parameters:
  ///   - deadline: when the time is up; nil for the sandbox's own limit.
  ///   - isDone: whether to stop.
  /// - Returns: The limit that was hit; nil if `isDone` or everything in the sandbox has ended.
  func run(until deadline: ContinuousClock.Instant? = nil, isDone: () -> Bool = { false }) -> Stop?
  {
    var nextLook = ContinuousClock.Instant.now + Self.look
    var isTooLarge = false
    let pump = Pump(
      feed: feed, outlets: [output, errors, status, results], interrupts: interrupts)
    let end = pump.run(until: deadline ?? self.deadline, tick: Self.look) {
      if ContinuousClock.now >= nextLook {
        // The kernel bounds each process; all of them together a control group, or somebody who counts.
        isTooLarge = ProcessTable.now().exceeds(settings.memory, under: process.id)
        nextLook = .now + Self.look
      }
      let said = output.total + errors.total
      return isTooLarge || said > settings.output || isDone() || isEmpty
    }
    switch end {
    case .interrupted: return .interrupted
    case .deadline: return .deadline
    case .overflow: return .overflow
    case .done:
      if isTooLarge || group?.isOutOfMemory == true { return .memory }
      return output.total + errors.total > settings.output ? .overflow : nil
    }
  }

  /// Whether all who could say something are gone.
  private var isEmpty: Bool {
    !output.isOpen && !errors.isOpen && !results.isOpen && !status.isOpen
  }

  /// Ends everybody inside.
  ///
  /// - Returns: The command's status, or in words why there is none because there was no sandbox; nil
  ///   if it was stopped.
  @discardableResult func end() -> Report {
    feed?.close()
    _ = process.killAlone()
    // The kernel closes a process's files when it ends it, so the end of all outputs is the end of
    // all inside.
    _ = Pump(outlets: [output, errors, status, results], interrupts: []).run(
      until: .now + .seconds(1)
    ) { isEmpty || status.hasOverflowed || output.hasOverflowed || errors.hasOverflowed }
    group?.end()
    return report()
  }

  /// What the sandbox says about itself in the end.
  enum Report {
    case status(Int)
    case stopped
    case noSandbox(String)
  }

  private func report() -> Report {
    var hasBegun = false
    var ending: Int?
    for line in status.bytes.split(separator: UInt8(ascii: "\n")) {
      guard case .object(let object)? = try? JSONValue(parsing: line) else { continue }
      if case .integer(let status)? = object["exit-code"] { ending = status }
      if case .integer(let id)? = object["child-pid"] {
        hasBegun = true
        process.reapOrphan(Int32(truncatingIfNeeded: id))
      }
    }
    if let ending { return .status(ending) }
    let words = errors.words().split(separator: "\n").first.map(String.init)
    return hasBegun && words?.hasPrefix("bwrap: ") != true
      ? .stopped : .noSandbox(words ?? "it ended without a word")
  }

  /// Its standard output.
  var printed: [UInt8] { output.bytes }
  /// The end of its standard error.
  var words: String { errors.words() }
}
