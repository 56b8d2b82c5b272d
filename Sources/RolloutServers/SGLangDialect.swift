// SGLang's words, as version 0.5.23 has them in its own source; no server of it was at hand to try them on. Its
// log-probabilities know the temperature unless SGLANG_RETURN_ORIGINAL_LOGPROB is set, and it heeds seeds when it
// is started with --enable-deterministic-inference.

import Generation
import JSON

/// How a server of SGLang is spoken to.
struct SGLangDialect: ServerDialect {
  var health: String { "health" }

  func question(_ question: ServerQuestion) -> ServerCall {
    let sampling = question.sampling
    let parameters: JSONObject = [
      "n": .integer(1), "sampling_seed": .integer(question.seed),
      "temperature": .number(sampling.isGreedy ? 0 : sampling.temperature),
      "top_k": .integer(sampling.topK > 0 ? sampling.topK : -1), "top_p": .number(sampling.topP),
      "min_p": .number(sampling.minP), "repetition_penalty": .number(1),
      "frequency_penalty": .number(0), "presence_penalty": .number(0),
      "max_new_tokens": .integer(question.limit), "min_new_tokens": .integer(0),
      "stop_token_ids": .array(question.stopTokens.map { .integer($0) }),
      // To ignore the tokenizer's own end would be to ignore those above too.
      "ignore_eos": .boolean(false), "no_stop_trim": .boolean(true),
      "skip_special_tokens": .boolean(false),
    ]
    return ServerCall(
      path: "generate",
      body: .object([
        "input_ids": .array(question.tokens.map { .integer($0) }),
        "sampling_params": .object(parameters), "return_logprob": .boolean(true),
        "stream": .boolean(false),
      ]))
  }

  func reply(_ answer: JSONValue) throws(ServerFault) -> ServerReply {
    let facts = answer["meta_info"]
    guard let tokens = answer["output_ids"]?.elements?.map(\.whole),
      let pairs = facts?["output_token_logprobs"]?.elements?.map(\.elements)
    else { throw .failed("its answer has no output_ids with output_token_logprobs") }
    // Each is a log-probability, the token it belongs to, and the token's text or nothing.
    guard pairs.map({ $0.flatMap { $0.count > 1 ? $0[1].whole : nil } }) == tokens else {
      throw .failed("its log-probabilities are of other tokens than it drew")
    }
    return ServerReply(
      tokens: tokens.map { $0 ?? -1 }, logProbs: pairs.map { $0?.first?.double ?? .nan },
      finish: facts?["finish_reason"]?["type"]?.words ?? "nothing",
      versions: (facts?["weight_version"]?.words).map { [$0] } ?? [])
  }

  func loading(_ folder: String, version: String) -> [ServerCall] {
    [
      ServerCall(path: "pause_generation", body: .object(["mode": .string("abort")])),
      ServerCall(
        path: "update_weights_from_disk",
        body: .object([
          "model_path": .string(folder), "weight_version": .string(version),
          "flush_cache": .boolean(true),
        ]),
        complaint: { answer in
          answer?["success"] == .boolean(true)
            ? nil
            : "it did not load: \(answer?["message"]?.words?.prefix(200) ?? "it does not say why")"
        }),
      // Asked for once more by itself, for its status says whether it was done; its words are no JSON.
      ServerCall(path: "flush_cache", answersText: true, mayPass: true),
      ServerCall(path: "continue_generation"),
    ]
  }

  func meaning(of status: Int, at path: String) -> String? {
    path == "flush_cache" && status == 400
      ? "it keeps its prefix cache, which is of the old weights" : nil
  }
}
