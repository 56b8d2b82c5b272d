// Gradients. libtorch keeps the gradient mode per thread, so the closure that runs without
// gradients is synchronous: no suspension point can lose the mode.

internal import CTorch

/// Runs `body` without recording anything for `backward`.
public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_grad_enabled()
  ct_set_grad_enabled(false)
  defer { ct_set_grad_enabled(before) }
  return try body()
}

/// Whether what is computed now is recorded for `backward`.
public var recordsGradients: Bool { ct_grad_enabled() }

extension Tensor {
  /// Whether `backward` fills this tensor's gradient.
  public var requiresGradient: Bool {
    get { ct_requires_grad(handle) }
    set { must(ct_set_requires_grad(handle, newValue)) }
  }

  /// What `backward` has gathered, sharing its memory; nil before the first.
  public var gradient: Tensor? {
    get {
      guard let gradient = ct_grad(handle) else { return nil }
      return Tensor(owning: gradient)
    }
    set {
      guard let newValue else { return dropGradient() }
      must(ct_set_grad(handle, newValue.handle))
    }
  }

  /// Forgets the gathered gradient.
  public func dropGradient() { ct_drop_grad(handle) }

  /// The same numbers, cut off from what made them.
  public func detached() -> Tensor { Tensor(owning: ct_detach(handle)) }

  /// Adds the gradient of this one number to every tensor that made it and asks for gradients.
  public func backward() { must(ct_backward(handle, nil)) }

  /// The same for a tensor of any shape, given the gradient of what was made of it.
  public func backward(_ gradient: Tensor) { must(ct_backward(handle, gradient.handle)) }
}
