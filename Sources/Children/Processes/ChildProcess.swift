// One process of another program: started in a session of its own, ended with all it started.

import CChildren
import Glibc
import Synchronization

/// How a process ended.
enum Ending: Equatable, Sendable, CustomStringConvertible {
  case status(Int32)
  case signal(Int32)

  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .status((waitStatus >> 8) & 0xFF) : .signal(signal)
  }

  var description: String {
    switch self {
    case .status(let status): "ended with status \(status)"
    case .signal(let signal): "was ended by signal \(signal)"
    }
  }
}

/// A program to start.
struct Launch {
  /// The absolute path of the program.
  var path: String
  /// What it is given, its own name first.
  var arguments: [String]
  /// All of its environment.
  var environment: [String: String]
  /// Where it starts; nil for this process's folder.
  var folder: String?

  /// Finds a program as a shell would.
  ///
  /// - Parameters:
  ///   - name: a name, or a path if it has a slash in it.
  ///   - path: the folders to look in, with colons between them.
  ///   - folder: where a path starts that does not start at the root; nil for this process's folder.
  /// - Returns: A path that can be executed, or nil.
  static func find(_ name: String, on path: String, from folder: String? = nil) -> String? {
    let candidates =
      if !name.contains("/") {
        path.split(separator: ":").map { "\($0)/\(name)" }
      } else if let folder, !name.hasPrefix("/") {
        ["\(folder)/\(name)"]
      } else {
        [name]
      }
    return candidates.first { candidate in
      var status = stat()
      return stat(candidate, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        && access(candidate, X_OK) == 0
    }
  }
}

/// A running process.
///
/// Not to be used by two threads at once. When it is let go it is killed.
final class ChildProcess {
  private static let counter = Atomic<UInt64>(0)
  private static let markName = "VAPO_CHILD"

  /// The process id, which is also that of its session and its group.
  let id: Int32
  private let mark: String
  private var ending: Ending?

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - launch: the program.
  ///   - descriptors: what it gets as descriptors 0, 1 and so on. It gets no others.
  ///   - isMarked: whether its environment says whose child it is, for all it starts to carry.
  /// - Throws: `ChildError.start`.
  init(_ launch: Launch, descriptors: [Descriptor], isMarked: Bool) throws(ChildError) {
    let number = Self.counter.add(1, ordering: .relaxed).newValue
    let value = "\(getpid())-\(number)-\(UInt64.random(in: 0...(.max)))"
    mark = "\(Self.markName)=\(value)"
    var environment = launch.environment.map { "\($0.key)=\($0.value)" }
    if isMarked { environment.append(mark) }
    let numbers = descriptors.map(\.number)
    let result = withCStrings(launch.arguments) { arguments in
      withCStrings(environment) { environment in
        cc_spawn(launch.path, arguments, environment, launch.folder, numbers, Int32(numbers.count))
      }
    }
    guard result > 0 else {
      let place = launch.folder.map { " in \($0)" } ?? ""
      throw .start(reason: "\(launch.path)\(place): \(words(ofError: -result))")
    }
    id = result
  }

  deinit { _ = stop(grace: .zero) }

  /// Whether the process itself has ended; what it started may live on.
  var hasEnded: Bool { ending != nil || cc_has_ended(id) != 0 }

  /// Ends the process and everybody it started, and reaps it.
  ///
  /// - Parameter grace: how long those who are asked to end may take before they are killed.
  /// - Returns: How the process ended; nil if the kernel does not let it go.
  func stop(grace: Duration) -> Ending? {
    if let ending { return ending }
    var orphans = Set<Int32>()
    var living = livingFamily(noting: &orphans)
    if grace > .zero && !living.isEmpty {
      send(SIGTERM, to: living)
      _ = poll(upTo: grace) {
        guard hasEnded else { return false }
        living = livingFamily(noting: &orphans)
        return living.isEmpty
      }
    }
    // Until the process is reaped its number and group belong to nobody else. Those who fork while
    // they are killed are found in the next round.
    var rounds = 0
    while !living.isEmpty && rounds < 50 {
      kill(-id, SIGKILL)
      send(SIGKILL, to: living)
      usleep(1000)
      living = livingFamily(noting: &orphans)
      rounds += 1
    }
    reap()
    orphans.forEach(reapOrphan)
    return ending
  }

  /// Ends the process alone, at once, and reaps it: enough where the kernel ends the rest.
  func killAlone() -> Ending? {
    if let ending { return ending }
    kill(id, SIGKILL)
    reap()
    return ending
  }

  private func reap() {
    var status: Int32 = 0
    if poll(upTo: .seconds(1), { waitpid(id, &status, WNOHANG) != 0 }) {
      ending = Ending(waitStatus: status)
    }
  }

  /// Reaps a dying grandchild that this process inherits where it is the first of its container.
  ///
  /// Elsewhere somebody else does.
  func reapOrphan(_ orphan: Int32) {
    guard getpid() == 1 else { return }
    _ = poll(upTo: .seconds(1)) { waitpid(orphan, nil, WNOHANG) != 0 }
  }

  /// Who of the family runs; all of it but the process itself is noted.
  private func livingFamily(noting orphans: inout Set<Int32>) -> [Int32] {
    let family = ProcessTable.now().family(of: id, mark: mark)
    orphans.formUnion(family.map(\.id).filter { $0 != id })
    return family.filter { !$0.isZombie }.map(\.id)
  }

  private func send(_ signal: Int32, to members: [Int32]) {
    for member in members { kill(member, signal) }
  }

  private func poll(upTo limit: Duration, _ isOver: () -> Bool) -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var pause: UInt32 = 200
    while !isOver() {
      guard clock.now < deadline else { return false }
      usleep(pause)
      pause = min(2 * pause, 10_000)
    }
    return true
  }
}

/// Lends a list of texts to C, with the nil at its end.
private func withCStrings<Value>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
) -> Value {
  let pointers = texts.map { strdup($0) }
  defer { pointers.forEach { free($0) } }
  return body(pointers + [nil])
}
