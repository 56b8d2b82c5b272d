// The order of training. Where the stream stands is a value of two numbers; a stream put at a
// saved position goes on exactly as the first one would have.

public import Records

/// How much of the data has been handed out.
public struct PromptPosition: Codable, Equatable, Sendable {
  /// Whole passes over the data.
  public var epoch: Int
  /// Problems of the pass under way; for a generated task, all problems so far.
  public var offset: Int

  /// The start, or a place further on.
  public init(epoch: Int = 0, offset: Int = 0) {
    self.epoch = epoch
    self.offset = offset
  }
}

/// Hands out prompts, epoch after epoch, each in an order of its own.
///
/// A batch that reaches the end of an epoch is filled from the next one: no problem is left out.
/// A prompt's `place` counts on over the epochs (epoch × count + place in the data), because it is
/// the key of the prompt's randomness, and a problem met twice in one batch needs two keys.
public struct PromptStream: Sendable {
  /// Where the problems come from.
  public let source: ProblemSource
  /// Where the stream stands; the next prompt is the one here.
  public private(set) var position: PromptPosition

  private let random: RandomSource
  private let shuffle: Bool
  private let maximumLength: Int
  private let truncation: Truncation
  private var order: [Int] = []
  private var orderedEpoch = -1

  /// Makes a stream.
  ///
  /// - Parameters:
  ///   - source: Where the problems come from.
  ///   - random: The root of the run's randomness; the order is drawn from its key "order".
  ///   - shuffle: Whether every epoch has an order of its own; a task has none to shuffle.
  ///   - maximumLength: The longest prompt, in tokens.
  ///   - truncation: What to do about longer ones.
  ///   - position: Where to begin.
  /// - Throws: `PromptError.position` for a position that is not in the data.
  public init(
    source: ProblemSource, random: RandomSource, shuffle: Bool = true, maximumLength: Int = .max,
    truncation: Truncation = .error, position: PromptPosition = PromptPosition()
  ) throws(PromptError) {
    let count = source.count ?? .max
    guard (0..<count).contains(position.offset), position.epoch >= 0,
      source.count != nil || position.epoch == 0
    else { throw .position(position, count: source.count ?? 0) }
    self.source = source
    self.random = random["order"]
    self.shuffle = shuffle
    self.maximumLength = maximumLength
    self.truncation = truncation
    self.position = position
  }

  /// The next prompts.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - encode: Says what the model reads of a problem.
  /// - Returns: `count` prompts.
  /// - Throws: `PromptError.tooLong` or `.encoding`; the position then stays where it was.
  public mutating func next(
    _ count: Int, encode: (Problem) throws -> PromptEncoding
  ) throws(PromptError) -> [Prompt] {
    var prompts: [Prompt] = []
    var reached = position
    for _ in 0..<count {
      let place = place(at: reached)
      prompts.append(
        try source.problem(at: place).prompt(
          place: reached.epoch * (source.count ?? 0) + place, maximumLength: maximumLength,
          truncation: truncation, encode: encode))
      reached.offset += 1
      if reached.offset == source.count { reached = PromptPosition(epoch: reached.epoch + 1) }
    }
    position = reached
    return prompts
  }

  private mutating func place(at position: PromptPosition) -> Int {
    guard shuffle, let count = source.count else { return position.offset }
    if orderedEpoch != position.epoch {
      order = Self.permutation(of: count, random: random[position.epoch])
      orderedEpoch = position.epoch
    }
    return order[position.offset]
  }

  /// An order of 0..<count, every one as likely as every other (Fisher and Yates).
  private static func permutation(of count: Int, random: RandomSource) -> [Int] {
    var order = Array(0..<count)
    var generator = random.generator
    for last in order.indices.reversed() {
      order.swapAt(last, generator.draw(below: last + 1))
    }
    return order
  }
}
