// Which of the house's own kernels are in use. A kernel that is off leaves its work to libtorch's
// operators, with the same meaning.

internal import CKernels
internal import CTorch

/// A part of the work that has kernels of its own, for CPUs with AVX-512 and bfloat16 products or with AVX2.
public enum Kernel: String, CaseIterable, Codable, Sendable {
  /// Products with weights, packed once and used until the weight changes.
  case linear
  /// Attention over rows packed without padding, and the rotation of its heads.
  case attention
  /// Residual sum and norm, the gated activation, embedding.
  case elementwise
  /// Output layer, softmax, choice and entropy in one.
  case head
  /// AdamW, and the norm that clips it.
  case optimizer
  /// Drawing tokens.
  case sampler

  /// Turns a kernel on or off, for the whole process.
  ///
  /// All are on at the start.
  public static func set(_ kernel: Kernel, to on: Bool) { ct_kernel_set(kernel.code, on) }

  /// Runs `body` with some kernels on or off for what this thread asks for, whatever other threads do meanwhile.
  ///
  /// Work that `body` hands to other threads is theirs, and done as the process has it; so is what is computed anew for
  /// gradients on a GPU.
  ///
  /// - Parameters:
  ///   - kernels: Which of them; all without it.
  ///   - on: Whether they are on.
  ///   - body: The work.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  public static func with<Result>(
    _ kernels: [Kernel] = Kernel.allCases, on: Bool, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = kernels.map { ($0, ct_kernel_choose($0.code, on ? CT_ON : CT_OFF)) }
    // Backwards, for a kernel may be named twice.
    defer {
      for (kernel, choice) in before.reversed() { _ = ct_kernel_choose(kernel.code, choice) }
    }
    return try body()
  }

  /// Whether a kernel is switched on for the calling thread.
  public static func isOn(_ kernel: Kernel) -> Bool { ct_kernel_is_set(kernel.code) }

  /// Whether this CPU runs the kernels at all; where it does not, the switches change nothing.
  public static var canRun: Bool { ct_kernels_can_run() }

  /// What a CPU needs to run them, which is chosen when the program is built.
  public static var needed: String {
    ct_kernels_are_narrow() ? "AVX2" : "AVX-512 with bfloat16 products"
  }

  private var code: CTKernel {
    switch self {
    case .linear: CT_LINEAR
    case .attention: CT_ATTENTION
    case .elementwise: CT_ELEMENTWISE
    case .head: CT_HEAD
    case .optimizer: CT_OPTIMIZER
    case .sampler: CT_SAMPLER
    }
  }
}
