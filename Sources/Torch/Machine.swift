// What libtorch is and what it runs on.

internal import CTorch

/// The libtorch this program runs on.
public enum Machine {
  /// libtorch's version, as compiled against.
  public static var libtorchVersion: String { String(cString: ct_version()) }

  /// The instruction set libtorch's own kernels use: "AVX512", "AVX2", "DEFAULT".
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

  /// How many threads one operator may use.
  public static var threads: Int {
    get { Int(ct_threads()) }
    set { ct_set_threads(Int32(newValue)) }
  }

  /// The number of CUDA GPUs libtorch can use.
  public static var cudaDeviceCount: Int { Int(ct_cuda_devices()) }

  /// Asks libtorch for algorithms that give the same bits on every run.
  public static func useDeterministicAlgorithms(_ on: Bool) { ct_set_deterministic(on) }
}
