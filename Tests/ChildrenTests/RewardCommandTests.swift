// A reward command cannot stop, falsify or outlive a run: what it does wrong is an error of its own,
// in bounded time, and the next response finds a fresh one.

import JSON
import Children
import Foundation
import Testing

extension ChildrenTests {
  @Suite struct RewardCommandTests {
    enum Expected: Sendable {
      case timeout, ended, misspoke
    }

    @Test(
      arguments: [
        ("hang", Expected.timeout), ("exit", .ended), ("say }{ garbage", .misspoke),
        ("half a line", .ended), ("half a line, then nothing", .timeout),
        ("a line of 100 MB", .misspoke),
        ("say {\"id\":77,\"score\":1}", .misspoke), ("two answers", .misspoke),
        ("say {\"id\":ID,\"score\":NaN}", .misspoke), ("endless words", .timeout),
        ("slow", .timeout), ("ignores SIGTERM", .timeout), ("leaves grandchildren", .ended),
        ("deaf", .timeout),
      ])
    func `a command that misbehaves costs its time limit and a second at most, and works again`(
      what: String, expected: Expected
    ) async throws {
      try await withFolder { folder in
        var settings = RogueChild.settings()
        if expected == .timeout { settings.answerLimit = .seconds(1) }
        let command = try RewardCommand(settings)
        try await command.check()
        let file = folder.appending(path: "pids").path
        let (error, time) = await failure {
          _ = try await command.score(RogueChild.request(what, file: file))
        }
        switch (expected, error) {
        case (.timeout, .timeout), (.ended, .ended), (.misspoke, .misspoke): break
        default: Issue.record("\(what): \(error.map { "\($0)" } ?? "no error")")
        }
        #expect(time < .seconds(2) + slack, "\(what)")
        if let pids = try? String(contentsOfFile: file, encoding: .utf8) {
          let grandchildren = pids.split(separator: " ").compactMap { Int32($0) }
          #expect(grandchildren.count == 3)
          #expect(grandchildren.filter(isAlive).isEmpty)
        }
        #expect(try await command.score(RogueChild.request("12345")).score == 5)
        await command.stop()
      }
    }

    @Test(
      arguments: [
        #"{"id":ID,"score":Infinity}"#, #"{"id":ID,"score":1e999}"#, #"{"id":ID,"score":"1"}"#,
        #"{"id":ID,"score":true}"#, #"{"id":ID,"score":[1]}"#, #"{"id":ID}"#, #"{"score":1}"#,
        #"{"id":"ID","score":1}"#, #"{"id":ID.0,"score":1}"#, #"{"id":ID,"score":1,"score":2}"#,
        #"{"id":ID,"score":1,"error":"both"}"#, #"{"id":ID,"error":5}"#, #"[{"id":ID,"score":1}]"#,
        #"{"id":ID,"score":1} {}"#, #"{"id":ID,"score":01}"#, "", "null", "Traceback",
      ])
    func `an answer that is not exactly one finite number for this request is never a score`(
      line: String
    ) async throws {
      let command = try RewardCommand(RogueChild.settings())
      let (error, _) = await failure {
        _ = try await command.score(RogueChild.request("say " + line))
      }
      guard case .misspoke = error else {
        Issue.record("\(line): \(error.map { "\($0)" } ?? "no error")")
        return
      }
      await command.stop()
    }

    @Test func `scores, extras, no verdict and failures of the function come through`()
      async throws
    {
      let command = try RewardCommand(RogueChild.settings())
      func answer(_ line: String) async throws -> RewardAnswer {
        try await command.score(RogueChild.request("say " + line))
      }
      #expect(
        try await answer(#"{"acc":true,"id":ID,"score":-2.5e0,"pred":"é\ud83d\ude00\n"}"#)
          == RewardAnswer(score: -2.5, extras: ["acc": true, "pred": "é😀\n"]))
      #expect(try await answer(#" { "score" : null , "id" : ID } "#) == RewardAnswer(score: nil))
      let (error, _) = await failure { _ = try await answer(#"{"id":ID,"error":"no gold"}"#) }
      #expect(error == .refused(reason: "no gold"))
      #expect(try await answer(#"{"id":ID,"score":3}"#).score == 3)
      await command.stop()
    }

    @Test func `words on standard error do not disturb an answer, and end up in an error`()
      async throws
    {
      var settings = RogueChild.settings()
      settings.answerLimit = .seconds(5)
      let command = try RewardCommand(settings)
      #expect(try await command.score(RogueChild.request("many words")).score == 1)
      let (error, _) = await failure { _ = try await command.score(RogueChild.request("exit")) }
      guard case .ended(let how, let words) = error else {
        Issue.record("\(error.map { "\($0)" } ?? "no error")")
        return
      }
      #expect(how == "ended with status 1")
      #expect(words.hasSuffix("I am tired\n"))
      await command.stop()
    }

    @Test func `an answer that comes late is never taken for the next request's`() async throws {
      let command = try RewardCommand(RogueChild.settings())
      #expect(
        try await command.score(RogueChild.request("an answer and later one more")).score == 1)
      try await Task.sleep(for: .milliseconds(300))
      #expect(try await command.score(RogueChild.request("1234")).score == 4)
      await command.stop()
    }

    @Test func `a child gets three descriptors and no secrets`() async throws {
      // In a process of its own, because setting a variable is not safe beside other threads.
      await #expect(processExitsWith: .success) {
        setenv("VAPO_TEST_TOKEN", "secret", 1)
        setenv("VAPO_TEST_HARMLESS", "shown", 1)
        var settings = RogueChild.settings()
        settings.environment = ChildEnvironment(
          passes: ["VAPO_TEST_HARMLESS"], adds: ["ADDED": "1"])
        let command = try RewardCommand(settings)
        let names = try await command.score(RogueChild.request("the environment")).extras["names"]
        guard case .array(let names)? = names, !names.contains("VAPO_TEST_TOKEN"),
          names.contains("VAPO_TEST_HARMLESS"), names.contains("ADDED")
        else { fatalError("\(String(describing: names))") }
        let open = try await command.score(RogueChild.request("the descriptors")).extras["open"]
        guard open == [0, 1, 2] else { fatalError("\(String(describing: open))") }
      }
    }

    @Test func `a command that cannot start says why`() async throws {
      for (settings, words) in [
        (CommandSettings(["no-such-program-anywhere"]), "no-such-program-anywhere"),
        (CommandSettings([]), "no command"),
        (RogueChild.settings(#"say('{"error":"no such file"}') or sys.exit(1)"#), "no such file"),
        (RogueChild.settings(#"sys.exit("torn apart")"#), "torn apart"),
        (RogueChild.settings(#"say("hello")"#), "protocol"),
        (RogueChild.settings(#"say('{"protocol":2}')"#), "protocol"),
      ] {
        let command = try RewardCommand(settings)
        let (error, _) = await failure { try await command.check() }
        #expect(error?.description.contains(words) == true, "\(error.map { "\($0)" } ?? words)")
      }
      var settings = RogueChild.settings("time.sleep(60)")
      settings.startLimit = .milliseconds(200)
      let command = try RewardCommand(settings)
      let (error, time) = await failure { try await command.check() }
      #expect(error == .timeout(.milliseconds(200)))
      #expect(time < .milliseconds(1200) + slack)
      settings.folder = "/nonexistent"
      let nowhere = try RewardCommand(settings)
      let (lost, _) = await failure { try await nowhere.check() }
      #expect(lost?.description.contains("/nonexistent") == true)
    }
  }
}
