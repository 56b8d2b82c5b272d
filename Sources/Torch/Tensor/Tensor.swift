// Tensor: a handle to libtorch's, and nothing about language.
//
// Operators trap on a failure (shapes or types that do not fit are bugs, and carry libtorch's own
// words); what can fail for reasons outside the program (files, devices) throws elsewhere.
// A tensor is not Sendable: the tensor world is one isolation domain, the process's main actor.

internal import CTorch

/// An n-dimensional array of numbers on a device, with libtorch's autograd behind it.
public final class Tensor {
  let handle: OpaquePointer

  /// Takes over a handle fresh from the shim, or traps with libtorch's own words.
  init(owning handle: OpaquePointer?, _ operation: StaticString = #function) {
    guard let handle else { fatalError("\(operation): \(String(cString: ct_last_error()))") }
    self.handle = handle
  }

  deinit { ct_release(handle) }

  /// The number of axes.
  public var rank: Int { Int(ct_rank(handle)) }

  /// The length of every axis.
  public var shape: [Int] { (0..<rank).map { Int(ct_size(handle, Int64($0))) } }

  /// The length of one axis; negative counts from the end.
  public func size(_ axis: Int) -> Int {
    precondition(axis < rank && axis >= -rank, "axis \(axis) of a tensor of rank \(rank)")
    return Int(ct_size(handle, Int64(axis)))
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The element type.
  public var type: ElementType {
    guard let type = ElementType(code: ct_type(handle)) else {
      fatalError("a tensor of an element type this program does not use")
    }
    return type
  }

  /// Where the tensor lives.
  public var device: Device {
    let device = ct_device(handle)
    return device.cuda ? .cuda(Int(device.index)) : .cpu
  }

  /// Names and checks two axes in one stroke.
  public var shape2: (Int, Int) {
    precondition(rank == 2, "expected two axes, found shape \(shape)")
    return (size(0), size(1))
  }

  /// Names and checks three axes in one stroke.
  public var shape3: (Int, Int, Int) {
    precondition(rank == 3, "expected three axes, found shape \(shape)")
    return (size(0), size(1), size(2))
  }
}

/// Runs an in-place call of the shim, or traps with libtorch's own words.
func must(_ status: CTStatus, _ operation: StaticString = #function) {
  if status != 0 { fatalError("\(operation): \(String(cString: ct_last_error()))") }
}
