// A reward command that does whatever the response says, and what tests need around it.

import JSON
import Children
import Foundation
import Glibc
import Testing

/// The parent of every suite here: one after the other, because they time what they do.
@Suite(.serialized)
struct ChildrenTests {}

enum RogueChild {
  /// A Python that starts quickly; the first on the path may be a wrapper that does not.
  static let python =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
    ? "/usr/bin/python3" : "python3"

  static let program = #"""
    import json, os, signal, subprocess, sys, time

    def say(text):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def good(score=1.0):
        say(json.dumps({"id": n, "score": score}))

    def leave_grandchildren(path):
        sleep = ["sleep", "600"]
        pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
        reading, writing = os.pipe()
        if os.fork() == 0:  # a daemon: its parent is gone, its session is its own
            os.setsid()
            daemon = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 600 & wait; sleep 600"])
            os.write(writing, str(daemon.pid).encode())
            os._exit(0)
        os.wait()
        pids.append(int(os.read(reading, 20)))
        with open(path, "w") as file:
            file.write(" ".join(map(str, pids)))

    if len(sys.argv) > 1:
        eval(sys.argv[1])
    say('{"protocol":1}')
    for line in sys.stdin:
        request = json.loads(line)
        n, what = request["id"], request["solution_str"]
        if what == "hang":
            time.sleep(600)
        elif what == "exit":
            sys.exit("I am tired")
        elif what == "half a line":
            sys.stdout.write('{"id":')
            sys.stdout.flush()
            os._exit(0)
        elif what == "half a line, then nothing":
            sys.stdout.write('{"id":%d,"score":1' % n)
            sys.stdout.flush()
            time.sleep(600)
        elif what == "a line of 100 MB":
            for _ in range(100):
                sys.stdout.write("x" * 1000000)
            good()
        elif what == "two answers":
            sys.stdout.write('{"id":%d,"score":1}\n{"id":%d,"score":1}\n' % (n, n))
            sys.stdout.flush()
        elif what == "an answer and later one more":
            good()
            time.sleep(0.1)
            good()
        elif what == "endless words":
            while True:
                sys.stderr.write("y" * 100000)
        elif what == "many words":
            for _ in range(100):
                sys.stderr.write("y" * 100000)
            good()
        elif what == "slow":
            time.sleep(5)
            good()
        elif what == "ignores SIGTERM":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                time.sleep(600)
        elif what == "leaves grandchildren":
            leave_grandchildren(request["extra_info"]["file"])
            os._exit(1)
        elif what == "the environment":
            say(json.dumps({"id": n, "score": 0, "names": sorted(os.environ)}))
        elif what == "the descriptors":
            open_ones = [int(name) for name in os.listdir("/proc/self/fd")]
            say(json.dumps({"id": n, "score": 0, "open": sorted(open_ones)[:-1]}))
        elif what == "deaf":
            os.close(0)
            time.sleep(600)
        elif what.startswith("say "):
            say(what[4:].replace("ID", str(n)))
        else:
            good(len(what))
    """#

  /// The command with limits that suit a test.
  static func settings(_ start: String? = nil) -> CommandSettings {
    var settings = CommandSettings(
      [python, "-I", "-S", "-c", program] + (start.map { [$0] } ?? []))
    // Who does something else than wait gets time to do it, however busy the machine is.
    settings.answerLimit = .seconds(20)
    return settings
  }

  static func request(_ what: String, file: String = "") -> RewardRequest {
    RewardRequest(
      dataSource: "rogue", solution: what, groundTruth: "1", extraInfo: ["file": .string(file)])
  }
}

/// How much longer than promised things may take on a machine whose cores are all in use.
///
/// What is broken here waits for minutes, so that a test that fails still fails.
let slack = Duration.seconds(15)

/// Runs something that should fail, and times it.
func failure(_ body: () async throws -> Void) async -> (error: ChildError?, time: Duration) {
  var error: ChildError?
  let time = await ContinuousClock().measure {
    do { try await body() } catch let caught as ChildError { error = caught } catch {
      Issue.record(error)
    }
  }
  return (error, time)
}

/// Whether a process is there and has not ended.
func isAlive(_ id: Int32) -> Bool {
  guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else {
    return false
  }
  return text.split(separator: ")").last?.split(separator: " ").first != "Z"
}

/// A folder that is gone after the test.
func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
  let folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

/// How many descriptors this process has open.
func openDescriptors() throws -> Int {
  try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
}

/// The number of open descriptors, once threads that are just ending have let go of theirs.
func descriptors(settlingTo most: Int) async throws -> Int {
  for _ in 0..<100 where try openDescriptors() > most {
    try await Task.sleep(for: .milliseconds(10))
  }
  return try openDescriptors()
}

/// The children of this process, living and dead.
func children() throws -> [String] {
  let own = String(ProcessInfo.processInfo.processIdentifier)
  return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
    guard Int(name) != nil,
      let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
      let fields = text.split(separator: ")").last?.split(separator: " ")
    else { return false }
    return fields[1] == own
  }
}
