// New tensors: constants, ranges, host arrays, seeded random numbers.

internal import CTorch

extension Tensor {
  /// A tensor holding one value everywhere.
  public static func full(
    _ shape: [Int], _ value: Double, type: ElementType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(
      owning: ct_full(shape.map(Int64.init), Int64(shape.count), value, type.code, device.code))
  }

  /// A tensor of zeros.
  public static func zeros(
    _ shape: [Int], type: ElementType = .float32, device: Device = .cpu
  ) -> Tensor {
    full(shape, 0, type: type, device: device)
  }

  /// A tensor of ones.
  public static func ones(
    _ shape: [Int], type: ElementType = .float32, device: Device = .cpu
  ) -> Tensor {
    full(shape, 1, type: type, device: device)
  }

  /// A tensor whose memory is taken but not written.
  public static func empty(
    _ shape: [Int], type: ElementType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(owning: ct_empty(shape.map(Int64.init), Int64(shape.count), type.code, device.code))
  }

  /// The whole numbers from `range`'s start up to its end.
  public static func arange(
    _ range: Range<Int>, type: ElementType = .int64, device: Device = .cpu
  ) -> Tensor {
    Tensor(
      owning: ct_arange(
        Int64(range.lowerBound), Int64(range.upperBound), type.code, device.code))
  }

  /// Normal numbers, the same for the same seed whatever was drawn before; on the CPU, float32.
  public static func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, seed: UInt64
  ) -> Tensor {
    Tensor(
      owning: ct_normal(shape.map(Int64.init), Int64(shape.count), mean, deviation, seed))
  }

  /// Numbers spread evenly over a range, the same for the same seed; on the CPU, float32.
  public static func uniform(_ shape: [Int], in range: Range<Double>, seed: UInt64) -> Tensor {
    Tensor(
      owning: ct_uniform(
        shape.map(Int64.init), Int64(shape.count), range.lowerBound, range.upperBound, seed))
  }

  /// A tensor made of a host array, copied.
  ///
  /// - Parameters:
  ///   - values: the elements, in row-major order.
  ///   - shape: the axes; nil for one axis of all values.
  ///   - device: where the copy goes.
  public convenience init(_ values: [Float], shape: [Int]? = nil, device: Device = .cpu) {
    self.init(copying: values, type: .float32, shape: shape, device: device)
  }

  /// A float64 tensor made of a host array, copied.
  public convenience init(_ values: [Double], shape: [Int]? = nil, device: Device = .cpu) {
    self.init(copying: values, type: .float64, shape: shape, device: device)
  }

  /// An int64 tensor made of a host array, copied.
  public convenience init(_ values: [Int], shape: [Int]? = nil, device: Device = .cpu) {
    self.init(copying: values, type: .int64, shape: shape, device: device)
  }

  /// A bool tensor made of a host array, copied.
  public convenience init(_ values: [Bool], shape: [Int]? = nil, device: Device = .cpu) {
    self.init(copying: values, type: .bool, shape: shape, device: device)
  }

  private convenience init<Element>(
    copying values: [Element], type: ElementType, shape: [Int]?, device: Device
  ) {
    let shape = shape ?? [values.count]
    precondition(
      shape.reduce(1, *) == values.count, "\(values.count) values do not fill shape \(shape)")
    self.init(
      owning: values.withUnsafeBytes {
        ct_from_host(
          $0.baseAddress, type.code, shape.map(Int64.init), Int64(shape.count), device.code)
      })
  }

  /// A tensor made of raw bytes in the machine's byte order, copied.
  public convenience init(
    bytes: UnsafeRawBufferPointer, type: ElementType, shape: [Int], device: Device = .cpu
  ) {
    precondition(
      bytes.count == shape.reduce(type.byteCount, *), "\(bytes.count) bytes for shape \(shape)")
    self.init(
      owning: ct_from_host(
        bytes.baseAddress, type.code, shape.map(Int64.init), Int64(shape.count), device.code))
  }
}
