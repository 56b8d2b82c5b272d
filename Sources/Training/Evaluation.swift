// Evaluation: how good a policy is on held-out problems, with the counts behind every share.

public import Generation
public import Methods
public import Records
public import Verifiers

/// The scores of one set of problems, whole, by source and by difficulty.
public struct EvaluationResult: Codable, Equatable, Sendable {
  /// The scores of one source.
  public struct Score: Codable, Equatable, Sendable {
    /// Problems asked.
    public var problems: Int
    /// Responses a problem: k.
    public var samples: Int
    /// Right responses, of problems × samples.
    public var correct: Int
    /// avg@k: the share of right responses.
    public var average: Double
    /// pass@k: the share of problems with a right response among k, unbiased.
    public var pass: Double
    /// pass@1, pass@2, pass@4 and so on, up to k.
    public var passes: [Pass]
    /// maj@k: the share of problems whose most frequent answer is right.
    public var majority: Double
    /// The three with their 95% intervals, over problems: Wilson's where each is right or wrong, else
    /// the bootstrap's.
    public var intervals: Intervals
    /// Mean response length in tokens.
    public var meanLength: Double
    /// The share of responses cut off by the length limit.
    public var truncated: Double
    /// The share of responses that give an answer without working.
    public var direct: Double
    /// Responses that no verifier could grade.
    public var ungraded: Int
  }

  /// pass@k for one k.
  public struct Pass: Codable, Equatable, Sendable {
    /// How many responses one would draw.
    public var k: Int
    /// The chance that one of them is right, unbiased.
    public var pass: Double
  }

  /// How sure the scores are.
  public struct Intervals: Codable, Equatable, Sendable {
    /// Of avg@k.
    public var average: Estimate
    /// Of pass@k.
    public var pass: Estimate
    /// Of maj@k.
    public var majority: Estimate
  }

  /// The problems of one class of difficulty.
  public struct Difficulty: Codable, Equatable, Sendable {
    /// The least of the class, a power of two.
    public var from: Int
    /// The most of the class, one less than the next power.
    public var through: Int { 2 * from - 1 }
    /// Right responses.
    public var correct: Int
    /// All responses.
    public var responses: Int
  }

  /// How many problems were to be asked: more than were scored where the evaluation was stopped.
  public var planned = 0
  /// Over all problems.
  public var overall: Score
  /// By source, in the order of first appearance.
  public var sources: [String]
  /// The scores of each of `sources`.
  public var bySource: [Score]
  /// avg@k of problems of similar difficulty, where problems say theirs.
  public var byDifficulty: [Difficulty]
}

/// Samples and grades responses to held-out problems.
public struct Evaluator {
  private let engine: Engine
  private let grader: Grader
  private let samples: Int
  private let sampling: SamplingSettings

  /// Takes the stations and how to sample.
  public init(engine: Engine, grader: Grader, samples: Int, sampling: SamplingSettings) {
    self.engine = engine
    self.grader = grader
    self.samples = samples
    self.sampling = sampling
  }

  /// Samples and grades responses to every problem.
  ///
  /// - Parameters:
  ///   - prompts: the problems.
  ///   - random: the source of the sampling.
  ///   - watch: called after every token of a batch; what it throws ends the evaluation, and says
  ///     ``StopRequested`` where what is there is to be scored.
  ///   - graded: given responses as they are graded, in the order of ending; where it is left out,
  ///     all are graded at once.
  /// - Returns: the scores, and the graded episodes behind them. After ``StopRequested`` the scores
  ///   are those of the problems that have all their responses.
  /// - Throws: what `watch` and `graded` throw.
  public func evaluate(
    _ prompts: [Prompt], random: RandomSource,
    watch: (GenerationProgress) throws -> Void = { _ in },
    graded: (([GradedEpisode]) throws -> Void)? = nil
  ) async throws -> (result: EvaluationResult, episodes: [GradedEpisode]) {
    let rollout = engine.begin(prompts, samples: samples, sampling: sampling, random: random)
    let clock = ContinuousClock()
    var (episodes, last) = ([GradedEpisode](), clock.now)
    var isStopped = false
    while !rollout.isDone, !isStopped {
      rollout.advance()
      do { try watch(rollout.progress) } catch is StopRequested where graded != nil {
        isStopped = true
      }
      guard let graded, clock.now - last > Self.gradingInterval else { continue }
      let fresh = await grader.grade(rollout.takeFinished())
      last = clock.now
      if !fresh.isEmpty { try graded(fresh) }
      episodes += fresh
    }
    let rest = await grader.grade(rollout.takeFinished())
    if let graded, !rest.isEmpty { try graded(rest) }
    episodes = Self.ordered(episodes + rest, as: prompts)
    var result = Self.result(Self.whole(episodes, samples: samples), samples: samples)
    result.planned = prompts.count
    return (result, episodes)
  }

  /// Seconds between two gradings of what has ended by then.
  private static let gradingInterval = Duration.seconds(2)

