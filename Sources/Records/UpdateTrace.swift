// What the policy's update made of a response, token by token.

/// What happened to a response's tokens when the policy last learned from it.
public struct UpdateTrace: Equatable, Sendable {
  /// `[T]`, π_θ/π_old as the surrogate had it, before it was clipped; not a number for a token that did not
  /// count.
  public var ratios: [Float]
  /// `[T]`, the bound that held the token's gain: -1 the lower, 1 the upper, 2 the dual, 0 none.
  public var clips: [Int8]

  /// Puts a trace together.
  public init(ratios: [Float], clips: [Int8]) {
    (self.ratios, self.clips) = (ratios, clips)
  }
}
