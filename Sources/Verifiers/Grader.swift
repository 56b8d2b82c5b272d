// The station: completions in, graded episodes out, in the same order. Verifiers run side by side,
// a few at a time, so that the clock of a sample starts when its verifier does.

public import Records

/// Grades and scores completions.
public struct Grader: Sendable {
  /// What a verdict is worth.
  public let settings: RewardSettings
  /// The length limit of responses, for the overlong penalty.
  public let maximumLength: Int
  private let bench: VerifierBench

  /// How many questions are out at a time, of one response and of several.
  private static let windows = (single: 32, several: 4)

  /// Makes a grader with the verifiers that the settings name.
  ///
  /// - Parameters:
  ///   - settings: Which verifier grades, and what for.
  ///   - maximumLength: The length limit of responses.
  ///   - make: What makes a verifier of its settings; the built-in ones if left out.
  /// - Throws: `VerifierError.setting` for settings that make no sense; what `make` throws.
  public init(
    settings: RewardSettings, maximumLength: Int,
    make: (VerifierSettings) throws -> any Verifier = { try $0.makeVerifier() }
  ) throws {
    try settings.problems(maximumLength: maximumLength).refuse("reward")
    self.settings = settings
    self.maximumLength = maximumLength
    bench = try VerifierBench(settings, make: make)
  }

  /// What grades the answers of a source.
  func verifier(of source: String) -> any Verifier { bench.verifier(of: source) }

  /// Why a right answer of a source cannot be graded against, or nothing if it can.
  public func complaint(about truth: String, source: String) -> String? {
    bench.verifier(of: source).complaint(about: truth)
  }

  /// Looks whether the verifiers can work.
  ///
  /// - Throws: Why one cannot.
  public func check() async throws(VerifierError) { try await bench.check() }

  /// Grades every completion.
  ///
  /// A verifier that fails or takes too long marks its sample, which then has score and reward 0
  /// and is not a verdict; so does one of the parts, for a sum that lacks a part is another
  /// reward.
  public func grade(_ completions: [Completion]) async -> [GradedEpisode] {
    var verdicts = completions.map { _ in Verdict(.error, reason: "not graded") }
    for (verifier, places) in bench.shares(of: completions) {
      let found = await ask(verifier, places.map { completions[$0] })
      for (place, verdict) in zip(places, found) { verdicts[place] = verdict }
    }
    for (name, verifier) in bench.parts {
      let places = verdicts.indices.filter { verdicts[$0].isGraded }
      let found = await ask(verifier, places.map { completions[$0] })
      for (place, part) in zip(places, found) {
        if part.isGraded {
          verdicts[place].parts = (verdicts[place].parts ?? [:])
            .merging([name: part.score ?? (part.status == .correct ? 1 : 0)]) { $1 }
        } else {
          verdicts[place] = Verdict(part.status, reason: "\(name): \(part.reason)")
        }
      }
    }
    return zip(completions, verdicts).map { scored($0, $1) }
  }

  /// Gives a graded completion its score and reward.
  public func scored(_ completion: Completion, _ verdict: Verdict) -> GradedEpisode {
    guard verdict.isGraded else {
      return GradedEpisode(completion: completion, verdict: verdict, score: 0, reward: 0)
    }
    let own =
      verdict.score ?? (verdict.status == .correct ? settings.correct : settings.incorrect)
    let score = settings.parts.reduce(settings.weight * own) { sum, part in
      sum + part.value.weight * (verdict.parts?[part.key] ?? 0)
    }
    let buffer = settings.overlongBuffer
    var penalty =
      buffer.enable
      ? overlongPenalty(
        length: completion.tokens.count, maximum: maximumLength, buffer: buffer.len,
        factor: buffer.penaltyFactor) : 0
    if completion.finish == .length { penalty -= settings.missingEndPenalty }
    return GradedEpisode(
      completion: completion, verdict: verdict, score: Float(score),
      reward: Float(settings.clipped(score) + penalty), penalty: Float(penalty))
  }

