// What a kind of server is asked in, and what it answers. Answers are claims: what becomes of a response
// goes through `ServerReply.believed` first.

import Generation
import JSON
import Records

/// One response that is asked for.
struct ServerQuestion: Sendable {
  /// The prompt's token ids.
  var tokens: [Int]
  /// The most tokens of the response.
  var limit: Int
  /// How its tokens are drawn.
  var sampling: SamplingSettings
  /// What they are drawn with; not negative.
  var seed: Int
  /// The tokens that end it.
  var stopTokens: [Int]
  /// The adapter that it is drawn with; nil where the weights are whole.
  var adapter: String?
}

/// What a server says a response is.
struct ServerReply: Equatable, Sendable {
  var tokens: [Int]
  /// The log-probability of every token after temperature.
  var logProbs: [Double]
  /// Why it ended, in the server's word.
  var finish: String
  /// The versions of the weights that its tokens were drawn with; none where the server does not say.
  var versions: [String]
}

/// A call that a server must answer well.
struct ServerCall: Sendable {
  /// Where to, with what stands after a question mark.
  var path: String
  /// What is sent; nil sends an empty object.
  var body: JSONValue?
  /// What is wrong with the answer; nil where all is well.
  var complaint: @Sendable (JSONValue?) -> String? = { _ in nil }
  /// Whether the answer is words for people, which nobody reads.
  var answersText = false
  /// Whether a complaint, or a status that says no, may pass when it is asked again shortly after.
  var mayPass = false
}

/// A kind of server.
protocol ServerDialect: Sendable {
  /// Where somebody answers who is alive.
  var health: String { get }

  /// What asks for a response.
  func question(_ question: ServerQuestion) -> ServerCall

  /// Reads an answer to a question.
  func reply(_ answer: JSONValue) throws(ServerFault) -> ServerReply

  /// The calls that bring new weights, in their order; the last one lets responses be drawn again, and is made
  /// whatever became of those before it.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder, or an adapter's, as the server finds it.
  ///   - version: what the weights are called from then on.
  /// - Returns: them all.
  func loading(_ folder: String, version: String) -> [ServerCall]

  /// What lets a server forget weights that are no longer drawn with; nil where new ones take their place.
  func leaving(_ version: String) -> ServerCall?

  /// What a status that is no success means for a call, where it has a meaning of its own.
  func meaning(of status: Int, at path: String) -> String?

  /// Whether a status says that the question is wrong, so that nobody else would answer it.
  func isRefusal(_ status: Int, at path: String) -> Bool
}

extension ServerDialect {
  func leaving(_ version: String) -> ServerCall? { nil }

  /// 4xx is about the question, but for those that say "not now".
  func isRefusal(_ status: Int, at path: String) -> Bool {
    (400..<500).contains(status) && ![408, 425, 429].contains(status)
  }
}

extension RolloutEngineKind {
  /// The words it is spoken to in.
  ///
  /// - Parameter settings: how servers are asked.
  /// - Returns: nil for what is no server.
  func dialect(_ settings: RemoteSettings) -> (any ServerDialect)? {
    switch self {
    case .native: nil
    case .vllm: VLLMDialect(loadsAdapters: !settings.mergesAdapter)
    case .sglang: SGLangDialect()
    }
  }
}

/// What went wrong between this program and a server.
enum ServerFault: Error, Equatable, CustomStringConvertible {
  /// The question itself was refused: asking again helps nobody.
  case refused(String)
  /// The server did not answer well.
  case failed(String)
  /// It did not answer at all, or not in time.
  case silent(String)

  var description: String {
    switch self {
    case .refused(let words), .failed(let words), .silent(let words): words
    }
  }
}

extension ServerReply {
  /// The response that a reply describes, if it can be one.
  ///
  /// - Parameters:
  ///   - question: what was asked.
  ///   - vocabulary: how many tokens the model knows.
  ///   - version: of the weights that it was to be drawn with.
  /// - Returns: the log-probabilities as they are learned from, and why the response ended.
  /// - Throws: ``ServerFault/failed(_:)`` with what is wrong.
  func believed(
    _ question: ServerQuestion, vocabulary: Int, version: String
  ) throws(ServerFault) -> (logProbs: [Float], finish: FinishReason) {
    func require(_ holds: Bool, _ words: @autoclosure () -> String) throws(ServerFault) {
      if !holds { throw .failed("it said " + words()) }
    }
    try require(
      (1...question.limit).contains(tokens.count),
      "\(tokens.count) tokens where 1 to \(question.limit) were asked for")
    if let odd = tokens.first(where: { !(0..<vocabulary).contains($0) }) {
      throw .failed("it said token \(odd), and the vocabulary has \(vocabulary)")
    }
    try require(
      logProbs.count == tokens.count,
      "\(logProbs.count) log-probabilities of \(tokens.count) tokens")
    // The logarithm of a certain token may be rounded to a hair above 0.
    if let odd = logProbs.first(where: { !(Float($0).isFinite && $0 <= 1e-4) }) {
      throw .failed("it said a log-probability of \(odd)")
    }
    try require(!versions.isEmpty, "not which weights it drew with")
    if let other = versions.first(where: { $0 != version }) {
      throw .failed("it drew with weights '\(other.prefix(40))' where '\(version)' were loaded")
    }
    let stops = Set(question.stopTokens)
    try require(
      !tokens.dropLast().contains(where: stops.contains), "a token after one that ends a response")
    let isStopped = tokens.last.map(stops.contains) ?? false
    switch finish {
    case "stop": try require(isStopped, "that a response has stopped which has no stop token")
    case "length":
      try require(
        tokens.count == question.limit,
        "that a response of \(tokens.count) tokens is at its limit of \(question.limit)")
    default: throw .failed("it ended a response by '\(finish.prefix(40))'")
    }
    return (logProbs.map { Float(min($0, 0)) }, isStopped ? .stop : .length)
  }
}
