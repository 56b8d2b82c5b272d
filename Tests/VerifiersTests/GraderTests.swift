// The station: order, failures, time and what a verdict is worth.

import Records
import Synchronization
import Testing
import Verifiers

/// A verifier that does what the response says.
private struct Puppet: Verifier {
  struct Broken: Error, CustomStringConvertible { var description: String { "strings torn" } }
  /// Opened when the test is over, so that a verifier that hangs does not outlive it.
  let gate: Gate

  func verify(_ completion: Completion) async throws -> Verdict {
    let response = completion.text
    if response == "throw" { throw Broken() }
    if response == "sleep" { try await Task.sleep(for: .seconds(600)) }
    while response == "hang", !gate.isOpen { await Task.yield() }
    if response.hasPrefix("late") { try await Task.sleep(for: .milliseconds(3)) }
    return Verdict(
      response.hasSuffix(completion.prompt.truth) ? .correct : .wrong, extracted: response)
  }
}

private final class Gate: Sendable {
  private let state = Atomic(false)
  var isOpen: Bool { state.load(ordering: .relaxed) }
  func open() { state.store(true, ordering: .relaxed) }
}

private func completion(
  _ text: String, tokens: Int = 3, truth: String = "1", source: String = "puppet"
) -> Completion {
  let prompt = Prompt(
    id: "puppet/0", place: 0, source: source, text: "?", tokens: [5], truth: truth)
  return Completion(
    prompt: prompt, sample: 0, tokens: Array(repeating: 4, count: tokens),
    logProbs: Array(repeating: -1, count: tokens), text: text, finish: .stop)
}

@Suite("The grader keeps order and never scores a failure")
struct GraderTests {
  @Test("Verdicts come back in the order of the completions, whoever is late")
  func order() async throws {
    let grader = try Grader(
      settings: RewardSettings(), maximumLength: 10, make: { _ in Puppet(gate: Gate()) })
    let texts = (0..<500).map { $0.isMultiple(of: 7) ? "late \($0)" : "\($0)" }
    let graded = await grader.grade(texts.map { completion($0) })
    #expect(graded.map(\.completion.text) == texts)
    #expect(graded.map(\.verdict.extracted) == texts)
    #expect(graded.filter { $0.verdict.status == .correct }.count == 50)
    #expect(await grader.grade([]).isEmpty)
  }

