// A reward function that is a program. It reads requests from its standard input and writes answers
// to its standard output, a line each, both JSON objects in UTF-8:
//
//     at the start         {"protocol":1}                     or {"error":"why not"}
//     request              {"id":7,"data_source":"gsm8k","solution_str":"… #### 72",
//                           "ground_truth":"72","extra_info":{…},"prompt":"…","columns":{…},
//                           "completion_ids":[9,18,0],"global_step":3,"max_steps":200}
//     answer               {"id":7,"score":1.0}               any finite number
//     answer, with more    {"id":7,"score":0.5,"acc":true}    other keys are kept beside the score
//     no verdict         {"id":7,"score":null}
//     failure              {"id":7,"error":"why"}             the child lives on
//
// There is one request at a time, and exactly one line for it. Whatever else happens, a wrong id, a
// second line, NaN, a number in quotes, half a line, silence, is an error of the child: it is
// killed with all it started, and the request has no score. Standard error is free for words; the
// end of it goes into the error. At the end of its input the program should end.
//
// What "all it started" reaches: its session, its process group, everybody descended from these,
// and everybody who carries its mark in the environment, however they detached themselves. Only a
// process that left the session, lost its parents and also wiped its environment is not found. A
// command that is not trusted that far can be run under `bwrap --unshare-pid --dev-bind / / --proc
// /proc`, where the kernel finds them all (and not with `--die-with-parent`, which means the thread
// that started it).

public import JSON

/// What is to be scored, under verl's names.
public struct RewardRequest: Sendable {
  /// The data set the problem comes from.
  public var dataSource: String
  /// The response.
  public var solution: String
  /// The right answer, as the data has it: a text, a number, a list, an object.
  public var groundTruth: JSONValue
  /// What else the data says, an object or null.
  public var extraInfo: JSONValue
  /// The prompt: a text, or messages with `role` and `content`.
  public var prompt: JSONValue
  /// The columns of the prompt's row by name, an object or null.
  public var columns = JSONValue.null
  /// The response's tokens, its stop token included.
  public var tokens: [Int] = []
  /// Training steps done, and all there will be; nil where nothing is trained.
  public var progress: (step: Int, of: Int)?

  /// Puts a request together.
  public init(
    dataSource: String, solution: String, groundTruth: JSONValue, extraInfo: JSONValue = .null,
    prompt: JSONValue = .null
  ) {
    self.dataSource = dataSource
    self.solution = solution
    self.groundTruth = groundTruth
    self.extraInfo = extraInfo
    self.prompt = prompt
  }

  var object: JSONObject {
    [
      "data_source": .string(dataSource), "solution_str": .string(solution),
      "ground_truth": groundTruth, "extra_info": extraInfo, "prompt": prompt, "columns": columns,
      "completion_ids": .array(tokens.map { .integer($0) }),
      "global_step": progress.map { .integer($0.step) } ?? .null,
      "max_steps": progress.map { .integer($0.of) } ?? .null,
    ]
  }
}

/// What a command says about a response.
public struct RewardAnswer: Sendable, Equatable {
  /// The score; nil when the command does not grade this response.
  public var score: Double?
  /// What it says beside the score.
  public var extras: [String: JSONValue]

  /// Puts an answer together.
  public init(score: Double?, extras: [String: JSONValue] = [:]) {
    (self.score, self.extras) = (score, extras)
  }

  static func reading(_ object: JSONObject) -> LineReading<RewardAnswer> {
    switch (object["score"], object["error"]) {
    case (nil, .string(let reason)?): return .refusal(reason)
    case (nil, nil): return .nonsense("an answer has neither score nor error")
    case (_, _?): return .nonsense("an answer has both score and error, or an error without words")
    case (.null?, nil), (.integer?, nil), (.number?, nil): break
    default: return .nonsense("a score is not a number")
    }
    let score = object["score"]?.double
    guard score != nil || object["score"] == .null else { return .nonsense("a score is too large") }
    var extras: [String: JSONValue] = [:]
    for (key, value) in object where key != "id" && key != "score" { extras[key] = value }
    return .answer(RewardAnswer(score: score, extras: extras))
  }
}

/// A reward command, as many of it side by side as its settings say.
///
/// Safe to use from many tasks at once; each request waits for a child that is free. The time a
/// request may take starts when a child has it. A task that is cancelled gets its error as soon
/// as the child it waited for is ended.
public final class RewardCommand: Sendable {
  private let children: [LineChild]
  private let lease: Lease<LineChild>
  private let stopping: Interrupt

  /// Prepares the command; nothing is started yet.
  ///
  /// - Throws: ``ChildError`` if this process cannot open another file.
  public init(_ settings: CommandSettings) throws(ChildError) {
    let stopping = try Interrupt()
    self.stopping = stopping
    children = (0..<max(1, settings.width)).map { _ in LineChild(settings, stopping: stopping) }
    lease = Lease(children)
  }

  deinit {
    stopping.fire()
    children.forEach { $0.stop() }
  }

  /// Starts a child and waits until it is ready, so that a command that cannot run is told early.
  public func check() async throws(ChildError) {
    try await use { (child, interrupt) throws(ChildError) in try child.start(interrupt: interrupt) }
  }

  /// Scores one response.
  ///
  /// - Throws: ``ChildError`` when there is no score: that is never a verdict of the response.
  public func score(_ request: RewardRequest) async throws(ChildError) -> RewardAnswer {
    try await use { (child, interrupt) throws(ChildError) in
      try child.ask(request.object, interrupt: interrupt, read: RewardAnswer.reading)
    }
  }

  /// Ends all children, also those that are being asked something; for good.
  public func stop() async {
    stopping.fire()
    await onOwnThread { [children] in children.forEach { $0.stop() } }
  }

  private func use<Value: Sendable>(
    _ work: @escaping @Sendable (LineChild, Interrupt) throws(ChildError) -> Value
  ) async throws(ChildError) -> Value {
    let result = await lease.lend { child -> Result<Value, ChildError> in
      do throws(ChildError) {
        return .success(
          try await interruptibly { interrupt in
            Result { () throws(ChildError) in try work(child, interrupt) }
          })
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw .cancelled }
    do throws(ChildError) {
      return try result.get()
    } catch {
      // Waiting that ends because everything ends is not the task's own cancellation.
      throw error == .cancelled && stopping.isFired ? .stopped : error
    }
  }
}
