// One life of a child that speaks lines: started, asked, ended. What the lines say is not known here.

/// A running program that answers a line with a line.
///
/// Not to be used by two threads at once.
final class LineProcess {
  private static let keptWords = 8192

  private let settings: CommandSettings
  private let process: ChildProcess
  private let feed: Feed
  private let answers: Outlet
  private let errors: Outlet

  /// Starts the program.
  init(_ settings: CommandSettings) throws(ChildError) {
    guard let name = settings.command.first else { throw .start(reason: "no command is given") }
    let environment = settings.environment.variables
    let searched = environment["PATH"] ?? "/usr/bin:/bin"
    guard let path = Launch.find(name, on: searched, from: settings.folder) else {
      throw .start(reason: "there is no program '\(name)'")
    }
    let input = try Descriptor.pipe()
    let output = try Descriptor.pipe()
    let words = try Descriptor.pipe()
    self.settings = settings
    process = try ChildProcess(
      Launch(
        path: path, arguments: settings.command, environment: environment, folder: settings.folder),
      descriptors: [input.reading, output.writing, words.writing], isMarked: true)
    feed = Feed(input.writing)
    answers = Outlet(
      output.reading, keeps: settings.longestLine, allows: settings.longestLine)
    errors = Outlet(words.reading, keeps: Self.keptWords)
  }

  /// Whether it runs and has said nothing that was not asked for.
  func isQuiet() -> Bool {
    _ = pump([]).run(until: .now) { false }
    return answers.isOpen && answers.bytes.isEmpty
  }

  /// Sends a line, if there is one, and waits for the next line.
  ///
  /// - Throws: ``ChildError``; the process is of no use after that.
  func exchange(
    _ line: [UInt8]?, limit: Duration, interrupts: [Interrupt]
  ) throws(ChildError) -> [UInt8] {
    if let line { feed.put(line + [UInt8(ascii: "\n")]) }
    // A child that is gone may have left somebody who holds its output open.
    let end = pump(interrupts).run(until: .now + limit, tick: .milliseconds(50)) {
      answers.hasLine || !answers.isOpen || process.hasEnded
    }
    switch end {
    case .interrupted: throw .cancelled
    case .deadline: throw .timeout(limit)
    case .overflow:
      throw .misspoke(
        reason: "a line is longer than \(settings.longestLine) bytes", words: errors.words())
    case .done: _ = pump([]).run(until: .now) { answers.hasLine }
    }
    guard let answer = answers.takeLine() else {
      let half = answers.bytes.count
      let how = stop().map { "\($0)" } ?? "does not end"
      throw .ended(
        how: how + (half > 0 ? " in the middle of a line of \(half) bytes" : ""),
        words: errors.words())
    }
    guard answers.bytes.isEmpty else {
      throw .misspoke(reason: "more than one line for one request", words: errors.words())
    }
    return answer
  }

  /// The end of what it said on standard error.
  var words: String { errors.words() }

  /// Ends it and all it started.
  @discardableResult func stop() -> Ending? {
    feed.close()
    // What it said last is worth keeping, and it must not be stuck saying it.
    _ = pump([]).run(until: .now) { false }
    let ending = process.stop(grace: settings.grace)
    _ = pump([]).run(until: .now) { false }
    answers.close()
    errors.close()
    return ending
  }

  private func pump(_ interrupts: [Interrupt]) -> Pump {
    Pump(feed: feed, outlets: [answers, errors], interrupts: interrupts)
  }
}
