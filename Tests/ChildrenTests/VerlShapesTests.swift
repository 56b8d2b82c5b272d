// What verl passes to a reward function, and every shape that one may have.

import Children
import JSON
import Testing

extension ChildrenTests {
  @Suite struct VerlShapesTests {
    private func scores(
      _ source: String, _ arguments: [String] = [], _ requests: [RewardRequest]
    ) async throws -> [RewardAnswer] {
      try await RewardFile.answers(source, arguments, to: requests).map { try $0.get() }
    }

    @Test func `the right answer has its own type, and extra_info is always a dict`() async throws {
      let source = """
        def compute_score(data_source, solution_str, ground_truth, extra_info):
            extra_info["seen"] = extra_info.get("seen", 0) + 1
            return {"score": 0, "type": type(ground_truth).__name__, "truth": ground_truth,
                    "extra": dict(extra_info)}
        """
      let truths: [JSONValue] = [
        "72", 72, .number("0.5"), true, ["4"], ["target": 98, "numbers": [1, 2]], .null,
      ]
      let answers = try await scores(
        source, [], truths.map { RewardFile.request("", truth: $0, extra: ["index": 7]) })
      #expect(
        answers.map { $0.extras["type"] } == [
          "str", "int", "float", "bool", "list", "dict", "NoneType",
        ])
      #expect(answers.map { $0.extras["truth"] } == truths)
      let added: JSONObject = [
        "num_turns": 2, "rollout_reward_scores": [:], "turn_scores": [], "tool_rewards": [],
        "raw_prompt": [["role": "user", "content": "What is 8 * 9?"]], "global_steps": 0, "seen": 1,
      ]
      for answer in answers {
        #expect(answer.extras["extra"] == .object(JSONObject([("index", 7)] + Array(added))))
      }
      let without = try await scores(source, [], [RewardFile.request("")])
      #expect(without[0].extras["extra"] == .object(added))
    }

    @Test func `a function of whole batches is asked with a batch of one`() async throws {
      let source = """
        def compute_score(data_sources, solution_strs, ground_truths, extra_infos, bonus=0):
            assert len(data_sources) == len(ground_truths) == len(extra_infos) == 1
            assert extra_infos[0]["rollout_reward_scores"] == {}
            if solution_strs == ["two"]:
                return [1.0, 1.0]
            if solution_strs == ["dict"]:
                return [{"score": 0.5, "acc": True}]
            return [float(s == g) + bonus for s, g in zip(solution_strs, ground_truths)]
        """
      let results = try await RewardFile.answers(
        source, ["--keyword", "bonus=2"],
        to: ["72", "71", "dict", "two"].map { RewardFile.request($0) })
      #expect(try results[..<3].map { try $0.get().score } == [3, 2, 0.5])
      #expect(try results[2].get().extras == ["acc": true])
      #expect(results[3].refusal?.contains("one score for one response: 2") == true)
    }

    @Test func `a router is passed where there is one, and missed at the start where it is not`()
      async throws
    {
      let source = """
        def compute_score(data_source, solution_str, ground_truth, extra_info,
                          reward_router_address, reward_model_tokenizer):
            return {"score": 1, "at": reward_router_address, "by": reward_model_tokenizer}
        """
      let answers = try await scores(source, ["--router", "10.0.0.1:80"], [RewardFile.request("")])
      #expect(answers[0].extras == ["at": "10.0.0.1:80", "by": .null])
      let without = try await RewardFile.answers(source, to: [RewardFile.request("")])
      #expect(without[0].refusal?.contains("needs reward_router_address") == true)
    }

    private static let objects = """
      import asyncio, functools

      class Counter:
          def __init__(self, step=1):
              self.count, self.step = 0, step
          def __call__(self, data_source, solution_str, ground_truth, extra_info=None):
              self.count += self.step
              return self.count

      class Later:
          async def __call__(self, solution_str, ground_truth, **others):
              await asyncio.sleep(0.001)
              return float(others["data_source"] == "openai/gsm8k")

      def scored(solution_str, ground_truth, method="strict", score=1.0):
          return score if method == "flexible" else 0.0

      def make(score):
          return functools.partial(scored, score=score, method="flexible")

      instance = Counter()
      later = Later()
      partial = functools.partial(scored, method="flexible", score=0.75)
      constant = 3
      """

