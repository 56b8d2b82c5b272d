// The one loop that moves bytes between this process and a child: feeds it, drains everything it
// says, and ends at a deadline whatever the child does. Nothing here grows without a bound.

import Glibc

/// One of a child's outputs, read into memory up to a limit.
final class Outlet {
  private let descriptor: Descriptor
  private let keeps: Int
  private let allows: Int
  private var scanned = 0
  private(set) var total = 0
  /// What was said and not taken yet; the end of it when there is more than is kept.
  private(set) var bytes: [UInt8] = []
  /// Whether more may come.
  private(set) var isOpen = true

  /// - Parameters:
  ///   - descriptor: the reading end.
  ///   - keeps: how many bytes to keep, the last ones.
  ///   - allows: how many bytes are too many, between one taking and the next.
  init(_ descriptor: Descriptor, keeps: Int, allows: Int = .max) {
    descriptor.becomeNonBlocking()
    self.descriptor = descriptor
    self.keeps = keeps
    self.allows = allows
  }

  /// Whether more was said than is allowed.
  var hasOverflowed: Bool { total > allows }

  /// What was said, for people: the end of it, at most `limit` bytes.
  func words(limit: Int = 2000) -> String {
    String(decoding: bytes.suffix(limit), as: UTF8.self).filter { $0 != "\0" }
  }

  fileprivate var poll: pollfd { pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0) }

  fileprivate func drain(through buffer: inout [UInt8]) {
    switch descriptor.read(into: &buffer) {
    case .nothingYet: break
    case .end: close()
    case .bytes(let count):
      total += count
      bytes += buffer[..<count]
      // Trimmed now and then and not at every read, which would move all of it each time.
      if bytes.count > 2 * keeps {
        bytes.removeFirst(bytes.count - keeps)
        scanned = 0
      }
    }
  }

  /// Whether a whole line is there.
  var hasLine: Bool {
    guard let end = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = bytes.count
      return false
    }
    scanned = end
    return true
  }

  /// Takes the first line out, without its end.
  func takeLine() -> [UInt8]? {
    guard hasLine else { return nil }
    let line = Array(bytes[..<scanned])
    bytes.removeFirst(scanned + 1)
    (scanned, total) = (0, bytes.count)
    return line
  }

  func close() {
    isOpen = false
    descriptor.close()
  }
}

/// What waits to be written to a child.
final class Feed {
  private let descriptor: Descriptor
  private var bytes: [UInt8] = []
  private var written = 0

  init(_ descriptor: Descriptor) {
    descriptor.becomeNonBlocking()
    self.descriptor = descriptor
  }

  /// Replaces what waits.
  func put(_ bytes: [UInt8]) { (self.bytes, written) = (bytes, 0) }

  func close() { descriptor.close() }

  fileprivate var isWaiting: Bool { written < bytes.count && descriptor.number >= 0 }

  fileprivate var poll: pollfd {
    pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
  }

  fileprivate func write() {
    // A child that no longer listens may still answer, so this is no error yet.
    guard let count = descriptor.write(bytes[written...]) else { return close() }
    written += count
  }
}

/// Moves bytes until something decides that it is enough.
struct Pump {
  /// Why it stopped.
  enum End: Equatable {
    case done
    case deadline
    case interrupted
    case overflow
  }

  var feed: Feed?
  var outlets: [Outlet]
  var interrupts: [Interrupt]

  /// Runs the loop.
  ///
  /// - Parameters:
  ///   - deadline: when to stop at the latest; one that has passed still moves what is there.
  ///   - tick: how often to ask `isDone` when nothing happens.
  ///   - isDone: whether to stop; asked after every move.
  /// - Returns: Why it stopped.
  func run(
    until deadline: ContinuousClock.Instant, tick: Duration = .seconds(60), isDone: () -> Bool
  ) -> End {
    let clock = ContinuousClock()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if interrupts.contains(where: \.isFired) { return .interrupted }
      if isDone() { return .done }
      if outlets.contains(where: \.hasOverflowed) { return .overflow }
      let left = clock.now.duration(to: deadline)
      move(waiting: min(max(left, .zero), tick), through: &buffer)
      if left <= .zero { return isDone() ? .done : .deadline }
    }
  }

  private func move(waiting: Duration, through buffer: inout [UInt8]) {
    let open = outlets.filter(\.isOpen)
    var polls = open.map(\.poll)
    polls += interrupts.map { pollfd(fd: $0.signal.number, events: Int16(POLLIN), revents: 0) }
    if let feed, feed.isWaiting { polls.append(feed.poll) }
    // Rounded up: a wait of no time at the end would turn in circles.
    let milliseconds = Int32(clamping: Int(waiting / .milliseconds(1) + 0.999))
    guard poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { return }
    for (outlet, found) in zip(open, polls) where found.revents != 0 {
      outlet.drain(through: &buffer)
    }
    if let feed, feed.isWaiting, polls.last?.revents != 0 { feed.write() }
  }
}
