// How deep rules may call each other: the native stack is measured, not guessed.

internal import CStack

/// Tells when the native stack runs low.
///
/// Threads of 512 KB exist, and not all of it is there: glibc takes the thread-local memory of every
/// library from the stack's far end, which is 200 KB with libtorch for CUDA. What is not allowed here is
/// left to whoever calls.
struct StackGuard {
  private static let allowed: UInt = 320 << 10
  /// What the functions that a rule calls may need.
  private static let reserve: UInt = 64 << 10
  /// The stack grows down to here.
  private let lowest: UInt

  init() {
    let here = Self.here()
    lowest = max(here - min(here, Self.allowed), UInt(cstack_end()) + Self.reserve)
  }

  var isSpent: Bool { Self.here() < lowest }

  @inline(never)
  private static func here() -> UInt {
    var marker: UInt8 = 0
    return withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
  }
}
