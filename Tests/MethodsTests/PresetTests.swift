// The methods: the numbers of each page, against the papers' tables as written down in the design's
// algorithms.md, and the laws between the pages.

import Methods
import Records
import Testing

@Suite("Methods")
struct PresetTests {
  @Test("VAPO has the paper's numbers")
  func vapo() {
    let method = MethodSettings(.vapo)
    #expect(method.algorithm.advantageEstimator == .gae)
    #expect(method.algorithm.gamma == 1)
    #expect(method.algorithm.criticLambda == 1)
    #expect(method.algorithm.policyLambda.policyLambda == .lengthAdaptive(alpha: 0.05))
    #expect(method.algorithm.rewardBaseline == .none)
    #expect(method.algorithm.positiveLossCoefficient == 0.1)
    #expect(method.policy.clip == ClipRange(low: 0.2, high: 0.28))
    #expect(method.policy.aggregation == .tokenMean && method.value.aggregation == .tokenMean)
    #expect(!method.algorithm.whitensAdvantages && !method.usesReference)
    #expect(method.value.range == .infinity && method.policy.entropyCoefficient == 0)
    #expect(method.valuePretraining && method.groupSampling && method.usesCritic)
    #expect(!method.algorithm.filterGroups.enable && !method.algorithm.selfImitation.enable)
  }

  @Test("VAPO is what settings are without being told")
  func defaultIsVAPO() {
    var method = MethodSettings(.vapo)
    // A fixed λ lies unused in VAPO; the page writes the vanilla one there.
    #expect(method.algorithm.policyLambda.lam == 0.95)
    #expect(method == MethodSettings())
    method.algorithm.preset = .ppo
    #expect(method != MethodSettings())
  }

  @Test("vanilla PPO and VC-PPO have the numbers of VAPO's control and of VC-PPO")
  func ppo() {
    let ppo = MethodSettings(.ppo)
    #expect(ppo.algorithm.criticLambda == 0.95)
    #expect(ppo.algorithm.policyLambda.policyLambda == .fixed(0.95))
    #expect(ppo.policy.clip == ClipRange(low: 0.2, high: 0.2))
    #expect(ppo.policy.aggregation == .sequenceMeanTokenMean)
    #expect(ppo.algorithm.positiveLossCoefficient == 0)
    #expect(!ppo.valuePretraining && !ppo.groupSampling && ppo.usesCritic && !ppo.usesReference)

    var repaired = ppo
    repaired.valuePretraining = true
    repaired.algorithm.criticLambda = 1
    repaired.algorithm.preset = .vcPPO
    #expect(MethodSettings(.vcPPO) == repaired)
  }

  @Test("the group methods have their papers' numbers")
  func groupMethods() {
    let grpo = MethodSettings(.grpo)
    #expect(grpo.algorithm.advantageEstimator == .grpo && grpo.algorithm.dividesByDeviation)
    #expect(grpo.policy.usesKLLoss && grpo.policy.klLossCoefficient == 0.04)
    #expect(grpo.policy.klLossType == .k3 && grpo.policy.aggregation == .sequenceMeanTokenMean)
    #expect(grpo.policy.clip == ClipRange(low: 0.2, high: 0.2))
    #expect(grpo.groupSampling && !grpo.usesCritic && !grpo.valuePretraining && grpo.usesReference)

    let zero = MethodSettings(.r1Zero)
    #expect(zero.policy.usesKLLoss && zero.policy.klLossCoefficient == 0.001)

    let doctor = MethodSettings(.drGRPO)
    #expect(!doctor.algorithm.dividesByDeviation && !doctor.usesReference)
    #expect(doctor.policy.aggregation == .sequenceMeanTokenSumNorm)

    let dapo = MethodSettings(.dapo)
    #expect(dapo.policy.clip == ClipRange(low: 0.2, high: 0.28) && !dapo.usesReference)
    #expect(dapo.policy.aggregation == .tokenMean && dapo.algorithm.filterGroups.enable)
    #expect(dapo.algorithm.overlongFiltering && dapo.overlongBuffer)
    #expect(dapo.algorithm.dividesByDeviation)
  }

  @Test("every method names itself and is free of problems", arguments: Preset.allCases)
  func names(preset: Preset) {
    let method = MethodSettings(preset)
    #expect(method.algorithm.preset == preset)
    #expect(method.algorithm.problems == [])
    #expect(method.policy.problems == [] && method.value.problems == [])
  }

