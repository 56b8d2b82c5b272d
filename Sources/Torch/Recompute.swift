// Activation checkpointing: memory for time.

internal import CTorch

/// Two tensors whose making is repeated in `backward`, in place of keeping what it would need.
///
/// Everything that `body` reads gets its gradients as if it had been recorded; it must give the same
/// numbers both times. Without gradients it is only called.
///
/// Source: Training Deep Nets with Sublinear Memory Cost, arXiv:1604.06174.
///
/// - Parameters:
///   - x: what the results are made of.
///   - y: the same; or nothing.
///   - ended: called in `backward` when everything that `body` reads has its gradients.
///   - body: makes the two.
/// - Returns: what `body` does.
public func recomputing(
  _ x: Tensor, _ y: Tensor?, ended: @escaping () -> Void = {},
  _ body: @escaping (Tensor, Tensor?) -> (Tensor, Tensor)
) -> (Tensor, Tensor) {
  guard ct_grad_enabled() else { return body(x, y) }
  let work = Unmanaged.passRetained(Work(body, ended))
  var (first, second): (OpaquePointer?, OpaquePointer?)
  withExtendedLifetime((x, y)) {
    must(
      ct_recomputed(
        work.toOpaque(),
        { context, x, y, results in
          guard let context else { return }
          let work = Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
          let made = work.body(Tensor(owning: x), y.map { Tensor(owning: $0) })
          withExtendedLifetime(made) { ct_pair_set(results, made.0.handle, made.1.handle) }
        },
        { context in
          if let context { Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().ended() }
        },
        { context in if let context { Unmanaged<Work>.fromOpaque(context).release() } },
        x.handle, y?.handle, &first, &second))
  }
  return (Tensor(owning: first), Tensor(owning: second))
}

/// Closures with an address.
private final class Work {
  let body: (Tensor, Tensor?) -> (Tensor, Tensor)
  let ended: () -> Void

  init(
    _ body: @escaping (Tensor, Tensor?) -> (Tensor, Tensor), _ ended: @escaping () -> Void
  ) {
    (self.body, self.ended) = (body, ended)
  }
}
