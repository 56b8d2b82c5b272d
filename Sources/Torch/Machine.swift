// What libtorch is and what it runs on.

internal import CKernels
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

  /// The most bytes that tensors on a GPU have taken at once, since the start or the last
  /// ``resetPeakMemory(on:)``.
  public static func peakMemory(on gpu: Int) -> Int {
    var bytes: Int64 = 0
    must(ct_cuda_peak(Int32(gpu), &bytes))
    return Int(bytes)
  }

  /// Starts counting a GPU's peak from what is held now.
  public static func resetPeakMemory(on gpu: Int) { must(ct_cuda_reset_peak(Int32(gpu))) }

  /// Asks libtorch for algorithms that give the same bits on every run.
  public static func useDeterministicAlgorithms(_ on: Bool) { ct_set_deterministic(on) }

  /// Keeps the memory of a tensor that is freed on the CPU for the next of its size.
  ///
  /// Fresh memory costs more in page faults than most operators' arithmetic. What is kept never adds
  /// to the most that tensors ever took at once: what was kept longest goes first. To be called at the
  /// start; tensors made before stay valid.
  public static func useCachingAllocator() { must(ct_allocator_set(true)) }

  /// How many bytes of freed memory the allocator may keep; a quarter of the machine's at first.
  public static func keepFreedMemory(upTo bytes: Int) { ct_allocator_limit(Int64(bytes)) }

  /// Gives the memory that the allocator keeps back to the system.
  public static func releaseFreedMemory() { ct_allocator_release() }

  /// Bytes of large tensors: kept for the next, and in use.
  ///
  /// Zero without the caching allocator.
  public static var tensorMemory: (kept: Int, used: Int) {
    var (kept, used): (Int64, Int64) = (0, 0)
    ct_allocator_stats(&kept, &used)
    return (Int(kept), Int(used))
  }
}