    @Test(
      arguments: [
        (["instance"], [1, 2]), (["Counter"], [1, 2]),
        (["Counter", "--keyword", "step=3"], [3, 6]),
        (["later"], [1, 1]), (["later", "--keyword", "data_source=mine"], [0, 0]),
        (["partial"], [0.75, 0.75]), (["scored"], [0, 0]),
        (["scored", "--keyword", "method=flexible"], [1, 1]),
        (["make", "--factory", "--keyword", "score=0.3"], [0.3, 0.3]),
      ] as [([String], [Double])])
    func `objects, classes, partials and what makes functions are functions`(
      arguments: [String], wanted: [Double]
    ) async throws {
      let answers = try await scores(
        Self.objects, ["--function"] + arguments,
        [RewardFile.request("a"), RewardFile.request("b")])
      #expect(answers.map(\.score) == wanted)
    }

    @Test func `what comes back is a score, a score with details, or an error`() async throws {
      let source = """
        class Scalar:
            def item(self):
                return 0.25

        def compute_score(solution_str, **others):
            return eval(solution_str, {"Scalar": Scalar})
        """
      let good = ["True", "(True, {'meta': 1})", "[0.5]", "Scalar()", "{'score': Scalar()}", "-3"]
      let answers = try await scores(source, [], good.map { RewardFile.request($0) })
      #expect(answers.map(\.score) == [1, 1, 0.5, 0.25, 0.25, -3])
      #expect(answers.allSatisfy { $0.extras.isEmpty })
      let bad = ["None", "'1.0'", "()", "{'reward': 1}", "{'score': None}", "float('inf')"]
      for result in try await RewardFile.answers(
        source, to: bad.map { RewardFile.request($0) })
      {
        #expect(result.refusal != nil, "\(result)")
      }
    }

    @Test func `what is said beside a score is kept, and cut where it is long`() async throws {
      let source = """
        def compute_score(solution_str, ground_truth):
            return {"score": 1, "long": "x" * 5_000_000, "list": [0] * 1_000_000, "set": {1},
                    "nan": float("nan"), "error": "none", "id": 5, 3: None}
        """
      let answer = try await scores(source, [], [RewardFile.request("")])[0]
      guard case .string(let text)? = answer.extras["long"] else {
        Issue.record("\(answer.extras.keys)")
        return
      }
      #expect(text.count == 10_000)
      #expect(answer.extras["set"] == "{1}")
      #expect(answer.extras["nan"] == "nan")
      #expect(answer.extras["error_"] == "none")
      #expect(answer.extras["id_"] == 5)
      #expect(answer.extras["3"] == .null)
    }

    @Test func `a function that cannot be called by these names is told at the start`() async throws
    {
      let source = """
        def by_place(data_source, solution_str, ground_truth, extra_info, /): return 1
        def foreign(solution_str, level): return 1
        constant = 3
        def makes_none(): return None
        """
      for (arguments, words) in [
        (["by_place"], "needs data_source"), (["foreign"], "needs level"),
        (["constant"], "no function constant"), (["makes_none", "--factory"], "cannot be called"),
      ] {
        let results = try await RewardFile.answers(
          source, ["--function"] + arguments, to: [RewardFile.request("")])
        #expect(results[0].refusal?.contains(words) == true, "\(results)")
      }
    }

    @Test func `a module is found by its name as well as by its file`() async throws {
      let source = "def compute_score(solution_str, ground_truth): return 0.5"
      let found = try await RewardFile.answers(source, as: "reward", to: [RewardFile.request("")])
      #expect(try found[0].get().score == 0.5)
      let missing = try await RewardFile.answers(
        source, as: "rewards.py", to: [RewardFile.request("")])
      #expect(missing[0].refusal?.contains("there is no file") == true)
    }
  }
}
