// Reward files written for other trainers, unchanged, through the adapter.

import Children
import JSON
import Testing

extension ChildrenTests {
  @Suite struct AdapterTests {
    private static let verl = #"""
      import os, re
      from neighbor import same

      def compute_score(data_source, solution_str, ground_truth, extra_info=None):
          print("a line that looks like an answer:", '{"id":1,"score":100}')
          os.system("echo so does this")
          if "raise" in solution_str:
              raise KeyError("no such thing")
          if "exit" in solution_str:
              raise SystemExit(3)
          if "input" in solution_str:
              return len(input())
          if "nan" in solution_str:
              return float("nan")
          if "text" in solution_str:
              return "1.0"
          if "nothing" in solution_str:
              return None
          if "dict" in solution_str:
              return {"score": 0.5, "acc": True, "pred": {1, }, "id": "mine", "split": extra_info["split"]}
          found = re.findall("#### (.*)", solution_str)
          return bool(found) and same(found[-1], ground_truth)
      """#

    @Test func `a verl file scores as it does in verl`() async throws {
      let results = try await RewardFile.answers(
        Self.verl,
        to: [
          RewardFile.request("8 * 9 = 72\n#### 72 "), RewardFile.request("#### 73"),
          RewardFile.request("é \u{1F600} \u{0}"),
          RewardFile.request("dict", extra: ["split": "train", "index": 12_345_678_901_234_567]),
        ])
      let scores = try results.map { try $0.get() }
      #expect(scores.map(\.score) == [1, 0, 0, 0.5])
      #expect(scores[0].extras.isEmpty)
      #expect(scores[3].extras == ["acc": true, "pred": "{1}", "id_": "mine", "split": "train"])
    }

    @Test func `what a function raises or returns that is no score is an error, and it goes on`()
      async throws
    {
      let results = try await RewardFile.answers(
        Self.verl,
        to: ["raise", "exit", "input", "nan", "text", "nothing", "#### 72"].map {
          RewardFile.request($0)
        })
      let words = ["KeyError", "SystemExit", "EOFError", "nan", "type str", "type NoneType"]
      for (result, word) in zip(results, words) {
        guard case .failure(.refused(let reason)) = result else {
          Issue.record("\(word): \(result)")
          continue
        }
        #expect(reason.contains(word))
      }
      #expect(try results[6].get().score == 1)
    }

    @Test func `a TRL function gets batches of one, its columns by name, and may be async`()
      async throws
    {
      let source = #"""
        import asyncio

        async def reward(completions, solution, prompts, log_extra=None, **kwargs):
            await asyncio.sleep(0.001)
            assert len(completions) == len(solution) == len(prompts) == len(kwargs["level"]) == 1
            log_extra("seen", [kwargs["level"][0]])
            if kwargs["level"][0] > 5:
                return [None]
            chat = isinstance(completions[0], list)
            text = completions[0][0]["content"] if chat else completions[0]
            return [float(text == solution[0]) * kwargs.get("factor", 1)]

        def strict(prompts, completions):
            return [1.0 if c else 0.0 for c in completions] + [0.0]
        """#
      let messages: JSONValue = [["role": "user", "content": "8 * 9?"]]
      let requests = [
        RewardFile.request("72", extra: ["level": 1]),
        RewardFile.request("71", extra: ["level": 2], prompt: messages),
        RewardFile.request("72", extra: ["level": 3], prompt: messages),
        RewardFile.request("72", extra: ["level": 9]),
        RewardFile.request("72"),
      ]
      let arguments = [
        "--function", "reward", "--truth-column", "solution", "--keyword", "factor=2.5",
      ]
      let results = try await RewardFile.answers(source, arguments, to: requests)
      #expect(try results[..<4].map { try $0.get().score } == [2.5, 0, 2.5, nil])
      #expect(try results[3].get().extras == ["seen": 9])
      #expect(throws: ChildError.self) { try results[4].get() }
      let strict = try await RewardFile.answers(
        source, ["--function", "strict"], to: [RewardFile.request("72")])
      guard case .failure(.refused(let reason)) = strict[0] else {
        Issue.record("\(strict)")
        return
      }
      #expect(reason.contains("one score"))
    }

    @Test(
      arguments: [
        ("def other(): pass", [], "no function compute_score"),
        ("def compute_score(:", [], "SyntaxError"), ("import no_such_module", [], "no_such_module"),
        ("def compute_score(): pass", ["--keyword", "x"], "NAME=JSON"),
      ] as [(String, [String], String)])
    func `a file that cannot be used is told at the start`(
      source: String, arguments: [String], words: String
    ) async throws {
      let results = try await RewardFile.answers(source, arguments, to: [RewardFile.request("1")])
      guard case .failure(.start(let reason)) = results[0] else {
        Issue.record("\(results)")
        return
      }
      #expect(reason.contains(words))
    }
  }
}
