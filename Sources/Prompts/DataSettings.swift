// The section `data` of a recipe: files of problems, or a generated task.

public import Records

/// Where problems come from, under verl's names where one exists.
public struct DataSettings: Codable, Equatable, Sendable {
  /// What to do about a line that is not a usable problem.
  public enum BadLinePolicy: String, Codable, Sendable, CaseIterable {
    /// Stop with the file, the line and the reason.
    case stop
    /// Leave the line out and count it.
    case skip
  }

  /// Files of training problems, JSON lines or Parquet, or data sets of the hub; none trains on the
  /// generated task.
  public var trainFiles: [String] = []
  /// The same of evaluation problems; none evaluates on the generated task's held-out problems.
  public var validationFiles: [String] = []
  /// Which configuration of a data set on the hub, such as `main`; empty where it has one only.
  public var subset = ""
  /// Which split of a data set on the hub is trained on.
  public var trainSplit = "train"
  /// Which split of a data set on the hub is evaluated on.
  public var validationSplit = "test"
  /// The column of the problem, text or messages.
  ///
  /// Where it is not set and there is no such column,
  /// the schemas of known data sets are tried (`ProblemSchema`).
  public var promptKey = defaultPromptKey
  /// The column of the right answer, found like the problem's; dots reach into objects.
  public var labelKey = defaultLabelKey
  /// The column that says which data set a problem is from; where it is missing, the file's name.
  public var sourceKey = "data_source"
  /// The column of a problem's name; where it is missing, the file's name and the line.
  public var idKey = "id"
  /// The column that reward functions are given beside problem and answer, where rows have it.
  public var extraKey = "extra_info"
  /// A message of the system before every conversation that has none; empty for none.
  public var systemPrompt = ""
  /// The problem's text with what goes around it; `{prompt}` is the place of the problem.
  public var promptTemplate = promptMark
  /// When the model's chat template is applied.
  public var chatTemplate = ChatTemplateUse.auto
  /// What the chat template is given beside the messages, such as `enable_thinking: false`.
  public var templateValues: [String: TemplateArgument] = [:]
  /// The day that a chat template is told when it asks for today's, as year-month-day: a run must
  /// not depend on when it is made.
  public var templateDate = "2025-01-01"
  /// What to do about a line or row that is not a usable problem.
  public var onBadLine = BadLinePolicy.stop
  /// Whether a problem that occurs again, with the same answer, is left out.
  public var dropDuplicates = false
  /// Whether every epoch has an order of its own.
  public var shuffle = true
  /// The first training problems only; 0, or verl's -1, takes all.
  public var trainingSamples = 0
  /// Prompts a training step.
  public var trainBatchSize = 32
  /// Problems of an evaluation, from the start of the data; 0 takes all of a file's.
  public var validationSamples = 128
  /// The longest prompt, in tokens.
  public var maximumPromptLength = 512
  /// The longest response, in tokens.
  public var maximumResponseLength = 512
  /// Whether longer prompts are left out.
  public var filterOverlongPrompts = false
  /// What to do about longer prompts that are not left out.
  public var truncation = Truncation.error
  /// The generated task.
  public var task = TaskSettings()
  /// Whether reward functions of other trainers read the problems, which `reward` says and no key
  /// here: rows are then kept, and a right answer may be any value or none.
  public var feedsFunctions = false

  static let defaultPromptKey = "prompt"
  static let defaultLabelKey = "label"

  /// The defaults: the generated task.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case trainFiles = "train_files"
    case validationFiles = "val_files"
    case subset = "name"
    case trainSplit = "train_split"
    case validationSplit = "val_split"
    case promptKey = "prompt_key"
    case labelKey = "label_key"
    case sourceKey = "reward_fn_key"
    case idKey = "id_key"
    case extraKey = "extra_key"
    case systemPrompt = "system_prompt"
    case promptTemplate = "prompt_template"
    case chatTemplate = "apply_chat_template"
    case templateValues = "apply_chat_template_kwargs"
    case templateDate = "chat_template_date"
    case onBadLine = "on_bad_line"
    case dropDuplicates = "drop_duplicates"
    case shuffle
    case trainingSamples = "train_max_samples"
    case trainBatchSize = "train_batch_size"
    case validationSamples = "val_max_samples"
    case maximumPromptLength = "max_prompt_length"
    case maximumResponseLength = "max_response_length"
    case filterOverlongPrompts = "filter_overlong_prompts"
    case truncation
    case task
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.atLeast(
      1,
      [
        "train_batch_size": trainBatchSize, "max_prompt_length": maximumPromptLength,
        "max_response_length": maximumResponseLength,
      ])
    rules.atLeast(0, ["val_max_samples": validationSamples])
    rules.atLeast(-1, ["train_max_samples": trainingSamples])
    rules.require(
      validationSamples > 0 || !validationFiles.isEmpty, "val_max_samples",
      "0 takes all, but generated problems have no end")
    checkChat(&rules)
    rules.add("task", task.problems)
    return rules.problems
  }
}
