// What the server says, against the engine and the model asked directly.

import Foundation
import Generation
import Records
import TestSupport
import Testing
import Tokenizers
import Torch
import Transformers

extension ServingTests {
  @Suite struct CompletionTests {
    private func greedy(_ served: Served, _ prompt: String, _ length: Int) throws -> [Int] {
      let model = try ModelFolder.languageModel(at: served.folder)
      let tokenizer = try Tokenizer(contentsOf: served.folder.appending(path: "tokenizer.json"))
      let engine = Engine(
        model: model, stopTokens: [0], limits: GenerationLimits(maximumLength: length)
      ) { tokenizer.decode($0) }
      let asked = Prompt(
        id: "p", place: 0, source: "s", text: prompt, tokens: tokenizer.encode(prompt), truth: "")
      let completions = engine.complete(
        [asked], samples: 1, sampling: SamplingSettings(temperature: 0),
        random: RandomSource(seed: 0))
      return completions[0].tokens
    }

    @Test func `greedy completions are the engine's, texts or tokens, alone or several`()
      async throws
    {
      let served = try await Served()
      let tokenizer = try Tokenizer(contentsOf: served.folder.appending(path: "tokenizer.json"))
      let prompts = ["12:a=", "say", "x"]
      let expected = try prompts.map { prompt in
        let tokens = try greedy(served, prompt, 20)
        return tokenizer.decode(tokens.last == 0 ? tokens.dropLast() : tokens)
      }
      var fields: [String: Any] = ["model": "tiny", "max_tokens": 20, "temperature": 0]
      fields["prompt"] = prompts
      #expect(try await served.texts(fields) == expected)
      fields["prompt"] = prompts.map { tokenizer.encode($0) }
      #expect(try await served.texts(fields) == expected)
      fields["prompt"] = prompts[1]
      #expect(try await served.texts(fields) == [expected[1]])
      fields["echo"] = true
      #expect(try await served.texts(fields) == [prompts[1] + expected[1]])
    }

    @Test func `echoed log-probabilities are the model's own, and name the likeliest token`()
      async throws
    {
      let served = try await Served()
      let model = try ModelFolder.languageModel(at: served.folder)
      let tokenizer = try Tokenizer(contentsOf: served.folder.appending(path: "tokenizer.json"))
      let texts = ["12:a=b", "the end"]
      let (status, object) = try await served.ask(
        "/v1/completions",
        [
          "prompt": texts, "max_tokens": 0, "echo": true, "logprobs": 3, "temperature": 0,
        ])
      #expect(status == 200)
      let choices = try #require(object["choices"] as? [[String: Any]])
      for (choice, text) in zip(choices, texts) {
        let tokens = tokenizer.encode(text)
        let logProbs = withoutGradient {
          model.logits(model.decoder.hidden(Tensor(tokens, shape: [1, tokens.count])))
            .logSoftmax(along: -1).floats
        }
        let scores = try #require(choice["logprobs"] as? [String: Any])
        let said = try #require(scores["token_logprobs"] as? [Any]).map { $0 as? Double }
        let top = try #require(scores["top_logprobs"] as? [Any]).map { $0 as? [String: Double] }
        #expect(said.count == tokens.count && said[0] == nil && top[0] == nil)
        for place in 1..<tokens.count {
          let row = logProbs[
            (place - 1) * tokenizer.vocabularySize..<place * tokenizer.vocabularySize]
          #expect(abs((said[place] ?? 1) - Double(row[row.startIndex + tokens[place]])) < 1e-4)
          let best = try #require(top[place])
          #expect(best.count == 3)
          #expect(abs((best.values.max() ?? 1) - Double(row.max() ?? 0)) < 1e-4)
        }
        #expect(choice["text"] as? String == text)
        #expect(scores["tokens"] as? [String] == text.map(String.init))
        #expect(scores["text_offset"] as? [Int] == Array(0..<text.count))
      }
    }

    @Test func `a seed draws the same, alone or beside others, whole or in pieces`() async throws {
      let served = try await Served()
      func fields(_ seed: Int) -> [String: Any] {
        ["prompt": "7:ab", "max_tokens": 40, "seed": seed, "n": 3, "temperature": 1.2]
      }
      let alone = try await served.texts(fields(5))
      #expect(Set(alone).count == 3)
      #expect(try await served.texts(fields(6)) != alone)
      await withTaskGroup(of: [String]?.self) { group in
        for seed in [1, 5, 2, 5, 3, 5, 4, 5] {
          group.addTask { try? await served.texts(fields(seed)) }
        }
        var same = 0
        for await texts in group where texts == alone { same += 1 }
        #expect(same == 4)
      }
      var streamed = fields(5)
      streamed["stream"] = true
      let body = String(
        decoding: try JSONSerialization.data(withJSONObject: streamed), as: UTF8.self)
      let (status, text) = try await served.ask("POST", "/v1/completions", body)
      #expect(status == 200)
      let events = text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
      #expect(events.last == "data: [DONE]")
      var joined = ["", "", ""]
      for event in events.dropLast() {
        let object = try #require(
          JSONSerialization.jsonObject(with: Data(event.dropFirst(6).utf8)) as? [String: Any])
        for choice in object["choices"] as? [[String: Any]] ?? [] {
          joined[choice["index"] as? Int ?? 0] += choice["text"] as? String ?? ""
        }
      }
      #expect(joined == alone)
    }

