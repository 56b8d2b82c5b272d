// What TRL passes to a reward function, and every shape that one may have.

import Children
import JSON
import Testing

extension ChildrenTests {
  @Suite struct TRLShapesTests {
    private static let messages: JSONValue = [
      ["role": "system", "content": "Be brief."], ["role": "user", "content": "8 * 9?"],
    ]

    private func scores(
      _ source: String, _ arguments: [String] = [], _ requests: [RewardRequest]
    ) async throws -> [RewardAnswer] {
      try await RewardFile.answers(source, ["--function", "reward"] + arguments, to: requests)
        .map { try $0.get() }
    }

    @Test func `prompts and completions are messages where the data holds messages`() async throws {
      let source = """
        def reward(prompts, completions, log_extra, **kwargs):
            log_extra("prompt", prompts)
            log_extra("completion", completions)
            return [0.0]
        """
      let requests = [RewardFile.request("72"), RewardFile.request("72", prompt: Self.messages)]
      let answer: JSONValue = [["role": "assistant", "content": "72"]]
      let byData = try await scores(source, [], requests)
      #expect(byData.map { $0.extras["prompt"] } == ["What is 8 * 9?", Self.messages])
      #expect(byData.map { $0.extras["completion"] } == ["72", answer])
      let asMessages = try await scores(source, ["--completions", "messages"], requests)
      #expect(
        asMessages.map { $0.extras["prompt"] } == [
          [["role": "user", "content": "What is 8 * 9?"]], Self.messages,
        ])
      #expect(asMessages.map { $0.extras["completion"] } == [answer, answer])
      let asText = try await scores(source, ["--completions", "text"], requests)
      #expect(asText.map { $0.extras["prompt"] } == ["What is 8 * 9?", "Be brief.\n8 * 9?"])
      #expect(asText.map { $0.extras["completion"] } == ["72", "72"])
    }

    @Test func `every column is a list, and a column wins over a member of extra_info`()
      async throws
    {
      let source = """
        def reward(completions, **kwargs):
            given = {k: v for k, v in kwargs.items() if isinstance(v, list)}
            assert all(len(v) == 1 for v in given.values())
            kwargs["log_extra"]("given", [{k: v[0] for k, v in given.items()}])
            return [1.0]
        """
      var request = RewardFile.request("72", extra: ["level": 1, "hint": "h"])
      request.columns = [
        "level": 5, "solution": "all of it", "extra_info": ["level": 1], "prompt": "no",
        "completion_ids": [0],
      ]
      let given: JSONObject = [
        "level": 5, "hint": "h", "solution": "all of it", "extra_info": ["level": 1],
        "data_source": "openai/gsm8k", "ground_truth": "72", "prompts": "What is 8 * 9?",
        "completion_ids": [],
      ]
      #expect(try await scores(source, [], [request])[0].extras["given"] == .object(given))
      var named = given
      named["solution"] = "72"
      #expect(
        try await scores(source, ["--truth-column", "solution"], [request])[0].extras["given"]
          == .object(named))
      request.columns = ["ground_truth": "raw", "data_source": "mine"]
      guard
        case .object(let own)? = try await scores(source, [], [request])[0].extras["given"]
      else {
        Issue.record("no object")
        return
      }
      #expect(own["ground_truth"] == "raw")
      #expect(own["data_source"] == "mine")
    }

    @Test func `tokens, the state of the trainer and its logs are there`() async throws {
      let source = """
        def reward(completion_ids, trainer_state, log_metric, log_extra, **kwargs):
            log_metric("half", 0)
            log_metric("half", 1)
            log_extra("first", ["a"])
            log_extra("none", [])
            log_extra("score", ["taken"])
            return [len(completion_ids[0]) + trainer_state.global_step / trainer_state.max_steps]
        """
      var request = RewardFile.request("72")
      request.tokens = [5, 6, 0]
      request.progress = (3, 12)
      let answer = try await scores(source, [], [request])[0]
      #expect(answer.score == 3.25)
      #expect(
        answer.extras
          == ["half": .number("0.5"), "first": "a", "none": [], "score_": "taken"])
      let without = """
        def reward(completion_ids, trainer_state, **kwargs):
            return [trainer_state.global_step + len(completion_ids)]
        """
      #expect(try await scores(without, [], [RewardFile.request("")])[0].score == 1)
    }

    @Test func `a list with one number, none or not a number comes back`() async throws {
      let source = """
        class Tensor:
            def tolist(self):
                return [0.25]

        def reward(completions, **kwargs):
            return eval(completions[0], {"Tensor": Tensor, "nan": float("nan")})
        """
      let good = ["[1]", "(0.5,)", "[True]", "Tensor()", "iter([2])", "[None]", "[nan]"]
      let answers = try await scores(source, [], good.map { RewardFile.request($0) })
      #expect(answers.map(\.score) == [1, 0.5, 1, 0.25, 2, nil, nil])
      let bad = ["1.0", "[1, 2]", "[]", "None", "{'score': 1}", "'1'", "['1']", "[float('inf')]"]
      for result in try await RewardFile.answers(
        source, ["--function", "reward"], to: bad.map { RewardFile.request($0) })
      {
        #expect(result.refusal != nil, "\(result)")
      }
    }

    @Test func `functions are known by any of TRL's names, and get only what they take`()
      async throws
    {
      let source = """
        class Object:
            __name__ = "object"
            async def __call__(self, prompts, completions):
                return [2.0]

        def of_tokens(completion_ids): return [float(len(completion_ids[0]))]
        def of_anything(**kwargs): return [float("completions" in kwargs)]
        made = Object()
        """
      func score(_ arguments: [String]) async throws -> Double? {
        var request = RewardFile.request("")
        request.tokens = [1, 2]
        return try await RewardFile.answers(
          source, ["--function"] + arguments, to: [request])[0].get().score
      }
      #expect(try await score(["of_tokens"]) == 2)
      #expect(try await score(["made"]) == 2)
      #expect(try await score(["Object"]) == 2)
      #expect(try await score(["of_anything", "--trainer", "trl"]) == 1)
    }
  }
}