  /// What one verifier says of some responses, a few questions at a time.
  private func ask(_ verifier: any Verifier, _ completions: [Completion]) async -> [Verdict] {
    let size = (verifier as? any BatchVerifier).map { max(1, $0.batchSize) } ?? 1
    var waiting = stride(from: 0, to: completions.count, by: size).map {
      $0..<min($0 + size, completions.count)
    }[...]
    var verdicts = completions.map { _ in Verdict(.error, reason: "not graded") }
    await withTaskGroup(of: (Range<Int>, [Verdict]).self) { group in
      func startNext() {
        guard let range = waiting.popFirst() else { return }
        let part = Array(completions[range])
        group.addTask { (range, await timed(verifier, part)) }
      }
      let most = size == 1 ? Self.windows.single : Self.windows.several
      for _ in 0..<min(most, verifier.width ?? most) { startNext() }
      while let (range, found) = await group.next() {
        verdicts.replaceSubrange(range, with: found)
        startNext()
      }
    }
    return verdicts
  }

  /// Runs a verifier against the clock; whichever speaks first is heard.
  ///
  /// The two are tasks of their own and not a group's children, because a group waits for all of
  /// its children and a verifier that ignores its cancellation would hold the run.
  @concurrent private func timed(
    _ verifier: any Verifier, _ completions: [Completion]
  ) async -> [Verdict] {
    let (answers, voice) = AsyncStream.makeStream(
      of: [Verdict].self, bufferingPolicy: .bufferingOldest(1))
    func all(_ verdict: Verdict) -> [Verdict] { completions.map { _ in verdict } }
    let work = Task {
      do {
        let found = try await Self.verdicts(of: verifier, completions)
        voice.yield(
          found.count == completions.count
            ? found.map(Self.checked)
            : all(Verdict(.error, reason: "\(found.count) verdicts of \(completions.count)")))
      } catch {
        voice.yield(all(Verdict(.error, reason: clipped("\(error)", to: 500))))
      }
    }
    let limit = settings.timeoutSeconds
    let clock = Task { [keepsTime = verifier.keepsTime] in
      guard !keepsTime, (try? await Task.sleep(for: .seconds(limit))) != nil else { return }
      voice.yield(all(Verdict(.timeout, reason: "no verdict within \(limit) s")))
    }
    defer {
      work.cancel()
      clock.cancel()
    }
    for await verdicts in answers { return verdicts }
    return all(Verdict(.error, reason: "cancelled"))
  }

  private static func verdicts(
    of verifier: any Verifier, _ completions: [Completion]
  ) async throws -> [Verdict] {
    if let verifier = verifier as? any BatchVerifier {
      return try await verifier.verify(completions)
    }
    var verdicts: [Verdict] = []
    for completion in completions { verdicts.append(try await verifier.verify(completion)) }
    return verdicts
  }

  private static func checked(_ verdict: Verdict) -> Verdict {
    verdict.score.map(\.isFinite) == false
      ? Verdict(.error, reason: "the score is not a number") : verdict
  }
}

/// The verifiers of a run; settings that are the same share one.
private struct VerifierBench: Sendable {
  private let verifiers: [any Verifier]
  private let common: Int
  private let bySource: [String: Int]
  let parts: [(name: String, verifier: any Verifier)]

  init(_ settings: RewardSettings, make: (VerifierSettings) throws -> any Verifier) throws {
    var known: [VerifierSettings] = []
    var verifiers: [any Verifier] = []
    func place(of settings: VerifierSettings) throws -> Int {
      if let place = known.firstIndex(of: settings) { return place }
      verifiers.append(try make(settings))
      known.append(settings)
      return known.count - 1
    }
    common = try place(of: settings.verifier)
    bySource = try settings.bySource.mapValues(place)
    let places = try settings.parts.sorted { $0.key < $1.key }
      .map { (name: $0.key, place: try place(of: $0.value.verifier)) }
    self.verifiers = verifiers
    parts = places.map { ($0.name, verifiers[$0.place]) }
  }

  func check() async throws(VerifierError) {
    for verifier in verifiers { try await verifier.check() }
  }

  func verifier(of source: String) -> any Verifier { verifiers[bySource[source] ?? common] }

  /// Which responses each verifier grades.
  func shares(of completions: [Completion]) -> [(verifier: any Verifier, places: [Int])] {
    let places = Dictionary(grouping: completions.indices) {
      bySource[completions[$0].prompt.source] ?? common
    }
    return places.sorted { $0.key < $1.key }.map { (verifiers[$0.key], $0.value) }
  }
}
