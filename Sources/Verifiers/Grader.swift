// The station: completions in, graded episodes out, in the same order. Verifiers run side by side,
// a few at a time, so that the clock of a sample starts when its verifier does.

public import Records

/// Judges and scores completions.
public struct Grader: Sendable {
  /// What a judgement is worth.
  public let settings: RewardSettings
  /// The length limit of responses, for the overlong penalty.
  public let maximumLength: Int
  private let bench: JudgeBench

  private static let window = 32

  /// Makes a grader with the verifiers that the settings name.
  ///
  /// - Parameters:
  ///   - settings: Who judges, and what for.
  ///   - maximumLength: The length limit of responses.
  ///   - make: What makes a verifier of its settings; the built-in ones if left out.
  /// - Throws: `VerifierError.setting` for settings that make no sense; what `make` throws.
  public init(
    settings: RewardSettings, maximumLength: Int,
    make: (JudgeSettings) throws -> any Verifier = { $0.makeVerifier() }
  ) throws {
    try settings.validate(maximumLength: maximumLength)
    self.settings = settings
    self.maximumLength = maximumLength
    bench = try JudgeBench(settings, make: make)
  }

  /// Why a right answer of a source cannot be judged against, or nothing if it can.
  public func complaint(about truth: String, source: String) -> String? {
    bench.verifier(of: source).complaint(about: truth)
  }

  /// Judges every completion.
  ///
  /// A verifier that fails or takes too long marks its sample, which then has score and reward 0
  /// and is not a judgement.
  public func grade(_ completions: [Completion]) async -> [GradedEpisode] {
    var verdicts = completions.map { _ in Verdict(.error, reason: "not judged") }
    await withTaskGroup(of: (Int, Verdict).self) { group in
      var started = 0
      func startNext() {
        guard started < completions.count else { return }
        let place = started
        group.addTask { (place, await verdict(on: completions[place])) }
        started += 1
      }
      for _ in 0..<Self.window { startNext() }
      while let (place, verdict) = await group.next() {
        verdicts[place] = verdict
        startNext()
      }
    }
    return zip(completions, verdicts).map { scored($0, $1) }
  }

  /// Gives a judged completion its score and reward.
  public func scored(_ completion: Completion, _ verdict: Verdict) -> GradedEpisode {
    guard verdict.isJudgement else {
      return GradedEpisode(completion: completion, verdict: verdict, score: 0, reward: 0)
    }
    let own =
      verdict.score ?? (verdict.status == .correct ? settings.correct : settings.incorrect)
    let score = settings.parts.reduce(own) { sum, part in
      sum + part.value.weight * (verdict.parts?[part.key] ?? 0)
    }
    let buffer = settings.overlongBuffer
    let penalty =
      buffer.enable
      ? overlongPenalty(
        length: completion.tokens.count, maximum: maximumLength, buffer: buffer.len,
        factor: buffer.penaltyFactor) : 0
    return GradedEpisode(
      completion: completion, verdict: verdict, score: Float(score), reward: Float(score + penalty))
  }

  /// The answer's verdict, with the points of the parts.
  ///
  /// A part that fails fails the sample, for a sum that lacks a part is another reward.
  private func verdict(on completion: Completion) async -> Verdict {
    var verdict = await ask(bench.verifier(of: completion.prompt.source), completion)
    guard verdict.isJudgement, !bench.parts.isEmpty else { return verdict }
    var points: [String: Double] = [:]
    for (name, verifier) in bench.parts {
      let part = await ask(verifier, completion)
      guard part.isJudgement else {
        return Verdict(part.status, reason: "\(name): \(part.reason)")
      }
      points[name] = part.score ?? (part.status == .correct ? 1 : 0)
    }
    verdict.parts = points
    return verdict
  }

  /// Runs a verifier against the clock; whichever speaks first is heard.
  ///
  /// The two are tasks of their own and not a group's children, because a group waits for all of
  /// its children and a verifier that ignores its cancellation would hold the run.
  @concurrent private func ask(
    _ verifier: any Verifier, _ completion: Completion
  ) async -> Verdict {
    let (answers, voice) = AsyncStream.makeStream(
      of: Verdict.self, bufferingPolicy: .bufferingOldest(1))
    let work = Task {
      do {
        let verdict = try await verifier.verify(completion)
        voice.yield(
          verdict.score.map(\.isFinite) == false
            ? Verdict(.error, reason: "the score is not a number") : verdict)
      } catch {
        voice.yield(Verdict(.error, reason: clipped("\(error)", to: 500)))
      }
    }
    let limit = settings.timeoutSeconds
    let clock = Task {
      guard (try? await Task.sleep(for: .seconds(limit))) != nil else { return }
      voice.yield(Verdict(.timeout, reason: "no verdict within \(limit) s"))
    }
    defer {
      work.cancel()
      clock.cancel()
    }
    for await verdict in answers { return verdict }
    return Verdict(.error, reason: "cancelled")
  }
}

/// The verifiers of a run; settings that are the same share one.
private struct JudgeBench: Sendable {
  let common: any Verifier
  let bySource: [String: any Verifier]
  let parts: [(name: String, verifier: any Verifier)]

  init(_ settings: RewardSettings, make: (JudgeSettings) throws -> any Verifier) throws {
    var made: [(settings: JudgeSettings, verifier: any Verifier)] = []
    func shared(_ judge: JudgeSettings) throws -> any Verifier {
      if let same = made.first(where: { $0.settings == judge }) { return same.verifier }
      let verifier = try make(judge)
      made.append((judge, verifier))
      return verifier
    }
    common = try shared(settings.judge)
    bySource = try settings.bySource.mapValues(shared)
    parts = try settings.parts.sorted { $0.key < $1.key }
      .map { ($0.key, try shared($0.value.judge)) }
  }

  func verifier(of source: String) -> any Verifier { bySource[source] ?? common }
}