  @Test("a method after any other is the method alone", arguments: Preset.allCases)
  func noResidue(first: Preset) {
    for second in Preset.allCases {
      var method = MethodSettings(first)
      second.apply(to: &method)
      #expect(method == MethodSettings(second), "\(second) after \(first)")
    }
  }

  @Test("a method undoes every method-defining change made by hand", arguments: Preset.allCases)
  func overwritesByHand(preset: Preset) {
    var method = MethodSettings()
    method.algorithm.advantageEstimator = .rloo
    method.algorithm.gamma = 0.5
    method.algorithm.criticLambda = 0.5
    method.algorithm.policyLambda.form = .endpointWeight
    method.algorithm.policyLambda.lam = 0.5
    method.algorithm.rewardBaseline = .groupMeanDeviation
    method.algorithm.dividesByDeviation = preset == .drGRPO
    method.algorithm.whitensAdvantages = true
    method.algorithm.usesKLInReward = true
    method.algorithm.filterGroups.enable = ![.dapo, .cispo].contains(preset)
    method.algorithm.overlongFiltering = preset != .dapo
    method.algorithm.positiveLossCoefficient = 0.7
    method.algorithm.selfImitation.enable = true
    method.algorithm.bootstrapsTruncated = true
    method.policy.clipRatioLow = 0.7
    method.policy.clipRatioHigh = 0.7
    method.policy.clipRatioC = 7
    method.policy.aggregation = .sequenceMeanTokenSum
    method.policy.entropyCoefficient = 0.7
    method.policy.usesKLLoss = true
    method.policy.klLossCoefficient = 0.7
    method.policy.klLossType = .abs
    method.value.clipRange = 0.7
    method.value.aggregation = .sequenceMeanTokenSum
    method.overlongBuffer = true
    preset.apply(to: &method)
    #expect(method == MethodSettings(preset))
  }

  @Test("numbers of the task's scale are nobody's to change", arguments: Preset.allCases)
  func scaleStays(preset: Preset) {
    var method = MethodSettings()
    method.algorithm.selfImitation.capacity = 77
    method.algorithm.filterGroups.maxGenerationBatches = 3
    method.algorithm.policyLambda.q = 0.9
    method.algorithm.klCoefficient = 0.3
    preset.apply(to: &method)
    #expect(method.algorithm.selfImitation.capacity == 77)
    #expect(method.algorithm.filterGroups.maxGenerationBatches == 3)
    #expect(method.algorithm.policyLambda.q == 0.9)
    #expect(method.algorithm.klCoefficient == 0.3)
  }
}

@Suite("VAPO's techniques")
struct TechniqueTests {
  @Test("VAPO without all seven is vanilla PPO")
  func ladder() {
    var bare = MethodSettings(.vapo, without: Technique.allCases)
    bare.algorithm.preset = .ppo
    #expect(Technique.allCases.count == 7)
    #expect(bare == MethodSettings(.ppo))
  }

  @Test("VAPO without the five of its own that VC-PPO lacks is VC-PPO")
  func calibrated() {
    var bare = MethodSettings(
      .vapo,
      without: [
        .lengthAdaptiveGAE, .tokenLevelLoss, .clipHigher, .positiveExampleLoss, .groupSampling,
      ])
    bare.algorithm.preset = .vcPPO
    #expect(bare == MethodSettings(.vcPPO))
  }

  @Test("removing changes exactly one thing", arguments: Technique.allCases)
  func one(technique: Technique) {
    var expected = MethodSettings(.vapo)
    switch technique {
    case .valuePretraining: expected.valuePretraining = false
    case .decoupledGAE: expected.algorithm.criticLambda = 0.95
    case .lengthAdaptiveGAE: expected.algorithm.policyLambda.form = .fixed
    case .tokenLevelLoss: expected.policy.aggregation = .sequenceMeanTokenMean
    case .clipHigher: expected.policy.clipRatioHigh = 0.2
    case .positiveExampleLoss: expected.algorithm.positiveLossCoefficient = 0
    case .groupSampling: expected.groupSampling = false
    }
    #expect(MethodSettings(.vapo, without: [technique]) == expected)
    #expect(expected != MethodSettings(.vapo))
  }
}
