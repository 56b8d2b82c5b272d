// Where a process stands among those of a run: what torchrun, SLURM or `vapo train trainer.nproc=N` say
// in the environment.

/// A process's number, how many there are, and where they meet.
public struct RankPlace: Equatable, Sendable {
  /// This process's number, from 0.
  public var rank: Int
  /// How many processes there are.
  public var count: Int
  /// This process's number on its machine, from 0.
  public var localRank: Int
  /// How many processes its machine has.
  public var localCount: Int
  /// The address of whoever serves the store.
  public var host: String
  /// The store's port.
  public var port: UInt16
  /// Whether somebody who starts the processes serves the store; else rank 0 does.
  public var hasAgent: Bool
  /// How often the processes were started again.
  public var attempt: Int

  /// Puts a place together.
  ///
  /// - Parameters:
  ///   - rank: this process's number.
  ///   - count: how many there are.
  ///   - localRank: its number on its machine.
  ///   - localCount: how many its machine has.
  ///   - host: the address of the store.
  ///   - port: the store's port.
  ///   - hasAgent: whether somebody else serves it.
  ///   - attempt: how often the processes were started again.
  public init(
    rank: Int, of count: Int, localRank: Int, of localCount: Int, host: String, port: UInt16,
    hasAgent: Bool, attempt: Int = 0
  ) {
    (self.rank, self.count) = (rank, count)
    (self.localRank, self.localCount) = (localRank, localCount)
    (self.host, self.port) = (host, port)
    (self.hasAgent, self.attempt) = (hasAgent, attempt)
  }

  /// Reads what the process was started with.
  ///
  /// torchrun's variables come first, then those of SLURM's `srun`.
  ///
  /// - Parameter environment: the process's.
  /// - Returns: nil where nothing says that there are several processes.
  /// - Throws: ``RankError`` that names the variable.
  public static func found(
    in environment: [String: String]
  ) throws(RankError) -> RankPlace? {
    let variables = Variables(environment)
    guard let count = try variables.number("WORLD_SIZE", below: most + 1) else {
      return try inStep(environment)
    }
    guard count > 1 else { return nil }
    guard let rank = try variables.number("RANK", below: count) else {
      throw RankError("WORLD_SIZE=\(count) without RANK: torchrun sets both")
    }
    guard let host = environment["MASTER_ADDR"], !host.isEmpty else {
      throw RankError("WORLD_SIZE=\(count) without MASTER_ADDR, where the processes meet")
    }
    guard let port = try variables.number("MASTER_PORT", below: 65_536), port > 0 else {
      throw RankError("WORLD_SIZE=\(count) without MASTER_PORT, where the processes meet")
    }
    return RankPlace(
      rank: rank, of: count,
      localRank: try variables.number("LOCAL_RANK", below: count) ?? rank,
      of: max(1, try variables.number("LOCAL_WORLD_SIZE", below: count + 1) ?? count),
      host: host, port: UInt16(port),
      hasAgent: environment["TORCHELASTIC_USE_AGENT_STORE"] == "True",
      attempt: try variables.number("TORCHELASTIC_RESTART_COUNT", below: 1 << 20) ?? 0)
  }

  /// The most processes of a run.
  public static let most = 65_536
}

/// Why processes cannot be put together, in words.
public struct RankError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The words.
  public let description: String

  /// Takes the words.
  public init(_ description: String) { self.description = description }
}
