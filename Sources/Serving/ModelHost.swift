// One thread owns the model; requests wait in line for it. Those that wait and draw alike are
// answered together, token by token, so that many small requests cost about what one does.

public import Foundation
import Generation
import Records
import Synchronization
import Tokenizers
public import Torch

/// What a request hears of its responses.
package enum JobEvent: Sendable {
  /// Text that a response has grown by.
  case text(response: Int, String)
  /// A response has ended.
  case ended(FinishedResponse)
}

/// A response that has ended.
package struct FinishedResponse: Sendable {
  /// Which of the request's responses: prompt by prompt, sample by sample.
  package var response: Int
  /// Its token ids, a stop token included.
  package var tokens: [Int]
  /// Whether it ended by a stop token or a stop text, and not by its limit.
  package var hasStopped: Bool
  /// Scores of the tokens, before them those of the prompt where they were asked for.
  var scores: [TokenScore] = []
}

/// Answers jobs on a thread of its own.
public final class ModelHost: Sendable {
  private struct Waiting {
    var job: Job
    var events: AsyncStream<JobEvent>.Continuation
    var ending: Ending

    var isCancelled: Bool { ending.isWanted.withLock { $0 } }
  }

  /// Whether anybody still wants a job's answer.
  private final class Ending: Sendable {
    let isWanted = Mutex(false)
  }

  private struct Line {
    var waiting: [Waiting] = []
    var isClosed = false
  }

  /// What requests may read of the model.
  public let facts: ModelFacts
  private let line = Mutex(Line())
  private let bell = DispatchSemaphore(value: 0)

  /// How many responses are decoded together, over all requests.
  private static let mostTogether = 256

  /// Loads a model folder and waits for jobs.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder, or an adapter's.
  ///   - name: what requests call the model.
  ///   - type: what to compute in.
  ///   - device: where to compute.
  /// - Throws: what is wrong with the folder's files.
  public init(
    folder: URL, name: String, type: ElementType = .float32, device: Device = .cpu
  ) throws {
    let (facts, model) = try ServedModel.load(folder, name: name, type: type, device: device)
    self.facts = facts
    // The thread is the only one that ever touches the model.
    nonisolated(unsafe) let owned = model
    let thread = Thread { [self] in work(owned) }
    thread.name = "vapo-serve"
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Lets the thread end when it has answered what waits.
  public func close() {
    line.withLock { $0.isClosed = true }
    bell.signal()
  }

  /// Puts a job in line.
  ///
  /// - Returns: what happens, in order, and what ends the job early; to stop listening ends it too.
  package func answer(
    _ job: Job
  ) -> (events: AsyncStream<JobEvent>, cancel: @Sendable () -> Void) {
    let (events, continuation) = AsyncStream.makeStream(of: JobEvent.self)
    let ending = Ending()
    continuation.onTermination = { _ in ending.isWanted.withLock { $0 = true } }
    line.withLock { $0.waiting.append(Waiting(job: job, events: continuation, ending: ending)) }
    bell.signal()
    return (events, { continuation.finish() })
  }

  private func work(_ model: ServedModel) {
    while let batch = next() {
      guard !batch.isEmpty else {
        bell.wait()
        continue
      }
      withoutGradient { run(batch, on: model) }
    }
  }

  /// The first job that waits and those that can be answered with it; none where none waits, nil
  /// where none will ever come.
  private func next() -> [Waiting]? {
    line.withLock { line in
      line.waiting.removeAll { $0.isCancelled }
      guard let first = line.waiting.first?.job else { return line.isClosed ? nil : [] }
      var count = 0
      var batch: [Waiting] = []
      line.waiting.removeAll { waiting in
        let job = waiting.job
        guard job.samples == first.samples, job.sampling == first.sampling,
          batch.isEmpty || count + job.count <= Self.mostTogether
        else { return false }
        count += job.count
        batch.append(waiting)
        return true
      }
      return batch
    }
  }

  private func run(_ batch: [Waiting], on model: ServedModel) {
    var questions: [Question] = []
    var owners: [(waiting: Int, prompt: Int)] = []
    var answers = batch.map { waiting in
      (0..<waiting.job.count).map { _ in Answer(model.tokenizer, stops: waiting.job.stops) }
    }
    for (index, waiting) in batch.enumerated() {
      let job = waiting.job
      let seed = job.seed.map { UInt64(bitPattern: Int64($0)) } ?? UInt64.random(in: 0...UInt64.max)
      let random = RandomSource(seed: seed)["serve"]
      for (place, prompt) in job.prompts.enumerated() where job.limits[place] > 0 {
        owners.append((index, place))
        questions.append(
          Question(tokens: prompt, limit: job.limits[place], random: random[place]))
      }
    }
    if !questions.isEmpty {
      model.engine.answer(
        questions, samples: batch[0].job.samples, sampling: batch[0].job.sampling
      ) { drawn in
        let (index, prompt) = owners[drawn.question]
        guard !batch[index].isCancelled else { return false }
        let response = prompt * batch[index].job.samples + drawn.sample
        let text = answers[index][response].append(drawn)
        if !text.isEmpty { batch[index].events.yield(.text(response: response, text)) }
        return !answers[index][response].hasStopped
      }
    }
    for (index, waiting) in batch.enumerated() {
      report(answers[index], waiting, model)
    }
  }

  /// Scores what is to be scored, and says that a job is done.
  private func report(_ answers: [Answer], _ waiting: Waiting, _ model: ServedModel) {
    let job = waiting.job
    var scores: [[TokenScore]] = []
    if let top = job.top, !waiting.isCancelled {
      let texts = answers.indices.map { job.prompts[$0 / job.samples] + answers[$0].tokens }
      scores = model.model.scores(of: texts, top: top)
    }
    for (place, answer) in answers.enumerated() {
      var finished = FinishedResponse(
        response: place, tokens: answer.tokens, hasStopped: answer.hasStopped)
      if !scores.isEmpty {
        let skipped = job.scoresPrompt ? 0 : job.prompts[place / job.samples].count
        finished.scores = Array(scores[place].dropFirst(skipped))
      }
      waiting.events.yield(.ended(finished))
    }
    waiting.events.finish()
  }
}

/// A response in the making.
private struct Answer {
  private(set) var tokens: [Int] = []
  private(set) var hasStopped = false
  private var text: TextStream

  init(_ tokenizer: Tokenizer, stops: [String]) { text = TextStream(tokenizer, stops: stops) }

  /// Takes a token and returns what the text has surely grown by.
  mutating func append(_ drawn: DrawnToken) -> String {
    tokens.append(drawn.token)
    // A stop token ends the text and is not part of it.
    var grown = drawn.finish == .stop ? "" : text.append(drawn.token)
    if drawn.finish != nil { grown += text.finish() }
    hasStopped = drawn.finish == .stop || text.hasStopped
    return grown
  }
}
