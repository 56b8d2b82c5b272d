// Collectives: the same call on every rank, in the same order, with what all of them brought.

internal import CTorch

#if canImport(Glibc)
private import Glibc
#endif

/// Processes that exchange tensors: of the CPU by libtorch's Gloo group, of GPUs by its NCCL group once there is one.
///
/// Before tensors of a size that is not known to all, every rank says what it is going to bring: unequal
/// sizes would end the process from inside of Gloo.
public final class ProcessGroup {
  /// This process's number, from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  let handle: OpaquePointer
  let store: SharedStore
  /// The device whose tensors are carried without the host's memory.
  var carried: Device?

  /// Joins the processes that meet in a store; returns when all are there.
  ///
  /// - Parameters:
  ///   - store: where they meet.
  ///   - name: of the meeting: one that failed is not joined again.
  ///   - rank: this process's number.
  ///   - count: how many there are.
  ///   - interface: the network interface to speak over; empty for the address below.
  ///   - host: the address of this machine to speak over; empty for that of its name.
  ///   - timeout: how long a call may wait for the other ranks.
  /// - Throws: ``ProcessError`` when somebody is missing by then.
  public init(
    _ store: SharedStore, name: String, rank: Int, of count: Int, interface: String = "",
    host: String = "", timeout: Duration
  ) throws(ProcessError) {
    precondition(count > 0 && (0..<count).contains(rank), "rank \(rank) of \(count)")
    // Gloo writes to those that have gone: that is an error, and no end of this process.
    signal(SIGPIPE, SIG_IGN)
    guard
      let handle = ct_group_join(
        store.handle, name, Int32(rank), Int32(count), interface, host, timeout.milliseconds)
    else { throw ProcessError(last: "joining \(count) ranks") }
    self.handle = handle
    self.store = store
    (self.rank, self.count) = (rank, count)
  }

  deinit { ct_group_leave(handle) }

  /// Everybody's tensor, in the order of ranks: `[count, ...]`.
  ///
  /// - Parameters:
  ///   - mine: of one type and shape on all ranks.
  ///   - what: says what it is, for the error.
  /// - Returns: a tensor of one axis more.
  /// - Throws: ``ProcessError`` when shapes or types are not alike, or a rank is gone.
  public func gathered(_ mine: Tensor, _ what: String) throws(ProcessError) -> Tensor {
    try arrival(of: mine, what).wait()
  }

  /// Begins to gather everybody's tensor, and returns before it is there.
  ///
  /// - Parameters:
  ///   - mine: of one type and shape on all ranks.
  ///   - what: says what it is, for the error.
  ///   - isAgreed: whether all ranks know that what they bring is alike. They then need not wait to say so, behind
  ///     what is under way.
  /// - Returns: what waits for it: `[count, ...]`. Other calls may come before that.
  /// - Throws: ``ProcessError`` when shapes or types are not alike, or a rank is gone.
  public func arrival(
    of mine: Tensor, _ what: String, isAgreed: Bool = false
  ) throws(ProcessError) -> Arrival {
    if !isAgreed { try agree(on: mine, what) }
    let begun = withExtendedLifetime(mine) { ct_group_gather(handle, mine.handle) }
    return try Arrival(begun, "gathering \(what) from all ranks")
  }

  /// Everybody's bytes, in the order of ranks, of any length each.
  ///
  /// - Throws: ``ProcessError`` when a rank is gone.
  public func gathered(bytes: [UInt8], _ what: String) throws(ProcessError) -> [[UInt8]] {
    let words = try headers(of: what, [bytes.count], bytes)
    try check(words, columns: 1, what)
    let lengths = words.map { $0.numbers[1] }
    guard lengths.allSatisfy({ (0...Self.mostBytes).contains($0) }) else {
      throw ProcessError("\(what): sizes that cannot be: \(lengths)")
    }
    // What is short has come with the header.
    guard let longest = lengths.max(), longest > Self.headerRoom else {
      return zip(words, lengths).map { Array($0.bytes.prefix($1)) }
    }
    let all = try gathered(padding: bytes, to: longest, what)
    return zip(all, lengths).map { Array($0.prefix($1)) }
  }

  /// Everybody's bytes, zeros behind them, as many as all know of.
  private func gathered(
    padding bytes: some Collection<UInt8>, to length: Int, _ what: String
  ) throws(ProcessError) -> [ArraySlice<UInt8>] {
    let padded = bytes + [UInt8](repeating: 0, count: length - bytes.count)
    let mine = padded.withUnsafeBytes { Tensor(bytes: $0, type: .uint8, shape: [length]) }
    let all = try arrival(of: mine, what, isAgreed: true).wait().bytes
    return (0..<count).map { all[$0 * length..<($0 + 1) * length] }
  }

