// What must hold of advantages and returns: by hand, by law, and against PyTorch's sums of powers.

import Methods
import Records
import Testing
import TestSupport

struct AdvantageCase: Decodable {
  var rewards: [Float]
  var values: [Float]
  var discount: Double
  var lambda: Double
  var bootstrap: Double
  var advantages: [Float]
  var returns: [Float]
}

@Suite("Advantages and returns")
struct AdvantageTests {
  @Test("two tokens, worked by hand")
  func workedByHand() {
    // δ[1] = 1 - 0.5 = 0.5                 A[1] = 0.5
    // δ[0] = 0 + 0.5 - 0.25 = 0.25         A[0] = 0.25 + 0.5 · 0.5 = 0.5
    let advantages = generalizedAdvantages(rewards: [0, 1], values: [0.25, 0.5], lambda: 0.5)
    #expect(advantages == [0.5, 0.5])
    // G[1] = 1; G[0] = 0.5 · V[1] + 0.5 · G[1] = 0.75
    #expect(lambdaReturns(rewards: [0, 1], values: [0.25, 0.5], lambda: 0.5) == [0.75, 1])
  }

  @Test("discount and bootstrap, worked by hand")
  func bootstrapByHand() {
    // γ = 0.5, λ = 1, V after the end = 2:
    // δ[1] = 1 + 0.5·2 - 3 = -1            A[1] = -1
    // δ[0] = 0 + 0.5·3 - 1 = 0.5           A[0] = 0.5 + 0.5 · -1 = 0
    let advantages = generalizedAdvantages(
      rewards: [0, 1], values: [1, 3], discount: 0.5, lambda: 1, bootstrap: 2)
    #expect(advantages == [0, -1])
    // G[1] = 1 + 0.5·2 = 2; G[0] = 0.5·2 = 1
    #expect(rewardsToGo([0, 1], discount: 0.5, bootstrap: 2) == [1, 2])
  }

  @Test("a one-token answer's advantage is its reward less its value, whatever λ")
  func oneToken() {
    for lambda in [0, 0.3, 1] {
      #expect(generalizedAdvantages(rewards: [1], values: [0.25], lambda: lambda) == [0.75])
      #expect(lambdaReturns(rewards: [1], values: [0.25], lambda: lambda) == [1])
    }
    #expect(generalizedAdvantages(rewards: [], values: [], lambda: 1) == [])
  }

  @Test("PyTorch's sums of powers give the same advantages and returns")
  func agreesWithPyTorch() throws {
    let cases = try Golden.decode([AdvantageCase].self, from: "algorithms-gae")
    for (index, one) in cases.enumerated() {
      let advantages = generalizedAdvantages(
        rewards: one.rewards, values: one.values, discount: one.discount, lambda: one.lambda,
        bootstrap: one.bootstrap)
      let returns = lambdaReturns(
        rewards: one.rewards, values: one.values, discount: one.discount, lambda: one.lambda,
        bootstrap: one.bootstrap)
      #expect(areClose(advantages, one.advantages), "case \(index)")
      #expect(areClose(returns, one.returns), "case \(index)")
    }
  }

  @Test("with λ = 1 the return is the reward to go to the last bit", arguments: 1...20)
  func unitLambdaForgetsTheCritic(length: Int) {
    var numbers = SplitMix64(state: UInt64(length))
    let rewards = numbers.floats(length, in: -1...1)
    let values = numbers.floats(length, in: -1...1)

    let returns = lambdaReturns(rewards: rewards, values: values, lambda: 1)

    #expect(returns == rewardsToGo(rewards))
    for t in 0..<length {
      let sum = rewards[t...].reduce(0.0) { $0 + Double($1) }
      #expect(isClose(Double(returns[t]), sum))
    }
  }

  @Test("with a terminal reward and γ = λ = 1, teaching returns is regression to the outcome")
  func outcomeRegression() {
    let rewards = terminalRewards(-1, length: 5)
    #expect(rewards == [0, 0, 0, 0, -1])
    #expect(
      lambdaReturns(rewards: rewards, values: [9, 8, 7, 6, 5], lambda: 1) == [-1, -1, -1, -1, -1])
  }

  @Test("with λ = 0 the advantage is the one-step error", arguments: 1...10)
  func zeroLambdaIsOneStep(length: Int) {
    var numbers = SplitMix64(state: UInt64(100 + length))
    let rewards = numbers.floats(length, in: -1...1)
    let values = numbers.floats(length, in: -1...1)
    let advantages = generalizedAdvantages(
      rewards: rewards, values: values, discount: 0.9, lambda: 0)
    for t in 0..<length {
      let next = t + 1 < length ? values[t + 1] : 0
      #expect(abs(advantages[t] - (rewards[t] + 0.9 * next - values[t])) < 1e-6)
    }
  }

  @Test("advantages are linear in rewards and values together", arguments: 1...10)
  func linearity(seed: Int) {
    var numbers = SplitMix64(state: UInt64(200 + seed))
    let (rewards, values) = (numbers.floats(17, in: -1...1), numbers.floats(17, in: -1...1))
    let single = generalizedAdvantages(rewards: rewards, values: values, lambda: 0.9)
    let double = generalizedAdvantages(
      rewards: rewards.map { 2 * $0 }, values: values.map { 2 * $0 }, lambda: 0.9)
    #expect(double == single.map { 2 * $0 })
  }

  @Test("a perfect critic leaves nothing to credit, at any λ")
  func perfectCritic() {
    for lambda in [0, 0.5, 1] {
      let advantages = generalizedAdvantages(
        rewards: [0, 0, 1], values: [1, 1, 1], lambda: lambda)
      #expect(advantages == [0, 0, 0])
    }
  }

  @Test("the reward pays for the divergence of each token")
  func penalty() {
    #expect(penalized([0, 1], by: [0.5, -0.25], coefficient: 2) == [-1, 1.5])
  }

  @Test("an episode with a value missing stops the program")
  func lengthsMustAgree() async {
    await #expect(processExitsWith: .failure) {
      _ = generalizedAdvantages(rewards: [1], values: [], lambda: 1)
    }
  }
}
