// What a file may make of a text. A few steps that each make it some times longer would fill the
// memory, and a long row of steps would never end.

extension TokenizerFile {
  /// How much longer a text may get on its way through all steps, and how many steps there are.
  struct Growth {
    /// Published files stay far below: a map of characters and spaces spelled out make about two hundred.
    private static let mostTimes = 4096
    /// Bytes that every text may get besides.
    private static let mostAdded = 1 << 16
    private static let mostSteps = 256

    private var times = 1
    private var added = 0
    private var steps = 0

    /// Counts a step.
    mutating func step(_ field: JSONField) throws(TokenizerError) {
      steps += 1
      guard steps <= Self.mostSteps else {
        throw field.unsupported(
          "more than \(Self.mostSteps) steps", supported: "as many as that")
      }
    }

    /// Counts a step after which a text may be `count` times as long.
    mutating func grow(by count: Int, _ field: JSONField) throws(TokenizerError) {
      let count = max(1, count)
      // Neither product overflows: a file has less than 2³¹ bytes.
      times *= count
      added *= count
      guard times <= Self.mostTimes else {
        throw field.unsupported(
          "making a text more than \(Self.mostTimes) times longer", supported: "less than that")
      }
      try add(0, field)
    }

    /// Counts a step that puts `count` bytes before a text.
    mutating func add(_ count: Int, _ field: JSONField) throws(TokenizerError) {
      added += count
      guard added <= Self.mostAdded else {
        throw field.unsupported(
          "putting more than \(Self.mostAdded) bytes before a text", supported: "less than that")
      }
    }
  }
}
