// The schemas of known data sets: which columns hold the problem and its right answer.

/// How the columns of a file were found.
public enum ProblemSchema: String, Sendable, CaseIterable {
  /// `prompt` and `label`, as slime writes them.
  case plain
  /// verl's: messages in `prompt`, the answer in `reward_model.ground_truth`.
  case verl
  /// DAPO-Math-17k and its AIME files: verl's columns, and `math_dapo` as the source.
  case dapo
  /// GSM8K: `question`, and `answer` with the answer proper after `####`.
  case gsm8k
  /// MATH: `problem`, and `solution` with the answer in its last box.
  case math
  /// AIME, MATH-500 and their like: `problem` and `answer`.
  case problemAnswer = "problem_answer"
  /// `question` and a plain `answer`.
  case questionAnswer = "question_answer"
  /// OpenRLHF's `input` with an answer.
  case openRLHF = "openrlhf"
  /// TRL's: `prompt` or `messages`, the answer in a column of another name.
  case trl
  /// IFEval: `prompt`, and the instructions in `instruction_id_list` and `kwargs`.
  case instructions
  /// The settings say which columns.
  case mapped

  /// What people call it.
  public var words: String {
    switch self {
    case .plain: "prompt and label"
    case .verl: "verl's columns"
    case .dapo: "DAPO-Math (verl's columns)"
    case .gsm8k: "GSM8K"
    case .math: "MATH"
    case .problemAnswer: "problem and answer (AIME, MATH-500)"
    case .questionAnswer: "question and answer"
    case .openRLHF: "OpenRLHF's input column"
    case .trl: "TRL's prompt with further columns"
    case .instructions: "IFEval's instructions"
    case .mapped: "columns named by the settings"
    }
  }

  /// The columns a problem may be in, the first one there taken.
  static let prompts = [
    "prompt", "messages", "problem", "question", "Problem", "Question", "input",
  ]

  /// The columns a right answer may be in, the first one there taken.
  static let labels = [
    "label", verlLabel, "ground_truth", "answer", "Answer", "expected_answer", "final_answer",
    "answerKey", "correct", "solution", "Solution", "target", instructionNames,
  ]

  /// The columns of a problem's instructions; the verifier reads both as one.
  static let instructionNames = "instruction_id_list"
  static let instructionArguments = "kwargs"

  static let verlLabel = "reward_model.ground_truth"

  private static let programs =
    "a set of programming problems (reward.verifier=code runs tests of inputs and outputs, of the "
    + "column that data.label_key names)"

  /// Columns that tell a data set of another purpose, and which one.
  static let foreign = [
    ("chosen", "a set of preferences, without right answers"),
    ("input_output", programs),
    ("public_tests", programs),
    ("public_test_cases", programs),
    ("test_list", programs),
    ("completion", "a set of completions to imitate, without right answers"),
    ("text", "a set of texts to imitate, without right answers"),
  ]

  /// The schema of a problem's and an answer's column.
  static func of(prompt: String, label: String, part: LabelPart) -> ProblemSchema {
    if label == instructionNames { return .instructions }
    let label = label.lowercased()
    let answers = ["answer", "expected_answer", "final_answer"]
    switch prompt.lowercased() {
    case "prompt" where label == verlLabel: return .verl
    case "prompt" where label == "label": return .plain
    case "prompt", "messages": return .trl
    case "problem" where label == "solution": return .math
    case "problem" where answers.contains(label): return .problemAnswer
    case "question" where part == .afterMark: return .gsm8k
    case "question" where answers.contains(label): return .questionAnswer
    case "input": return .openRLHF
    default: return .mapped
    }
  }
}
