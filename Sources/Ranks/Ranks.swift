// The processes of a run as one: who this is, and what all of them have to say.

import Foundation
import Synchronization
public import Torch

/// The processes that a run is divided over; of a run in one process, that one.
///
/// A process that has lost another can only leave: whoever started them starts all of them again, and the
/// run goes on from its last checkpoint. So nothing here throws once the processes have met.
public final class Ranks {
  /// This process's number, from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  /// How many are on this machine.
  public let localCount: Int
  /// This process's number on its machine.
  public let localRank: Int
  let group: ProcessGroup?
  private let store: SharedStore?
  let heartbeat: Heartbeat?
  /// Whether this process finds out who was lost; else whoever started it does.
  let looksForLost: Bool
  let attempt: Int
  /// How long a call may wait for the other processes.
  let timeout: Duration
  /// What is said between this process and its neighbors where each waits for the other's end.
  var watch: Watch?

  /// Whether this is the process that speaks, and writes what a run leaves.
  public var isFirst: Bool { rank == 0 }

  /// A run in one process.
  public init() {
    (rank, count, localRank, localCount) = (0, 1, 0, 1)
    (group, store, heartbeat, looksForLost, attempt) = (nil, nil, nil, false, 0)
    timeout = .zero
  }

  /// Meets the others.
  ///
  /// - Parameters:
  ///   - place: where this process stands.
  ///   - environment: names the network interface in GLOO_SOCKET_IFNAME, where one is to be used.
  ///   - timeout: how long a call may wait for the other processes.
  ///   - silence: the seconds without a sign of life after which a process is taken for lost; 0: never.
  ///   - looksForLost: whether this process is to find out who was lost when a call fails.
  /// - Throws: ``ProcessError`` where somebody does not come.
  public init(
    _ place: RankPlace, environment: [String: String], timeout: Duration, silence: Int,
    looksForLost: Bool
  ) throws(ProcessError) {
    (rank, count) = (place.rank, place.count)
    (localRank, localCount, attempt) = (place.localRank, place.localCount, place.attempt)
    let store = try Self.store(place, timeout)
    let isLocal = place.host == "localhost" || place.host.hasPrefix("127.")
    group = try ProcessGroup(
      store, name: "vapo/attempt-\(place.attempt)", rank: rank, of: count,
      interface: environment["GLOO_SOCKET_IFNAME"] ?? "", host: isLocal ? "127.0.0.1" : "",
      timeout: timeout)
    self.store = store
    self.looksForLost = looksForLost
    self.timeout = timeout
    guard silence > 0 else {
      heartbeat = nil
      return
    }
    // A connection of its own: the other one is busy while somebody waits on it.
    let own = try SharedStore(joining: place.host, port: place.port, timeout: timeout)
    let heartbeat = Heartbeat(
      own, attempt: attempt, rank: rank, of: count, limit: silence)
    heartbeat.begin { [rank, count] words in Self.leave(rank, count, because: words) }
    self.heartbeat = heartbeat
  }

  /// Says that this process is about to end by itself: from now on it needs nobody, and does not leave because another
  /// has.
  public func beginEnd() { watch?.isEnding.store(true, ordering: .relaxed) }

  /// Says that this process ends by itself, so that nobody misses it.
  ///
  /// - Parameter isWell: whether all has gone as it should; else whoever still waits for this process on a GPU
  ///   finds out that it is gone.
  public func finish(isWell: Bool) {
    beginEnd()
    if isWell, watch != nil { group?.bidFarewell() }
    heartbeat?.end()
  }

  private static func store(
    _ place: RankPlace, _ timeout: Duration
  ) throws(ProcessError) -> SharedStore {
    guard place.rank == 0, !place.hasAgent else {
      return try SharedStore(joining: place.host, port: place.port, timeout: timeout)
    }
    let isLocal = place.host == "localhost" || place.host.hasPrefix("127.")
    let listener = try Listener(port: place.port, onLoopback: isLocal)
    return try SharedStore(serving: listener.socket, port: listener.port)
  }

  /// What every process has to say, in the order of ranks.
  ///
  /// - Parameters:
  ///   - mine: what this one says.
  ///   - what: names it where it fails.
  /// - Returns: everybody's bytes.
  public func gather(_ mine: [UInt8], _ what: String) -> [[UInt8]] {
    guard let group else { return [mine] }
    return going { try group.gathered(bytes: mine, what) }
  }

