// What SLURM's `srun` tells the processes of a step.

extension RankPlace {
  /// The place of a process that `srun` has started.
  ///
  /// The processes meet on the first machine of the step, where its first process is unless another distribution
  /// was asked for, at a port that the job's and the step's numbers give; MASTER_ADDR and MASTER_PORT name
  /// others. The script of a batch job is no process of a step and has no place.
  ///
  /// - Parameter environment: the process's.
  /// - Returns: nil outside of a step, and in one of a single process.
  /// - Throws: ``RankError`` that names the variable.
  static func inStep(_ environment: [String: String]) throws(RankError) -> RankPlace? {
    let variables = Variables(environment)
    guard let count = try variables.number("SLURM_STEP_NUM_TASKS", below: most + 1), count > 1,
      let rank = try variables.number("SLURM_PROCID", below: count)
    else { return nil }
    let node = try variables.number("SLURM_NODEID", below: count) ?? 0
    let perNode = environment["SLURM_STEP_TASKS_PER_NODE"] ?? ""
    guard let localCount = tasks(of: node, in: perNode), (1...count).contains(localCount) else {
      throw RankError("SLURM_STEP_TASKS_PER_NODE=\(perNode) does not say how many node \(node) has")
    }
    let isOneMachine = try variables.number("SLURM_STEP_NUM_NODES", below: count + 1) == 1
    let list = environment["SLURM_STEP_NODELIST"] ?? ""
    let host = environment["MASTER_ADDR"] ?? (isOneMachine ? "127.0.0.1" : firstHost(of: list))
    guard !host.isEmpty else {
      throw RankError("SLURM_STEP_NODELIST=\(list) names no machine; MASTER_ADDR can name one")
    }
    let job = try variables.number("SLURM_JOB_ID", below: 1 << 40) ?? 0
    let step = try variables.number("SLURM_STEP_ID", below: 1 << 32) ?? 0
    // Above what systems hand out to servers, below what they hand out by themselves.
    let port =
      try variables.number("MASTER_PORT", below: 65_536) ?? 20_000 + (job * 31 + step) % 10_000
    guard port > 0 else { throw RankError("MASTER_PORT=0 is no port") }
    return RankPlace(
      rank: rank, of: count,
      localRank: try variables.number("SLURM_LOCALID", below: localCount) ?? 0, of: localCount,
      host: host, port: UInt16(port), hasAgent: false,
      attempt: try variables.number("SLURM_RESTART_COUNT", below: 1 << 20) ?? 0)
  }

  /// How many processes a machine has, of a list such as `2(x3),1`.
  private static func tasks(of node: Int, in list: String) -> Int? {
    var left = node
    for part in list.split(separator: ",") {
      let pieces = part.split(separator: "(")
      let repeated = pieces.count == 2 ? pieces[1].dropFirst().dropLast() : "1"
      guard let tasks = pieces.first.flatMap({ Int($0) }), let times = Int(repeated), times > 0
      else {
        return nil
      }
      if left < times { return tasks }
      left -= times
    }
    return nil
  }

  /// The first machine of a list such as `rack[01-04,07]n[1-2],other`; nothing of an empty one.
  private static func firstHost(of list: String) -> String {
    var host = ""
    var rest = list[...]
    while let next = rest.first, next != "," {
      rest.removeFirst()
      guard next == "[" else {
        host.append(next)
        continue
      }
      host += rest.prefix { !"-,]".contains($0) }
      rest = rest.drop { $0 != "]" }.dropFirst()
    }
    return host
  }
}

/// The variables of a process that are numbers.
struct Variables {
  private let environment: [String: String]

  init(_ environment: [String: String]) { self.environment = environment }

  /// The first of some variables that is set, from 0; nil where none is.
  func number(_ names: String..., below limit: Int) throws(RankError) -> Int? {
    for name in names {
      guard let text = environment[name] else { continue }
      guard let number = Int(text), (0..<limit).contains(number) else {
        throw RankError("\(name)=\(text) is no number from 0 to \(limit - 1)")
      }
      return number
    }
    return nil
  }
}
