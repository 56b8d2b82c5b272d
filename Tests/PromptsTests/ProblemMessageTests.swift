// Problems as conversations, and what the settings put around them.

import Foundation
import Prompts
import Records
import Testing

private func message(_ role: String, _ content: String) -> ProblemMessage {
  ProblemMessage(role: role, content: content)
}

private let conversation =
  #"[{"role": "system", "content": "S"}, {"role": "user", "content": "1"}, "#
  + #"{"role": "assistant", "content": "2"}, {"role": "user", "content": "3"}]"#

@Suite("Problems carry messages")
struct ProblemMessageTests {
  private func problem(
    _ prompt: String, _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> Problem {
    try load(#"{"prompt": \#(prompt), "label": 1}"#, change).problems[0]
  }

  @Test("A conversation is kept whole")
  func whole() throws {
    let problem = try problem(conversation)
    #expect(
      problem.messages == [
        message("system", "S"), message("user", "1"), message("assistant", "2"),
        message("user", "3"),
      ])
    #expect(problem.text == "S\n1\n2\n3")
    #expect(problem.needsChatTemplate)
    #expect(try !self.problem(#""1""#).needsChatTemplate)
  }

  @Test("Contents of text parts are joined, and other parts are refused by their type")
  func parts() throws {
    let parts =
      #"[{"role": "user", "content": [{"type": "text", "text": "a"}, "b"], "name": null}]"#
    #expect(try problem(parts).messages == [message("user", "ab")])
    for (prompt, words) in [
      (
        #"[{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]"#,
        "message 1 of 'prompt' has a part of the type 'image_url'"
      ),
      (#"[{"role": "user", "content": [{"text": "x"}]}]"#, "a part without a 'type'"),
      (#"[{"role": "user", "content": {"text": "x"}}]"#, "is an object, not text"),
      (#"[{"role": "user", "content": null}]"#, "is null, not text"),
      (#"[{"role": "", "content": "x"}]"#, "not of messages"),
      (#"[{"role": "user"}]"#, "not of messages"), ("[]", "without a message"),
      (#"[{"role": "user", "content": ""}]"#, "empty messages only"),
      (
        #"[{"role": "user", "content": "x", "tool_calls": [{}]}]"#,
        "message 1 of 'prompt' calls tools"
      ), (#"{"role": "user"}"#, "'prompt' is an object"),
    ] {
      let error = #expect(throws: PromptError.self) { try problem(prompt) }
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
  }

  @Test("A system prompt goes before conversations that have none")
  func system() throws {
    let alone = try problem(#""1""#) { $0.systemPrompt = "Think." }
    #expect(alone.messages == [message("system", "Think."), message("user", "1")])
    #expect(alone.text == "Think.\n1")
    #expect(!alone.needsChatTemplate)
    let own = try problem(conversation) { $0.systemPrompt = "Think." }
    #expect(own.messages.first == message("system", "S"))
    #expect(own.messages.count == 4)
  }

  @Test("A template goes around the user's last message, and looks at nothing the problem holds")
  func template() throws {
    let text = try problem(#""a {prompt} b""#) { $0.promptTemplate = "<{prompt}> {x} ({prompt})" }
    #expect(text.text == "<a {prompt} b> {x} (a {prompt} b)")
    let messages = try problem(conversation) { $0.promptTemplate = "Q: {prompt}" }.messages
    #expect(messages.map(\.content) == ["S", "1", "2", "Q: 3"])
    var settings = DataSettings()
    settings.promptTemplate = "no place"
    #expect(settings.problems.map(\.key) == ["prompt_template"])
  }

  @Test("Where no chat template may be applied, conversations of several are refused")
  func never() throws {
    let error = #expect(throws: PromptError.self) {
      try problem(conversation) { $0.chatTemplate = .never }
    }
    #expect(error?.description.contains("data.apply_chat_template is never") == true)
    #expect(try problem(#""1""#) { $0.chatTemplate = .never }.text == "1")
    var settings = DataSettings()
    (settings.chatTemplate, settings.templateValues) = (
      .never, ["enable_thinking": .boolean(false)]
    )
    #expect(settings.problems.map(\.key) == ["apply_chat_template_kwargs.enable_thinking"])
  }

  @Test("Problems that differ only in who speaks are no duplicates")
  func duplicates() throws {
    let rows = ["user", "system"].map {
      #"{"prompt": [{"role": "\#($0)", "content": "a"}, {"role": "user", "content": "b"}], "label": 1}"#
    }
    #expect(try load((rows + [rows[0]]).joined(separator: "\n")).duplicates == 1)
    let accents = ["\\u00e9", "e\\u0301"].map { #"{"prompt": "\#($0)", "label": 1}"# }
    #expect(try load(accents.joined(separator: "\n")).duplicates == 0)
  }

  @Test("The first problems are kept on demand")
  func first() throws {
    let rows = (0..<5).map { #"{"prompt": "\#($0)", "label": 1}"# }.joined(separator: "\n")
    var set = try load(rows)
    for count in [0, -1, 9] {
      set.keep(first: count)
      #expect(set.problems.count == 5)
    }
    set.keep(first: 2)
    #expect(set.problems.map(\.text) == ["0", "1"])
  }

  @Test("The settings of chat templates survive being written and read")
  func coding() throws {
    var settings = DataSettings()
    settings.templateValues = [
      "a": .boolean(true), "b": .integer(3), "c": .number(0.5), "d": .text("x"),
    ]
    (settings.chatTemplate, settings.truncation) = (.always, .middle)
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(DataSettings.self, from: data) == settings)
    let keys = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(keys["apply_chat_template"] as? String == "always")
    #expect((keys["apply_chat_template_kwargs"] as? [String: Any])?["d"] as? String == "x")
  }
}