  private static func ordered(
    _ episodes: [GradedEpisode], as prompts: [Prompt]
  ) -> [GradedEpisode] {
    let order = Dictionary(
      prompts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    return episodes.sorted {
      let (left, right) = ($0.completion, $1.completion)
      return (order[left.prompt.id] ?? 0, left.sample) < (order[right.prompt.id] ?? 0, right.sample)
    }
  }

  /// The episodes of problems that have all their responses.
  package static func whole(_ episodes: [GradedEpisode], samples: Int) -> [GradedEpisode] {
    let counts = episodes.reduce(into: [:]) { $0[$1.completion.prompt.id, default: 0] += 1 }
    return episodes.filter { counts[$0.completion.prompt.id] == samples }
  }

  /// The scores of graded episodes.
  package static func result(_ episodes: [GradedEpisode], samples: Int) -> EvaluationResult {
    var sources: [String] = []
    for episode in episodes where !sources.contains(episode.completion.prompt.source) {
      sources.append(episode.completion.prompt.source)
    }
    return EvaluationResult(
      planned: Set(episodes.map(\.completion.prompt.id)).count,
      overall: score(episodes, samples: samples), sources: sources,
      bySource: sources.map { source in
        score(episodes.filter { $0.completion.prompt.source == source }, samples: samples)
      },
      byDifficulty: classes(episodes))
  }

  private static func classes(_ episodes: [GradedEpisode]) -> [EvaluationResult.Difficulty] {
    let rated = episodes.filter { $0.completion.prompt.difficulty > 0 }
    let classes = Dictionary(grouping: rated) {
      1 << (Int.bitWidth - 1 - $0.completion.prompt.difficulty.leadingZeroBitCount)
    }
    return classes.sorted { $0.key < $1.key }.map { from, members in
      EvaluationResult.Difficulty(
        from: from, correct: members.count { $0.verdict.status == .correct },
        responses: members.count)
    }
  }

  private static func score(
    _ episodes: [GradedEpisode], samples: Int
  ) -> EvaluationResult.Score {
    let problems = Dictionary(grouping: episodes, by: \.completion.prompt.id)
      .sorted { $0.key < $1.key }.map(\.value)
    let count = Double(max(1, episodes.count))
    func estimate(_ of: ([GradedEpisode]) -> Double) -> Estimate {
      let numbers = problems.map(of)
      guard !numbers.isEmpty else { return Estimate(mean: 0, low: 0, high: 0) }
      return numbers.allSatisfy { $0 == 0 || $0 == 1 }
        ? Estimate(share: numbers.count { $0 == 1 }, of: numbers.count)
        : Estimate(numbers, resamples: 2_000)
    }
    func pass(_ group: [GradedEpisode], at k: Int) -> Double {
      let right = group.count { $0.verdict.status == .correct }
      return passAtK(min(k, group.count), correct: right, of: group.count)
    }
    let intervals = EvaluationResult.Intervals(
      average: estimate { pass($0, at: 1) }, pass: estimate { pass($0, at: samples) },
      majority: estimate { group in
        majorityAtK(
          group.count, answers: group.map(\.verdict.extracted),
          correct: group.map { $0.verdict.status == .correct })
      })
    let doubling = sequence(first: 1) { $0 * 2 }.prefix { $0 <= samples }
    let passes = doubling.map { k in
      EvaluationResult.Pass(
        k: k,
        pass: problems.reduce(0) { $0 + pass($1, at: k) } / Double(max(1, problems.count)))
    }
    let correct = episodes.count { $0.verdict.status == .correct }
    return EvaluationResult.Score(
      problems: problems.count, samples: samples, correct: correct,
      average: Double(correct) / count, pass: intervals.pass.mean, passes: passes,
      majority: intervals.majority.mean, intervals: intervals,
      meanLength: episodes.reduce(0) { $0 + Double($1.length) } / count,
      truncated: Double(episodes.count { $0.completion.finish == .length }) / count,
      direct: Double(episodes.count { $0.verdict.isDirect }) / count,
      ungraded: episodes.count { !$0.verdict.isGraded })
  }
}

extension EvaluationResult {
  /// The scores under verl's validation names.
  var metrics: Metrics {
    var metrics = Metrics()
    let k = overall.samples
    for (source, score) in zip(sources, bySource) {
      metrics.set("val-core/\(source)/acc/mean@\(k)", score.average)
      metrics.set("val-core/\(source)/acc/best@\(k)/mean", score.pass)
      metrics.set("val-core/\(source)/acc/maj@\(k)/mean", score.majority)
    }
    metrics.set("vapo/held_out/avg", overall.average)
    for members in byDifficulty {
      metrics.set(
        "vapo/held_out/difficulty_\(members.from)_\(members.through)",
        Double(members.correct) / Double(members.responses))
    }
    metrics.set("val-aux/response_length/mean", overall.meanLength)
    metrics.set("val-aux/response_length/clip_ratio", overall.truncated)
    metrics.set("val-aux/direct_answers", overall.direct)
    metrics.set("val-aux/ungraded", Double(overall.ungraded))
    return metrics
  }
}
