// The airlock: tensors to host arrays.

internal import CTorch

extension Tensor {
  /// All elements as float32, in row-major order.
  public var floats: [Float] { host(as: .float32, zero: Float(0)) }

  /// All elements as float64, in row-major order.
  public var doubles: [Double] { host(as: .float64, zero: Double(0)) }

  /// All elements as whole numbers, in row-major order.
  public var ints: [Int] { host(as: .int64, zero: 0) }

  /// All elements as truth values, in row-major order.
  public var bools: [Bool] { host(as: .bool, zero: false) }

  /// The one element of a tensor that has one.
  public var item: Double {
    var value = 0.0
    must(ct_item(handle, &value))
    return value
  }

  private func host<Element>(as type: ElementType, zero: Element) -> [Element] {
    let source = self.type == type ? self : self.to(type)
    var result = [Element](repeating: zero, count: count)
    result.withUnsafeMutableBytes { must(ct_to_host(source.handle, $0.baseAddress, $0.count)) }
    return result
  }

  /// All elements' bytes in the machine's byte order, row-major.
  public var bytes: [UInt8] {
    var result = [UInt8](repeating: 0, count: count * type.byteCount)
    result.withUnsafeMutableBytes { must(ct_to_host(handle, $0.baseAddress, $0.count)) }
    return result
  }

  /// The same numbers as another element type, on another device, or both; itself when nothing
  /// changes.
  public func to(_ type: ElementType? = nil, device: Device? = nil) -> Tensor {
    Tensor(owning: ct_to(handle, (device ?? self.device).code, (type ?? self.type).code))
  }

  /// Lends the elements' own memory, in row-major order; only for a contiguous tensor on the CPU.
  func withHostMemory<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = count * type.byteCount
    let memory = ct_host_memory(handle)
    precondition(bytes == 0 || memory != nil, "not a contiguous tensor on the CPU")
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableRawBufferPointer(start: memory, count: bytes))
  }

  /// Gives the memory of the elements back; the tensor must not be read until it is occupied again.
  ///
  /// Everybody who shares its memory loses it too.
  public func vacate() { must(ct_vacate(handle)) }

  /// Takes memory for the elements again, not yet written; only for a whole tensor in row-major order.
  public func occupy() { must(ct_occupy(handle)) }
}
