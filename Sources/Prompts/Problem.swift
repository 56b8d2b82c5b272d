// A problem before it is made into tokens.

public import Records

/// One message of a conversation.
public struct ProblemMessage: Codable, Equatable, Sendable {
  /// Who speaks: `system`, `user`, `assistant`, or what else a model's chat template knows.
  public var role: String
  /// What is said.
  public var content: String

  /// Puts a message together.
  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// A problem and its right answer.
///
/// Example, of the walk task: `Problem(id: "walk/train/17", source: "walk", text: "37:a^b%=",
/// truth: "83", difficulty: 2)`. A problem of a file also has its messages, whether the file holds
/// messages or plain text:
///
///     Problem(id: "aime:3", source: "aime", text: "Find x.", truth: "204",
///             messages: [ProblemMessage(role: "user", content: "Find x.")])
public struct Problem: Codable, Equatable, Sendable {
  /// Stable over runs.
  public var id: String
  /// The data set or task.
  public var source: String
  /// What the model reads where no chat template is applied: the messages' contents, a line each.
  public var text: String
  /// The right answer.
  public var truth: String
  /// A task's own measure of how hard it is; 0 when unknown.
  public var difficulty: Int
  /// What a chat template is applied to; empty for a generated task, which has none.
  public var messages: [ProblemMessage]
  /// What else a file says of it, as JSON, for reward functions that read it.
  public var extra: String?
  /// What its row holds, where the settings keep that for reward functions.
  public var row: PromptRow?

  /// Puts a problem together.
  public init(
    id: String, source: String, text: String, truth: String, difficulty: Int = 0,
    messages: [ProblemMessage] = [], extra: String? = nil, row: PromptRow? = nil
  ) {
    self.id = id
    self.source = source
    self.text = text
    self.truth = truth
    self.difficulty = difficulty
    self.messages = messages
    self.extra = extra
    self.row = row
  }

  /// Whether only a chat template can say who speaks: there are messages of others than the user
  /// and the system.
  public var needsChatTemplate: Bool {
    messages.contains { $0.role != "user" && $0.role != "system" }
  }
}

/// Which side of a data set.
public enum Split: String, Codable, Sendable, CaseIterable {
  /// What the policy learns from.
  case train
  /// What it is only measured on.
  case heldOut = "held_out"
}