  /// The sum of everybody's tensor, element by element, as a tree over ranks: the same bits on all of
  /// them, and for 2, 4, 8, … ranks those of one process that adds its tensors as such a tree.
  ///
  /// - Parameters:
  ///   - mine: of one type and shape on all ranks.
  ///   - what: says what it is, for the error.
  ///   - isAgreed: whether all ranks know that what they bring is alike.
  /// - Returns: the sum, in a tensor of its own.
  /// - Throws: ``ProcessError`` when shapes or types are not alike, or a rank is gone.
  public func sum(
    _ mine: Tensor, _ what: String, isAgreed: Bool = false
  ) throws(ProcessError) -> Tensor {
    let length = mine.count
    guard count > 1, length > 0 else { return mine.detached() + 0 }
    // Each rank adds a part of all: as many bytes as any sum over ranks takes.
    let part = (length + count - 1) / count
    var flat = mine.detached().reshaped([length])
    if part * count > length {
      let rest = Tensor.zeros([part * count - length], type: mine.type, device: mine.device)
      flat = Tensor.concatenated([flat, rest], along: 0)
    }
    let rows = flat.reshaped([count, part])
    let own = try arrival(ofSumOf: rows, what, isAgreed: isAgreed).wait()
    let all = try arrival(of: own, what, isAgreed: true).wait()
    return all.reshaped([part * count]).narrowed(0, 0..<length).reshaped(mine.shape)
  }

  /// This rank's row of the sum of everybody's tensors, added as ``sum(_:_:)`` does.
  ///
  /// - Parameters:
  ///   - rows: `[count, n]`, a row for every rank.
  ///   - what: says what it is, for the error.
  /// - Returns: `[n]`, in a tensor of its own.
  /// - Throws: ``ProcessError`` when shapes or types are not alike, or a rank is gone.
  public func scattered(_ rows: Tensor, _ what: String) throws(ProcessError) -> Tensor {
    try arrival(ofSumOf: rows, what).wait()
  }

  /// Begins what ``scattered(_:_:)`` does, and returns before it is done.
  ///
  /// - Parameters:
  ///   - rows: `[count, n]`, a row for every rank.
  ///   - what: says what it is, for the error.
  ///   - isAgreed: as of what is gathered.
  /// - Returns: what waits for the sum, `[n]`. Other calls may come before that.
  /// - Throws: ``ProcessError`` when shapes or types are not alike, or a rank is gone.
  public func arrival(
    ofSumOf rows: Tensor, _ what: String, isAgreed: Bool = false
  ) throws(ProcessError) -> Arrival {
    precondition(rows.rank == 2 && rows.size(0) == count, "a row a rank, not \(rows.shape)")
    if !isAgreed { try agree(on: rows, what) }
    // Held by name until the call is over: a handle alone keeps nothing.
    let begun = withExtendedLifetime(rows) { ct_group_exchange(handle, rows.handle) }
    let (ranks, length) = (0..<count, rows.size(1))
    return try Arrival(begun, "summing \(what) over ranks") { parts in
      treeSum(ranks.map { parts.narrowed(0, $0..<$0 + 1) }).reshaped([length])
    }
  }

  /// Refuses tensors that are not alike on all ranks.
  private func agree(on mine: Tensor, _ what: String) throws(ProcessError) {
    let own = [mine.count, Int(mine.type.code.rawValue)]
    try check(try headers(of: what, own, []), columns: 0, what)
  }

  /// What ranks are about to do: the call's name and what they bring, as numbers, and as many of the bytes as
  /// there is room for.
  private typealias Header = (numbers: [Int], bytes: ArraySlice<UInt8>)

  private func headers(
    of what: String, _ numbers: [Int], _ bytes: [UInt8]
  ) throws(ProcessError) -> [Header] {
    let name = what.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    var words = [Int64](repeating: 0, count: Self.headerNumbers)
    for (place, number) in ([Int(truncatingIfNeeded: name)] + numbers).enumerated() {
      words[place] = Int64(number)
    }
    let mine = words.withUnsafeBytes { Array($0) } + bytes.prefix(Self.headerRoom)
    let length = Self.headerNumbers * 8 + Self.headerRoom
    return try gathered(padding: mine, to: length, what).map { header in
      let numbers = header.withUnsafeBytes { bytes in
        (0..<Self.headerNumbers).map {
          Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
        }
      }
      return (numbers, header.dropFirst(Self.headerNumbers * 8))
    }
  }

  /// The most bytes of one message.
  private static let mostBytes = 1 << 36

  /// Every rank's header is as long, whatever it is about to do: so many numbers, and room for so many bytes, that
  /// a short message is one exchange and no second.
  private static let headerNumbers = 4
  private static let headerRoom = 4064

  /// Refuses headers that are not alike, but for so many columns after the name.
  private func check(
    _ headers: [Header], columns: Int, _ what: String
  ) throws(ProcessError) {
    for other in 0..<count {
      let (mine, theirs) = (headers[rank].numbers, headers[other].numbers)
      let isSame =
        mine.first == theirs.first
        && mine.dropFirst(1 + columns).elementsEqual(theirs.dropFirst(1 + columns))
      guard isSame else {
        throw ProcessError(
          "rank \(rank) is at \(what) with \(mine.dropFirst()), rank \(other) is not: "
            + "their ways have parted")
      }
    }
  }
}

/// The sum of tensors of one shape as a balanced tree: neighbors first, then their sums.
///
/// - Parameter tensors: at least one; they stay as they are.
/// - Returns: a tensor of its own.
public func treeSum(_ tensors: [Tensor]) -> Tensor {
  precondition(!tensors.isEmpty, "a sum of nothing")
  var level = tensors
  while level.count > 1 {
    level = stride(from: 0, to: level.count, by: 2).map { place in
      place + 1 < level.count ? level[place] + level[place + 1] : level[place]
    }
  }
  return tensors.count == 1 ? level[0] + 0 : level[0]
}
