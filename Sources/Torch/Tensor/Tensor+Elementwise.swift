// One number in, one number out, for every place; shapes broadcast as in libtorch.

internal import CTorch

extension Tensor {
  /// Adds, place by place.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    Tensor(owning: ct_add(left.handle, right.handle))
  }

  /// Subtracts, place by place.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    Tensor(owning: ct_sub(left.handle, right.handle))
  }

  /// Multiplies, place by place.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    Tensor(owning: ct_mul(left.handle, right.handle))
  }

  /// Divides, place by place.
  public static func / (left: Tensor, right: Tensor) -> Tensor {
    Tensor(owning: ct_div(left.handle, right.handle))
  }

  /// Adds a number to every element.
  public static func + (left: Tensor, right: Double) -> Tensor {
    Tensor(owning: ct_add_scalar(left.handle, right))
  }

  /// Subtracts a number from every element.
  public static func - (left: Tensor, right: Double) -> Tensor { left + -right }

  /// Multiplies every element by a number.
  public static func * (left: Tensor, right: Double) -> Tensor {
    Tensor(owning: ct_mul_scalar(left.handle, right))
  }

  /// Divides every element by a number.
  public static func / (left: Tensor, right: Double) -> Tensor { left * (1 / right) }

  /// The negative of every element.
  public static prefix func - (operand: Tensor) -> Tensor { Tensor(owning: ct_neg(operand.handle)) }

  /// e to the power of every element.
  public func exp() -> Tensor { Tensor(owning: ct_exp(handle)) }

  /// e to the power of every element, less one, exact near zero.
  public func expm1() -> Tensor { Tensor(owning: ct_expm1(handle)) }

  /// The natural logarithm.
  public func log() -> Tensor { Tensor(owning: ct_log(handle)) }

  /// The square root.
  public func squareRoot() -> Tensor { Tensor(owning: ct_sqrt(handle)) }

  /// The absolute value.
  public func magnitude() -> Tensor { Tensor(owning: ct_abs(handle)) }

  /// The sine, of radians.
  public func sine() -> Tensor { Tensor(owning: ct_sin(handle)) }

  /// The cosine, of radians.
  public func cosine() -> Tensor { Tensor(owning: ct_cos(handle)) }

  /// Every element to a power.
  public func power(_ exponent: Double) -> Tensor {
    Tensor(owning: ct_pow_scalar(handle, exponent))
  }

  /// x · sigmoid(x).
  public func silu() -> Tensor { Tensor(owning: ct_silu(handle)) }

  /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
  ///
  /// Source: Gaussian Error Linear Units, arXiv:1606.08415, section 2.
  public func geluTanh() -> Tensor { Tensor(owning: ct_gelu_tanh(handle)) }

  /// Held within a range; the gradient is zero outside it.
  ///
  /// An end beyond the numbers of the tensor's type holds nothing.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    let largest = type.largest
    func end(_ value: Double) -> Double {
      abs(value) <= largest ? value : value < 0 ? -.infinity : .infinity
    }
    return Tensor(owning: ct_clamp(handle, end(range.lowerBound), end(range.upperBound)))
  }

  /// True where equal.
  public func equal(to other: Tensor) -> Tensor { Tensor(owning: ct_equal(handle, other.handle)) }

  /// True where less.
  public func less(than other: Tensor) -> Tensor { Tensor(owning: ct_less(handle, other.handle)) }

  /// True where less or equal.
  public func lessOrEqual(to other: Tensor) -> Tensor {
    Tensor(owning: ct_less_equal(handle, other.handle))
  }

  /// True where less than a number.
  public func less(than other: Double) -> Tensor { Tensor(owning: ct_less_scalar(handle, other)) }

  /// True where greater than a number.
  public func greater(than other: Double) -> Tensor {
    Tensor(owning: ct_greater_scalar(handle, other))
  }

  /// True where both are.
  public func and(_ other: Tensor) -> Tensor {
    Tensor(owning: ct_logical_and(handle, other.handle))
  }

  /// True where this is not.
  public func not() -> Tensor { Tensor(owning: ct_logical_not(handle)) }

  /// True where neither infinite nor NaN.
  public func isFinite() -> Tensor { Tensor(owning: ct_is_finite(handle)) }

  /// Replaces what `mask` is true on by one value.
  public func filled(_ value: Double, where mask: Tensor) -> Tensor {
    Tensor(owning: ct_masked_fill(handle, mask.handle, value))
  }

  /// Takes from `self` where `condition` is true and from `other` elsewhere.
  public func selected(where condition: Tensor, otherwise other: Tensor) -> Tensor {
    Tensor(owning: ct_where(condition.handle, handle, other.handle))
  }
}

/// The smaller of two, place by place.
public func minimum(_ left: Tensor, _ right: Tensor) -> Tensor {
  Tensor(owning: ct_minimum(left.handle, right.handle))
}

/// The larger of two, place by place.
public func maximum(_ left: Tensor, _ right: Tensor) -> Tensor {
  Tensor(owning: ct_maximum(left.handle, right.handle))
}