  @Test("A verifier that throws, sleeps or hangs marks its sample and nobody else's")
  func failures() async throws {
    var settings = RewardSettings()
    settings.timeoutSeconds = 0.1
    settings.overlongBuffer = .init(enable: true, len: 10, penaltyFactor: 1)
    let gate = Gate()
    defer { gate.open() }
    let grader = try Grader(
      settings: settings, maximumLength: 10, make: { _ in Puppet(gate: gate) })
    let graded = await grader.grade(
      ["1", "throw", "2", "sleep", "hang", "11"].map { completion($0, tokens: 10) })
    #expect(
      graded.map(\.verdict.status) == [.correct, .error, .wrong, .timeout, .timeout, .correct])
    #expect(graded[1].verdict.reason == "strings torn")
    #expect(graded.map(\.score) == [1, 0, -1, 0, 0, 1])
    #expect(graded.map(\.reward) == [0, 0, -2, 0, 0, 0])
    #expect(graded.map(\.verdict.isGraded) == [true, false, true, false, false, true])
  }

  @Test("Right answers score what the settings say; wrong ones and none score the same")
  func scores() throws {
    var settings = RewardSettings()
    (settings.correct, settings.incorrect) = (2, 0.5)
    let grader = try Grader(settings: settings, maximumLength: 10)
    let scores = Verdict.Status.allCases.map {
      grader.scored(completion("", tokens: 10), Verdict($0))
    }
    #expect(scores.map(\.score) == [2, 0.5, 0.5, 0, 0])
    #expect(scores.map(\.reward) == scores.map(\.score))
  }

  @Test("The named verifier grades, and the penalty counts tokens")
  func wholeWay() async throws {
    var settings = RewardSettings()
    settings.verifier.kind = .task
    settings.overlongBuffer = .init(enable: true, len: 4, penaltyFactor: 0.5)
    let grader = try Grader(settings: settings, maximumLength: 8)
    let graded = await grader.grade([
      completion("ab#7", tokens: 5, truth: "7"), completion("#8", tokens: 3, truth: "7"),
      completion("ab#7", tokens: 8, truth: "7"),
    ])
    #expect(graded.map(\.score) == [1, -1, 1])
    #expect(graded.map(\.reward) == [0.875, -1, 0.5])
    #expect(graded.map(\.verdict.isDirect) == [false, true, false])
  }

  @Test("Scores are weighed, clipped, and pay for a missing end of sequence")
  func shaping() throws {
    var settings = RewardSettings()
    (settings.correct, settings.incorrect, settings.weight) = (2, -2, 3)
    settings.clipRange = [-1.5, 4]
    settings.missingEndPenalty = 0.25
    let grader = try Grader(settings: settings, maximumLength: 10)
    func scored(_ status: Verdict.Status, _ finish: FinishReason) -> GradedEpisode {
      var response = completion("", tokens: 10)
      response.finish = finish
      return grader.scored(response, Verdict(status))
    }
    let all = [scored(.correct, .stop), scored(.wrong, .length), scored(.timeout, .length)]
    #expect(all.map(\.score) == [6, -6, 0])
    #expect(all.map(\.reward) == [4, -1.75, 0])
    #expect(all.map(\.penalty) == [0, -0.25, 0])
    for (key, change) in [
      ("clip_range", { $0.clipRange = [1] }), ("clip_range", { $0.clipRange = [2, 1] }),
      ("missing_eos_penalty", { $0.missingEndPenalty = -1 }), ("weight", { $0.weight = .nan }),
    ] as [(String, (inout RewardSettings) -> Void)] {
      var broken = RewardSettings()
      change(&broken)
      #expect(broken.problems(maximumLength: 10).map(\.key) == [key])
    }
  }

  @Test("Normalized rewards have the mean and spread of all scores so far taken out")
  func normalization() throws {
    var settings = RewardSettings()
    let grader = try Grader(settings: settings, maximumLength: 10)
    func rollout(_ scores: [Double]) -> [GradedEpisode] {
      scores.map { grader.scored(completion("", tokens: 10), Verdict(.correct, score: $0)) }
        + [grader.scored(completion("", tokens: 10), Verdict(.timeout))]
    }
    var moments = ScoreMoments()
    #expect(settings.normalized(rollout([3, 5]), by: &moments).map(\.reward) == [3, 5, 0])
    #expect(moments.count == 0)
    settings.normalize = true
    // By hand: mean 4, deviation 1; then mean 5, deviation √((4 + 0 + 4 + 0)/4) = √2.
    #expect(settings.normalized(rollout([3, 5]), by: &moments).map(\.reward) == [-1, 1, 0])
    let second = settings.normalized(rollout([7, 5]), by: &moments)
    #expect(moments.mean == 5 && abs(moments.deviation - 2.0.squareRoot()) < 1e-12)
    #expect(second.map(\.reward) == [Float(2.0.squareRoot()), 0, 0])
    #expect(second.map(\.score) == [7, 5, 0])
    settings.clipRange = [-1, 1]
    #expect(settings.normalized(rollout([100]), by: &moments).map(\.reward) == [1, 0])
    var same = ScoreMoments()
    #expect(settings.normalized(rollout([2, 2]), by: &same).map(\.reward) == [0, 0, 0])
  }

  @Test("A first batch without any answer is an alarm that says what was looked for")
  func alarm() throws {
    var settings = RewardSettings()
    settings.verifier.kind = .numeric
    settings.verifier.extraction = .hashes
    let grader = try Grader(settings: settings, maximumLength: 8)
    let none = [
      grader.scored(completion("well\n"), Verdict(.noAnswer)),
      grader.scored(completion("4"), Verdict(.timeout)),
    ]
    let words = try #require(answerAlarm(none, settings: settings))
    for part in ["first 1 responses", "numeric", "####", "puppet/0", #""well\n""#] {
      #expect(words.contains(part), "\(words)")
    }
    let one = none + [grader.scored(completion("#### 4"), Verdict(.wrong))]
    #expect(answerAlarm(one, settings: settings) == nil)
    #expect(answerAlarm([], settings: settings) == nil)
    #expect(answerAlarm([none[1]], settings: settings) == nil)
  }

  @Test("Every source has its own verifier, and those without one the common verifier")
  func sources() async throws {
    var settings = RewardSettings()
    settings.verifier.kind = .exact
    settings.verifier.extraction = .whole
    var numbers = VerifierSettings()
    numbers.kind = .numeric
    settings.bySource = ["sums": numbers]
    let grader = try Grader(settings: settings, maximumLength: 8)
    let graded = await grader.grade([
      completion("0.50", truth: "1/2", source: "sums"), completion("0.50", truth: "1/2"),
      completion("yes", truth: "yes"), completion("no", truth: "1", source: "sums"),
    ])
    #expect(graded.map(\.verdict.status) == [.correct, .wrong, .correct, .noAnswer])
    #expect(grader.complaint(about: "yes", source: "sums") != nil)
    #expect(grader.complaint(about: "yes", source: "else") == nil)
  }

  /// A verifier that grades, or fails where it is told to.
  private struct Marker: Verifier {
    func verify(_ completion: Completion) async throws -> Verdict {
      if completion.text.hasSuffix("fail") { throw Puppet.Broken() }
      return Verdict(.wrong, score: completion.text.hasSuffix("nan") ? .nan : 0.25)
    }
  }

  @Test("Parts add their points by weight, a part that fails fails the sample")
  func parts() async throws {
    var settings = RewardSettings()
    settings.verifier.kind = .exact
    var form = RewardPart()
    form.verifier.kind = .format
    form.weight = 0.5
    var marks = RewardPart()
    marks.verifier.kind = .numeric
    marks.weight = 2
    settings.parts = ["form": form, "marks": marks]
    let grader = try Grader(
      settings: settings, maximumLength: 8,
      make: { $0.kind == .numeric ? Marker() : try $0.makeVerifier() })
    let graded = await grader.grade([
      completion("<think>so</think>Answer: 1"), completion("Answer: 1"), completion("Answer: 2"),
      completion("Answer: fail"), completion("Answer: nan"), completion("nothing"),
    ])
    // Right or wrong, plus half a point for form, plus twice a quarter.
    #expect(graded.map(\.score) == [2, 1.5, -0.5, 0, 0, -0.5])
    #expect(graded.map(\.verdict.isGraded) == [true, true, true, false, false, true])
    #expect(graded[0].verdict.parts == ["form": 1, "marks": 0.25])
    #expect(graded[3].verdict.reason == "marks: strings torn")
  }

  @Test("A verifier's own score takes the place of the settings' scores")
  func ownScore() async throws {
    let grader = try Grader(
      settings: RewardSettings(), maximumLength: 8, make: { _ in Marker() })
    let graded = await grader.grade([completion("a"), completion("nan")])
    #expect(graded.map(\.score) == [0.25, 0])
    #expect(graded.map(\.verdict.status) == [.wrong, .error])
  }

  /// A verifier of several at once, which loses the last one or breaks at a word.
  private struct Counter: BatchVerifier {
    let batchSize = 4

    func verify(_ completions: [Completion]) async throws -> [Verdict] {
      if completions.contains(where: { $0.text == "break" }) { throw Puppet.Broken() }
      let verdicts = completions.map { Verdict(.correct, extracted: $0.text, score: 1) }
      return completions.contains { $0.text == "lose" } ? verdicts.dropLast() : verdicts
    }
  }

  @Test("Several responses are graded at once, and fail together")
  func batches() async throws {
    let grader = try Grader(
      settings: RewardSettings(), maximumLength: 8, make: { _ in Counter() })
    let texts = (0..<22).map { $0 == 5 ? "break" : $0 == 21 ? "lose" : "\($0)" }
    let graded = await grader.grade(texts.map { completion($0) })
    let failed = Set([4, 5, 6, 7, 20, 21])
    for (place, episode) in graded.enumerated() {
      #expect(episode.completion.text == texts[place])
      #expect(episode.verdict.status == (failed.contains(place) ? .error : .correct))
      #expect(episode.verdict.extracted == (failed.contains(place) ? "" : texts[place]))
    }
    #expect(graded[4].verdict.reason == "strings torn")
    #expect(graded[20].verdict.reason == "1 verdicts of 2")
  }
}
