// The station: completions in, graded episodes out, in the same order. Verifiers run side by side,
// a few at a time, so that the clock of a sample starts when its verifier does.

public import Records

/// Judges and scores completions.
public struct Grader: Sendable {
  /// Who judges.
  public let verifier: any Verifier
  /// What a judgement is worth.
  public let settings: RewardSettings
  /// The length limit of responses, for the overlong penalty.
  public let maximumLength: Int

  private static let window = 32

  /// Makes a grader with the verifier that the settings name, or another one.
  ///
  /// - Throws: `VerifierError.setting` for settings that make no sense.
  public init(
    settings: RewardSettings, maximumLength: Int, verifier: (any Verifier)? = nil
  ) throws(VerifierError) {
    try settings.validate(maximumLength: maximumLength)
    self.settings = settings
    self.maximumLength = maximumLength
    self.verifier = verifier ?? settings.makeVerifier()
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
    let score = verdict.status == .correct ? settings.correct : settings.incorrect
    let buffer = settings.overlongBuffer
    let penalty =
      buffer.enable
      ? overlongPenalty(
        length: completion.tokens.count, maximum: maximumLength, buffer: buffer.len,
        factor: buffer.penaltyFactor) : 0
    return GradedEpisode(
      completion: completion, verdict: verdict, score: Float(score), reward: Float(score + penalty))
  }

  /// Runs the verifier against the clock; whichever speaks first is heard.
  ///
  /// The two are tasks of their own and not a group's children, because a group waits for all of
  /// its children and a verifier that ignores its cancellation would hold the run.
  @concurrent private func verdict(on completion: Completion) async -> Verdict {
    let (answers, voice) = AsyncStream.makeStream(
      of: Verdict.self, bufferingPolicy: .bufferingOldest(1))
    let work = Task { [verifier] in
      do {
        voice.yield(
          try await verifier.verify(
            response: completion.text, finish: completion.finish, truth: completion.prompt.truth))
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
