// Time as work, not as waiting: a test that bounds it says the same on an idle machine and on one
// whose cores are all in use.

import Foundation

/// How much processor time `body` takes on this thread.
///
/// It may not change threads: what `body` waits for is not counted.
public func processorTime(_ body: () throws -> Void) rethrows -> Duration {
  func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
  let start = now()
  try body()
  return now() - start
}

/// How much processor time a running process has taken, its threads together, in steps of 10 ms.
///
/// - Parameter process: its number.
/// - Returns: the time; nil where no such process runs.
public func processorTime(of process: Int32) -> Duration? {
  // The program's name, in brackets, may hold anything; proc(5) counts the fields behind it.
  guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
    let end = text.lastIndex(of: ")")
  else { return nil }
  let fields = text[end...].split(separator: " ")
  guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else {
    return nil
  }
  return .seconds(Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
}
