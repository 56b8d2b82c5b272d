// Benchmark: one workload through the product's own stations, phase by phase. Models, optimizer
// states and engine are made when the first phase that needs them comes, so that the memory of a
// phase is what it and those before it take.

import Foundation
import Generation
import Methods
import Records
import Settings
package import Torch
import Training
import Transformers

/// How a workload is run.
package struct BenchmarkSettings: Sendable {
  /// The type that matrix products run in.
  package var computeType = ElementType.bfloat16
  /// The type that trained weights and their moments are stored in; the engine's copy and the
  /// reference, which stand still, are stored in the type they compute in.
  package var type = ElementType.float32
  /// Timed runs of a phase, after one that is not.
  package var repeats = 5
  /// The most tokens of a micro-batch.
  package var maximumTokens = ActorSettings().maximumTokens
  /// Whether memory goes before time: moments in eight bits, activations computed twice.
  package var isFrugal = false
  /// How the engine has the weights.
  package var form = FusedLinear.Form.exact
  /// What is timed.
  package var phases = BenchmarkPhase.allCases
  /// Where.
  package var device = Device.cpu

  /// The defaults.
  package init() {}
}

/// What was measured of one phase.
package struct BenchmarkResult: Sendable {
  /// The phase.
  package var phase: BenchmarkPhase
  /// Seconds of every timed run, in their order.
  package var seconds: [Double]
  /// The most memory the process held during the timed runs, in bytes; 0 where it is not told.
  package var peakBytes: Int

  /// Puts a result together.
  package init(phase: BenchmarkPhase, seconds: [Double], peakBytes: Int) {
    self.phase = phase
    self.seconds = seconds
    self.peakBytes = peakBytes
  }

  /// The middle of the runs.
  package var median: Double {
    let sorted = seconds.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// Runs phases of one workload.
@MainActor
package final class BenchmarkRun {
  private let workload: BenchmarkWorkload
  private let settings: BenchmarkSettings
  private let questions: [Prompt]
  private let algorithm: AlgorithmSettings
  private let credit: CreditAssignment
  private let random = RandomSource(seed: 4)["benchmark"]
  private let policy: LanguageModel
  private let scorer: Scorer
  private lazy var actor = makeActor()
  private lazy var engine = makeEngine()
  private lazy var reference = policy.copy(as: settings.computeType)
  private lazy var critic = makeCritic()
  private lazy var rollout = makeRollout()
  private var guards = UpdateGuards()
  private var runs = 0

  /// Makes the policy.
  package init(_ workload: BenchmarkWorkload, _ settings: BenchmarkSettings) {
    self.workload = workload
    self.settings = settings
    questions = workload.questions
    var algorithm = AlgorithmSettings()
    algorithm.usesKLInReward = true
    self.algorithm = algorithm
    credit = CreditAssignment(settings: algorithm)
    policy = workload.policy(
      type: settings.type, computeType: settings.computeType, device: settings.device)
    let packer = BatchPacker(tokenBudget: settings.maximumTokens, device: settings.device)
    scorer = Scorer(packer: packer, temperature: 1)
  }

  /// Times a phase.
  ///
  /// - Parameters:
  ///   - phase: what to run.
  ///   - turn: called before every run with its number, from 0, which is not timed, and with the
  ///     seconds of the one before it that was; whether to go on.
  /// - Returns: the times of the runs that count.
  package func measure(
    _ phase: BenchmarkPhase, turn: (_ number: Int, _ last: Double?) -> Bool
  ) -> BenchmarkResult {
    var result = BenchmarkResult(phase: phase, seconds: [], peakBytes: 0)
    for number in 0...settings.repeats {
      guard turn(number, result.seconds.last) else { break }
      if number == 1 { PeakMemory.reset(on: settings.device) }
      let timer = Stopwatch()
      run(phase)
      wait()
      if number > 0 { result.seconds.append(timer.seconds) }
    }
    result.peakBytes = PeakMemory.bytes(on: settings.device)
    forgetPanels(of: phase)
    precondition(guards.total == 0, "an update of the benchmark was not finite")
    return result
  }

  /// Leaves nothing packed for the next phase; what no phase has needed yet is not made for it.
  private func forgetPanels(of phase: BenchmarkPhase) {
    switch phase {
    case .generation: settings.form == .exact ? policy.forgetPanels() : engine.forgetPanels()
    case .actor: policy.forgetPanels()
    case .reference: reference.forgetPanels()
    case .values, .critic: critic.model.decoder.forgetPanels()
    case .step:
      for model in [policy, reference] { model.forgetPanels() }
      critic.model.decoder.forgetPanels()
    }
  }

  private func run(_ phase: BenchmarkPhase) {
    runs += 1
    switch phase {
    case .generation: _ = generate()
    case .reference: _ = scorer.policy(reference, on: sequences(rollout.map(\.episode)))
    case .values: _ = scorer.values(critic.model, on: sequences(rollout.map(\.episode)))
    case .actor: update(rollout)
    case .critic: updateCritic(rollout)
    case .step: step()
    }
  }

  /// The step as the trainer takes it, on policy: the engine's log-probabilities are the old ones.
  private func step() {
    let episodes = graded(generate())
    policy.forgetPanels()
    var scored = episodes.map { ScoredEpisode($0, oldLogProbs: $0.completion.logProbs) }
    scorer.addReference(reference, to: &scored)
    scorer.addValues(of: critic.model, bootstraps: false, to: &scored)
    policy.forgetPanels()
    reference.forgetPanels()
    let credited = credit.credit(scored)
    updateCritic(credited)
    critic.model.decoder.forgetPanels()
    update(credited)
  }

  private func generate() -> [Completion] {
    engine.complete(
      questions, samples: workload.samples, sampling: SamplingSettings(), random: random[runs],
      lengths: { [workload] prompt, sample in
        workload.lengths[prompt * workload.samples + sample]
      })
  }

  private func update(_ episodes: [CreditedEpisode]) {
    _ = actor.update(
      on: episodes, order: random["actor"][runs], at: ScheduleTime(rollout: runs, of: 1000),
      watch: &guards.actor)
  }

  private func updateCritic(_ episodes: [CreditedEpisode]) {
    _ = critic.update(
      on: episodes, order: random["critic"][runs], at: ScheduleTime(rollout: runs, of: 1000),
      watch: &guards.critic)
  }

  private func sequences(_ episodes: [GradedEpisode]) -> [TokenSequence] {
    episodes.map { TokenSequence($0) }
  }

  /// Verdicts by lot: half of the answers are right.
  private func graded(_ completions: [Completion]) -> [GradedEpisode] {
    completions.enumerated().map { place, completion in
      let isRight = random["verdicts"].uniform(at: place) < 0.5
      return GradedEpisode(
        completion: completion, verdict: Verdict(isRight ? .correct : .wrong),
        score: isRight ? 1 : 0, reward: isRight ? 1 : 0)
    }
  }

  private func makeEngine() -> Engine {
    let rows = workload.lengths.count
    return Engine(
      model: policy, stopTokens: [],
      limits: GenerationLimits(maximumLength: workload.lengths.max() ?? 1, maximumRows: rows),
      form: settings.form, decode: { _ in "" })
  }

  private func makeActor() -> PolicyUpdater {
    var update = ActorSettings()
    update.miniBatchSize = workload.lengths.count
    update.maximumTokens = settings.maximumTokens
    update.recomputesActivations = settings.isFrugal
    update.optimizer.moments = settings.isFrugal ? .eightBit : .asWeights
    var method = MethodSettings()
    method.algorithm = algorithm
    return PolicyUpdater(
      policy, update,
      objective: PolicyObjective(
        method, horizon: workload.lengths.max() ?? 1, reportsEntropy: true),
      temperature: 1)
  }

  private func makeCritic() -> ValueUpdater {
    ValueUpdater(
      .make(from: policy),
      plan: ValueUpdatePlan(
        epochs: 1, miniBatchSize: workload.lengths.count, maximumTokens: settings.maximumTokens,
        recomputesActivations: settings.isFrugal),
      objective: ValueObjective(ValueLossSettings(), horizon: workload.lengths.max() ?? 1),
      optimizer: OptimizerSettings(
        rate: 2e-6, moments: settings.isFrugal ? .eightBit : .asWeights))
  }

  /// What phases after generation work on, so that each can be run alone: responses of the right
  /// lengths drawn evenly from the vocabulary, which is nearly what the fresh policy does.
  private func makeRollout() -> [CreditedEpisode] {
    let size = Double(workload.model.vocabularySize)
    let completions = workload.lengths.enumerated().map { place, length in
      let draws = random["rollout"][place]
      return Completion(
        prompt: questions[place / workload.samples], sample: place % workload.samples,
        tokens: (0..<length).map { Int(draws.uniform(at: $0) * size) },
        logProbs: Array(repeating: -Float(Foundation.log(size)), count: length), text: "",
        finish: .length)
    }
    return credit.credit(
      graded(completions).map { episode in
        let logProbs = episode.completion.logProbs
        return ScoredEpisode(
          episode, oldLogProbs: logProbs, referenceLogProbs: logProbs,
          values: [Float](repeating: 0, count: episode.length))
      })
  }

  /// A GPU works on after a call has come back.
  private func wait() { _ = Tensor.zeros([1], device: settings.device).item }
}