  /// The same of values; of one process without a detour over bytes.
  public func exchange<Value: Codable>(_ mine: Value, _ what: String) -> [Value] {
    guard count > 1 else { return [mine] }
    return going {
      let bytes = Array(try JSONEncoder().encode(mine))
      return try gather(bytes, what).map { try JSONDecoder().decode(Value.self, from: Data($0)) }
    }
  }

  /// The sum of everybody's tensors as a tree over ranks, the same bits for all.
  ///
  /// - Parameters:
  ///   - mine: of the same types and shapes in every process.
  ///   - what: names it where it fails.
  ///   - isAgreed: whether all processes know that what they bring is alike.
  /// - Returns: the sums, in the order of the tensors.
  public func sum(_ mine: [Tensor], _ what: String, isAgreed: Bool = false) -> [Tensor] {
    guard let group else { return mine }
    return going {
      var sums = mine
      for places in Self.runs(of: mine) {
        let flat = Tensor.concatenated(
          places.map { carried(mine[$0]).reshaped([mine[$0].count]) }, along: 0)
        let sum = try group.sum(flat, what, isAgreed: isAgreed)
        var start = 0
        for place in places {
          let end = start + mine[place].count
          sums[place] = sum.narrowed(0, start..<end).reshaped(mine[place].shape)
            .to(device: mine[place].device)
          start = end
        }
      }
      return sums
    }
  }

  /// The most elements that are summed at once, so that what is sent and received takes little memory.
  private static let most = 1 << 24

  /// Tensors that go as one: of one type, one after the other until they are many elements.
  private static func runs(of tensors: [Tensor]) -> [[Int]] {
    Set(tensors.map(\.type)).sorted { "\($0)" < "\($1)" }.flatMap { type in
      var runs: [[Int]] = []
      var length = most
      for place in tensors.indices where tensors[place].type == type {
        if length + tensors[place].count > most {
          runs.append([])
          length = 0
        }
        runs[runs.count - 1].append(place)
        length += tensors[place].count
      }
      return runs
    }
  }

  /// This process's row of the sum of everybody's tensors, added as ``sum(_:_:)`` does.
  ///
  /// - Parameters:
  ///   - rows: `[count, n]`, a row for every process, on any device.
  ///   - what: names it where it fails.
  /// - Returns: `[n]`.
  public func scattered(_ rows: Tensor, _ what: String) -> Tensor {
    arrival(ofSumOf: rows, what)()
  }

  /// Begins what ``scattered(_:_:)`` does, and returns before it is done.
  ///
  /// - Parameters:
  ///   - rows: `[count, n]`, a row for every process, on any device.
  ///   - what: names it where it fails.
  ///   - isAgreed: as of what is gathered.
  /// - Returns: what waits for this process's sum, `[n]`, to be called once.
  public func arrival(
    ofSumOf rows: Tensor, _ what: String, isAgreed: Bool = false
  ) -> () -> Tensor {
    guard let group else { return { rows.reshaped([rows.size(1)]) } }
    return waiting(rows.device) {
      try group.arrival(ofSumOf: carried(rows), what, isAgreed: isAgreed)
    }
  }

  /// Everybody's tensor, in the order of processes.
  ///
  /// - Parameters:
  ///   - mine: of one type and shape in every process, on any device.
  ///   - what: names it where it fails.
  /// - Returns: a tensor of one axis more.
  public func gather(_ mine: Tensor, _ what: String) -> Tensor { arrival(of: mine, what)() }

  /// Begins what ``gather(_:_:)`` does, and returns before it is done.
  ///
  /// - Parameters:
  ///   - mine: of one type and shape in every process, on any device.
  ///   - what: names it where it fails.
  ///   - isAgreed: whether all processes know that what they bring is alike, and need not say so first.
  /// - Returns: what waits for everybody's tensor, to be called once.
  public func arrival(
    of mine: Tensor, _ what: String, isAgreed: Bool = false
  ) -> () -> Tensor {
    guard let group else { return { mine.unsqueezed(0) } }
    return waiting(mine.device) {
      try group.arrival(of: carried(mine), what, isAgreed: isAgreed)
    }
  }