    @Test func `a stop text ends a response and is not part of it`() async throws {
      let served = try await Served()
      var fields: [String: Any] = ["prompt": "go", "max_tokens": 60, "seed": 1]
      let whole = try #require(try await served.texts(fields).first)
      let stop = String(whole.dropFirst(10).prefix(2))
      let place = try #require(whole.range(of: stop))
      fields["stop"] = [stop, "never there"]
      let (_, object) = try await served.ask("/v1/completions", fields)
      let choice = try #require((object["choices"] as? [[String: Any]])?.first)
      #expect(choice["text"] as? String == String(whole[..<place.lowerBound]))
      #expect(choice["finish_reason"] as? String == "stop")
      let usage = try #require(object["usage"] as? [String: Int])
      #expect(usage["completion_tokens"] ?? 99 < 60)
    }

    @Test func `chats are put into words by the model's template`() async throws {
      let served = try await Served()
      let messages = [["role": "user", "content": "hi"]]
      let (status, object) = try await served.ask(
        "/v1/chat/completions",
        [
          "messages": messages, "temperature": 0, "max_tokens": 12, "logprobs": true,
          "top_logprobs": 2,
        ])
      #expect(status == 200, "\(object)")
      let choice = try #require((object["choices"] as? [[String: Any]])?.first)
      let message = try #require(choice["message"] as? [String: Any])
      let plain = try await served.texts([
        "prompt": "<|user|>hi\n<|assistant|>", "temperature": 0, "max_tokens": 12,
      ])
      #expect(message["content"] as? String == plain[0])
      #expect(message["role"] as? String == "assistant")
      let content = try #require(
        (choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]])
      let usage = try #require(object["usage"] as? [String: Int])
      #expect(content.count == usage["completion_tokens"])
      #expect(content.allSatisfy { ($0["top_logprobs"] as? [Any])?.count == 2 })
    }

    @Test(
      arguments: [
        ("{", 400, "not JSON"), ("[]", 400, "a JSON object"), (#"{"prompt": 5}"#, 400, "prompt"),
        (#"{"prompt": []}"#, 400, "prompt"), (#"{"prompt": [[]]}"#, 400, "empty"),
        (#"{"prompt": [99999]}"#, 400, "no token 99999"), (#"{"prompt": [-1]}"#, 400, "no token"),
        (#"{"prompt": "a", "n": 0}"#, 400, "n must"),
        (#"{"prompt": "a", "n": 1000}"#, 400, "n must"),
        (#"{"prompt": "a", "temperature": -1}"#, 400, "temperature"),
        (#"{"prompt": "a", "temperature": "hot"}"#, 400, "temperature"),
        (#"{"prompt": "a", "top_p": 0}"#, 400, "top_p"),
        (#"{"prompt": "a", "max_tokens": -1}"#, 400, "max_tokens"),
        (#"{"prompt": "a", "max_tokens": 0}"#, 400, "max_tokens"),
        (#"{"prompt": "a", "max_tokens": 100000}"#, 400, "positions"),
        (#"{"prompt": "a", "logprobs": 21}"#, 400, "logprobs"),
        (#"{"prompt": "a", "logprobs": 1, "stream": true}"#, 400, "logprobs"),
        (#"{"prompt": "a", "best_of": 3}"#, 400, "best_of"),
        (#"{"prompt": "a", "logit_bias": {"5": 1}}"#, 400, "logit_bias"),
        (#"{"prompt": "a", "presence_penalty": 1}"#, 400, "presence_penalty"),
        (#"{"prompt": "a", "model": "gpt-4"}"#, 404, "'tiny'"),
      ])
    func `what cannot be done is said, by field`(body: String, status: Int, words: String)
      async throws
    {
      let served = try await Served()
      let answer = try await served.ask("POST", "/v1/completions", body)
      #expect(answer.status == status)
      #expect(answer.body.contains(words) && answer.body.contains(#""error""#), "\(answer.body)")
      let long = String(repeating: "a", count: 200)
      let tooLong = try await served.ask("/v1/completions", ["prompt": long])
      #expect(tooLong.status == 400)
      // It goes on.
      let neutral: [String: Any] = [
        "prompt": "a", "max_tokens": 1, "presence_penalty": 0, "user": "me", "unknown": 1,
      ]
      #expect(try await served.ask("/v1/completions", neutral).status == 200)
    }
  }
}
