// What goes into the pipeline: a problem, ready to be answered.

/// A problem as token ids, with what the verifier needs to grade an answer.
///
/// Example, of the built-in walk task with one token a character:
///
///     Prompt(id: "walk/train/17", place: 17, source: "walk", text: "37:a^b%*1=",
///            tokens: [4, 8, 42, 11, 37, 12, 41, 43, 2, 44], truth: "83", difficulty: 2)
public struct Prompt: Codable, Equatable, Sendable {
  /// Stable over runs: the file or task, and the place in it.
  public var id: String
  /// The place in the data set, from 0; the key of this prompt's randomness.
  public var place: Int
  /// Which data set or task it came from; verifiers are chosen by it.
  public var source: String
  /// What the model reads, as text.
  public var text: String
  /// What the model reads.
  public var tokens: [Int]
  /// The right answer, as the verifier wants it.
  public var truth: String
  /// A task's own measure of how hard it is, such as the number of steps; 0 when unknown.
  public var difficulty: Int
  /// What else the data set says of it, as a JSON object, for reward functions that read it.
  public var extra: String?
  /// What the data set holds of it, where reward functions of other trainers read it.
  public var row: PromptRow?

  /// Puts a prompt together.
  public init(
    id: String, place: Int, source: String, text: String, tokens: [Int], truth: String,
    difficulty: Int = 0, extra: String? = nil, row: PromptRow? = nil
  ) {
    self.id = id
    self.place = place
    self.source = source
    self.text = text
    self.tokens = tokens
    self.truth = truth
    self.difficulty = difficulty
    self.extra = extra
    self.row = row
  }
}

/// A problem as its row of the data set has it, each part as JSON.
///
/// Example: `PromptRow(prompt: #"[{"role": "user", "content": "Make 6."}]"#, columns:
/// #"{"level": 3}"#, label: #"{"target": 6, "numbers": [1, 2, 3]}"#)`.
public struct PromptRow: Codable, Equatable, Sendable {
  /// The prompt before any chat template: a text, or messages where the data holds messages.
  public var prompt: String
  /// The columns by name.
  public var columns: String
  /// The right answer in its own type; nil where it is the very text that the verifiers get.
  public var label: String?

  /// Puts a row together.
  public init(prompt: String, columns: String, label: String? = nil) {
    self.prompt = prompt
    self.columns = columns
    self.label = label
  }
}
