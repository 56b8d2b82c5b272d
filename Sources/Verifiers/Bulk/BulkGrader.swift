// Many cases, some of them side by side, in their order. Cases may name verifiers and extractions of
// their own; those alike share one grader, so that a command or a sandbox is started once.

import Records

/// Grades files of cases.
public actor BulkGrader {
  private let settings: RewardSettings
  private let jobs: Int
  private let make: @Sendable (RewardSettings) throws -> Grader
  private var graders: [GradingCase.Manner: Result<Grader, GradingCase.Fault>] = [:]

  /// Prepares grading.
  ///
  /// - Parameters:
  ///   - settings: How a case is graded that does not say so itself.
  ///   - jobs: How many are graded side by side.
  ///   - make: What makes a grader of settings.
  public init(
    settings: RewardSettings, jobs: Int, make: @escaping @Sendable (RewardSettings) throws -> Grader
  ) {
    self.settings = settings
    self.jobs = max(1, jobs)
    self.make = make
  }

  /// Grades some cases.
  ///
  /// - Parameter cases: The cases, or why there are none.
  /// - Returns: What they came to, in the same order; a case that cannot be graded is an error.
  public func grade(_ cases: [Result<GradingCase, GradingCase.Fault>]) async -> [GradedCase] {
    var work: [Result<(GradingCase, Grader), GradingCase.Fault>] = []
    for each in cases {
      switch each {
      case .failure(let fault): work.append(.failure(fault))
      case .success(let one):
        work.append(await grader(for: one.manner).map { (one, $0) })
      }
    }
    let shares = min(jobs, max(1, work.count))
    return await withTaskGroup(of: [(Int, GradedCase)].self) { [work] group in
      for share in 0..<shares {
        group.addTask {
          var graded: [(Int, GradedCase)] = []
          for place in stride(from: share, to: work.count, by: shares) {
            graded.append((place, await Self.graded(work[place])))
          }
          return graded
        }
      }
      var all: [(Int, GradedCase)] = []
      for await some in group { all += some }
      return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func grader(
    for manner: GradingCase.Manner
  ) async -> Result<Grader, GradingCase.Fault> {
    if let known = graders[manner] { return known }
    var settings = settings
    if let kind = manner.verifier {
      settings.verifier.kind = kind
      settings.bySource = [:]
    }
    if let extraction = manner.extraction {
      settings.verifier.extraction = extraction
      for source in settings.bySource.keys { settings.bySource[source]?.extraction = extraction }
    }
    let result: Result<Grader, GradingCase.Fault>
    do {
      let grader = try make(settings)
      try await grader.check()
      result = .success(grader)
    } catch {
      result = .failure(GradingCase.Fault("\(error)"))
    }
    graders[manner] = result
    return result
  }

  private static func graded(
    _ work: Result<(GradingCase, Grader), GradingCase.Fault>
  ) async -> GradedCase {
    let clock = ContinuousClock()
    let start = clock.now
    func result(_ verdict: Verdict, score: Double) -> GradedCase {
      let took = (clock.now - start) / .milliseconds(1)
      return GradedCase(verdict: verdict, score: score, milliseconds: took)
    }
    switch work {
    case .failure(let fault):
      return result(Verdict(.error, reason: clipped(fault.description, to: 500)), score: 0)
    case .success((let one, let grader)):
      if let complaint = grader.complaint(about: one.truth, source: one.source) {
        return result(Verdict(.error, reason: clipped(complaint, to: 500)), score: 0)
      }
      let prompt = Prompt(
        id: "verify", place: 0, source: one.source, text: "", tokens: [], truth: one.truth,
        extra: one.extra, row: PromptRow(prompt: #""""#, columns: "{}", label: one.label))
      let completion = Completion(
        prompt: prompt, sample: 0, tokens: [0], logProbs: [0], text: one.text, finish: .stop)
      guard let episode = await grader.grade([completion]).first else {
        return result(Verdict(.error, reason: "no verdict"), score: 0)
      }
      return result(episode.verdict, score: Double(episode.score))
    }
  }
}
