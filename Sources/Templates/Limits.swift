// How much a template may do. A template is a program from a stranger's folder: each of these
// numbers turns a program that would never end, or never fit, into an error.

/// What one rendering may use.
public struct Limits: Sendable {
  /// Passes through loops, all loops together.
  public var iterations = 1_000_000
  /// Bytes of the rendered text.
  public var outputBytes = 16 << 20
  /// Macros inside macros.
  public var macroDepth = 64
  /// Bytes of all texts and lists made on the way, together.
  public var allocatedBytes = 64 << 20
  /// Steps: an expression or statement is one, and so are sixteen bytes looked at.
  public var steps = 8_000_000

  /// The limits that published templates stay far below.
  public init() {}
}
