// A process group over GPUs, and how a process learns that another one is gone while it waits for nothing.

internal import CTorch

extension ProcessGroup {
  /// Whether tensors of GPUs can travel without the host's memory in this build, by NCCL.
  public static var carriesDevices: Bool { ct_group_carries_devices() }

  /// What a GPU is called: another's is another name, on whichever machine; nil where none can be told.
  public static func name(of device: Device) -> [UInt8]? {
    ct_device_name(device.code).map { Tensor(owning: $0).bytes }
  }

  /// Whether tensors of a device can be given to this group.
  public func carries(_ device: Device) -> Bool { device == .cpu || device == carried }

  /// Has tensors of a GPU carried without the host's memory; all processes must call it.
  ///
  /// Tensors that all know of are exchanged then, as some that cannot reach each other would find out only here.
  ///
  /// - Parameters:
  ///   - device: this process's, no other's.
  ///   - name: of the meeting, as of the group's own.
  ///   - timeout: how long a tensor may be under way.
  /// - Throws: ``ProcessError`` where they cannot be, or arrive as something else.
  public func carry(
    on device: Device, name: String, timeout: Duration
  ) throws(ProcessError) {
    let status = ct_group_carry(handle, store.handle, name, device.code, timeout.milliseconds)
    guard status == 0 else { throw ProcessError(last: "exchanging tensors of \(device)") }
    carried = device
    let mine = Tensor([Float(rank), 1]).to(device: device)
    let all = try gathered(mine, "a first tensor").floats
    let rows = Tensor.ones([count, 1], type: .float32, device: device) * Double(rank + 1)
    let sum = try scattered(rows, "a first sum").floats
    let wanted = (0..<count).map { [Float($0), 1] }.joined()
    guard all == Array(wanted), sum == [Float(count * (count + 1) / 2)] else {
      throw ProcessError("tensors of \(device) arrive as others: \(all) and \(sum)")
    }
  }

  /// Waits for as long as the next process is there.
  ///
  /// To be called on a thread of its own, beside all other calls.
  ///
  /// - Returns: whether it has said that it ends as it should; else it is gone.
  public func neighborEndsAsItShould() -> Bool { ct_group_await_farewell(handle) == 0 }

  /// Says to the process before this one that this one ends as it should.
  public func bidFarewell() { _ = ct_group_bid_farewell(handle) }
}
