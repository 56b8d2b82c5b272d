// The settings' written form: verl's names, every key present, errors that say what would be right.

import Foundation
import Methods
import Records
import Testing

@Suite("Settings")
struct SettingsTests {
  func keys(_ value: some Encodable) throws -> [String: Any] {
    let data = try JSONEncoder().encode(value)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("the section `algorithm` has these keys and no others")
  func algorithmKeys() throws {
    let section = try keys(AlgorithmSettings())
    #expect(
      section.keys.sorted() == [
        "adv_estimator", "filter_groups", "gamma", "kl_coef", "kl_ctrl", "kl_penalty",
        "lam_critic", "lam_policy", "norm_adv_by_std_in_grpo", "overlong_filtering",
        "positive_loss_coef",
        "preset", "ref_model_sync_steps", "reward_baseline", "rollout_correction", "self_imitation",
        "use_kl_in_reward", "value_bootstrap_truncated", "whiten_advantages",
      ])
    func inner(_ key: String) throws -> [String] {
      try #require(section[key] as? [String: Any]).keys.sorted()
    }
    #expect(try inner("filter_groups") == ["enable", "max_num_gen_batches", "metric"])
    #expect(
      try inner("lam_policy") == [
        "alpha", "form", "lam", "length", "long", "q", "quantile", "short",
      ])
    #expect(
      try inner("self_imitation") == [
        "batch_size", "capacity", "coef", "enable", "importance_exponent", "max_advantage",
        "min_normalizer", "min_tokens", "priority_exponent", "updates_per_step", "value_coef",
      ])
  }

  @Test("the parts of `actor` and `critic` have these keys and no others")
  func lossKeys() throws {
    #expect(
      try keys(PolicyLossSettings()).keys.sorted() == [
        "clip_ratio_c", "clip_ratio_high", "clip_ratio_low", "entropy_coeff", "kl_loss_coef",
        "kl_loss_type", "loss_agg_mode", "policy_loss", "router_aux_loss_coef", "use_kl_loss",
      ])
    #expect(try keys(ValueLossSettings()).keys.sorted() == ["cliprange_value", "loss_agg_mode"])
  }

  @Test("every method's settings survive being written and read", arguments: Preset.allCases)
  func roundTrip(preset: Preset) throws {
    let method = MethodSettings(preset)
    func copy<Value: Codable>(_ value: Value) throws -> Value {
      try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }
    #expect(try copy(method.algorithm) == method.algorithm)
    #expect(try copy(method.policy) == method.policy)
    #expect(try copy(method.value) == method.value)
  }

  @Test("choices are written with these names")
  func names() {
    #expect(
      Preset.allCases.map(\.rawValue).joined(separator: " ")
        == "ppo vc-ppo grpo dr-grpo dapo r1-zero vapo gspo cispo gpg rloo reinforce++ "
        + "reinforce++-baseline")
    #expect(
      LossAggregation.allCases.map(\.rawValue).joined(separator: " ")
        == "token-mean seq-mean-token-sum seq-mean-token-mean seq-mean-token-sum-norm")
    #expect(
      AdvantageEstimator.allCases.map(\.rawValue).joined(separator: " ")
        == "gae grpo rloo reinforce_plus_plus reinforce_plus_plus_baseline gpg")
    #expect(PolicyLossMode.allCases.map(\.rawValue) == ["vanilla", "gspo", "cispo", "gpg"])
    #expect(RewardBaseline.allCases.map(\.rawValue) == ["none", "group-mean", "group-mean-std"])
    #expect(
      Technique.allCases.map(\.rawValue).joined(separator: " ")
        == "value-pretraining decoupled-gae length-adaptive-gae token-level-loss clip-higher "
        + "positive-example-loss group-sampling")
    #expect(
      PolicyLambdaSettings.Form.allCases.map(\.rawValue).joined(separator: " ")
        == "fixed length-adaptive length-adaptive-floor threshold threshold-quantile endpoint-weight"
    )
  }

  @Test("a wrong choice is an error that lists the right ones")
  func wrongChoice() {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([LossAggregation].self, from: Data(#"["token_mean"]"#.utf8))
    }
    #expect(
      String(describing: error).contains(
        "'token_mean' is not one of token-mean, seq-mean-token-sum, seq-mean-token-mean, "
          + "seq-mean-token-sum-norm"))
  }

  @Test("verl's second names of the divergences are understood and written by their first")
  func synonyms() throws {
    let names = #"["kl", "k1", "abs", "mse", "k2", "low_var_kl", "k3", "kl+", "low_var_kl+"]"#
    let read = try JSONDecoder().decode([DivergenceEstimator].self, from: Data(names.utf8))
    #expect(read.map(\.rawValue) == ["k1", "k1", "abs", "k2", "k2", "k3", "k3", "k1+", "k3+"])
    let written = String(
      decoding: try JSONEncoder().encode(read.prefix(1).map(\.self)), as: UTF8.self)
    #expect(written == #"["k1"]"#)
  }

  @Test("the flat λ settings give every form its own numbers")
  func lambdaForms() {
    var settings = PolicyLambdaSettings()
    let expected: [PolicyLambdaSettings.Form: PolicyLambda] = [
      .fixed: .fixed(0.95), .lengthAdaptive: .lengthAdaptive(alpha: 0.05),
      .lengthAdaptiveFloor: .lengthAdaptiveFloor(alpha: 0.05),
      .threshold: .threshold(length: 100, short: 0.95, long: 0.99),
      .thresholdQuantile: .thresholdQuantile(0.5, short: 0.95, long: 0.99),
      .endpointWeight: .endpointWeight(0.5),
    ]
    for form in PolicyLambdaSettings.Form.allCases {
      settings.form = form
      #expect(settings.policyLambda == expected[form])
    }
  }

  @Test("numbers that make no sense are named")
  func problems() {
    var algorithm = AlgorithmSettings()
    algorithm.gamma = 1.5
    algorithm.policyLambda.alpha = 0
    algorithm.selfImitation.capacity = 0
    #expect(
      algorithm.problems.map(\.description) == [
        "gamma: must lie in 0...1, is 1.5", "self_imitation.capacity: must be at least 1, is 0",
        "lam_policy.alpha: must be above 0, is 0.0",
      ])
    var policy = PolicyLossSettings()
    policy.clipRatioC = 0.5
    policy.clipRatioLow = -1
    #expect(policy.problems.map(\.key) == ["clip_ratio_low", "clip_ratio_c"])
    var value = ValueLossSettings()
    value.clipRange = -0.1
    #expect(value.problems.map(\.key) == ["cliprange_value"])
  }

  @Test("what needs a critic is refused without one")
  func criticNeeded() {
    var algorithm = MethodSettings(.grpo).algorithm
    algorithm.selfImitation.enable = true
    algorithm.bootstrapsTruncated = true
    algorithm.rewardBaseline = .groupMean
    #expect(
      Set(algorithm.problems.map(\.key)) == [
        "self_imitation.enable", "value_bootstrap_truncated", "reward_baseline",
      ])
  }
}