  /// A tensor where it can be exchanged.
  private func carried(_ tensor: Tensor) -> Tensor {
    group?.carries(tensor.device) == true ? tensor : tensor.to(device: .cpu)
  }

  private func waiting(_ device: Device, _ begin: () throws -> Arrival) -> () -> Tensor {
    let arrival = going(begin)
    return { [self] in going { try arrival.wait().to(device: device) } }
  }

  /// Whether any process says so.
  public func any(_ mine: Bool, _ what: String) -> Bool {
    gather([mine ? 1 : 0], what).contains([1])
  }

  /// What rank 0 has to say, in every process.
  ///
  /// - Parameters:
  ///   - what: names it where it fails.
  ///   - mine: called in rank 0 alone.
  /// - Returns: its text.
  /// - Throws: in rank 0 what `mine` throws, in the others an error of the same words.
  public func shared(_ what: String, _ mine: () throws -> String) throws -> String {
    var failure: (any Error)?
    var words: [UInt8] = []
    if isFirst {
      do {
        words = [0] + Array(try mine().utf8)
      } catch {
        failure = error
        words = [1] + Array("\(error)".utf8)
      }
    }
    let told = gather(words, what)[0]
    if let failure { throw failure }
    let text = String(decoding: told.dropFirst(), as: UTF8.self)
    guard told.first == 0 else { throw RankError(text) }
    return text
  }

  /// Text that outlives the processes, where somebody else serves the store.
  public func remembered(_ key: String) -> String? {
    guard let store else { return nil }
    return going { try store.value(of: key) }
  }

  /// Keeps text for the next attempt.
  public func remember(_ key: String, _ text: String) {
    guard let store else { return }
    going { try store.set(key, text) }
  }

  /// Where a process is is kept under this name.
  public static func phaseKey(_ rank: Int) -> String { "vapo/phase/\(rank)" }

  /// Says what this process is at work on, for whoever looks for the one that was lost.
  public func enter(_ phase: String) { remember(Self.phaseKey(rank), phase) }

  /// Whether it falls to this process to say why it ends.
  ///
  /// What all of them find wrong is said once; what one alone finds is said by that one.
  ///
  /// - Parameter reason: why, in words.
  /// - Returns: false where rank 0 says the same.
  public func speaks(of reason: String) -> Bool {
    guard let store else { return true }
    let key = "vapo/attempt-\(attempt)/refusal"
    guard isFirst else {
      return (try? store.wait(for: key, timeout: .seconds(1))) != reason
    }
    try? store.set(key, reason)
    return true
  }

  private func going<Result>(_ body: () throws -> Result) -> Result {
    do {
      return try body()
    } catch {
      let lost = looksForLost ? heartbeat?.culprit() : nil
      leave(because: "\(error)" + (lost.map { " (\($0))" } ?? ""))
    }
  }

  /// The exit status of a process that has lost another, which says that a new attempt may go well.
  public static let lostStatus: Int32 = 75

  /// Ends this process in words, for torchrun's report too.
  public func leave(because reason: String) -> Never {
    Self.leave(rank, count, because: reason)
  }

  /// Whether some thread has said why this process ends.
  private static let isLeaving = Mutex(false)

  static func leave(_ rank: Int, _ count: Int, because reason: String) -> Never {
    let isFirst = isLeaving.withLock { isLeaving in
      defer { isLeaving = true }
      return !isLeaving
    }
    // One has said it, and ends them all.
    while !isFirst { Thread.sleep(forTimeInterval: 60) }
    let words = "rank \(rank) of \(count): \(reason)"
    FileHandle.standardError.write(Data("vapo: \(words)\n".utf8))
    if let path = ProcessInfo.processInfo.environment["TORCHELASTIC_ERROR_FILE"] {
      let time = "\(Int(Date().timeIntervalSince1970))"
      let report = [
        "message": ["message": words, "extraInfo": ["timestamp": time]] as [String: Any]
      ]
      let data = try? JSONSerialization.data(withJSONObject: report)
      try? data?.write(to: URL(filePath: path))
    }
    // Not exit: threads of Gloo may hold what handlers at the exit wait for.
    _exit(lostStatus)
  }
}
