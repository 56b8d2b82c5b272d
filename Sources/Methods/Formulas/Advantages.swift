// Advantages: how much better a token was than the critic expected.
//
// Everything here works on host arrays, one episode at a time. There is no padding, hence no
// mask, hence no way to carry a value across the wrong token. The sums run in Double: a response
// may be tens of thousands of tokens long.

/// The rewards of an episode whose only reward comes at its end: zeros, then `reward`.
public func terminalRewards(_ reward: Float, length: Int) -> [Float] {
  var rewards = [Float](repeating: 0, count: length)
  if length > 0 { rewards[length - 1] = reward }
  return rewards
}

/// The discounted reward from every token on.
///
///     G[t] = r[t] + γ·G[t+1]      G[T] = bootstrap
///
/// - Parameters:
///   - rewards: `[T]`, the reward given on each response token.
///   - discount: γ.
///   - bootstrap: the worth of what follows the last token; 0 for a finished episode.
/// - Returns: `[T]`.
public func rewardsToGo(_ rewards: [Float], discount: Double = 1, bootstrap: Double = 0) -> [Float]
{
  var result = [Float](repeating: 0, count: rewards.count)
  var next = bootstrap
  for t in rewards.indices.reversed() {
    next = Double(rewards[t]) + discount * next
    result[t] = Float(next)
  }
  return result
}

/// Generalized advantage estimation over one episode.
///
///     δ[t] = r[t] + γ·V[t+1] - V[t]      V[T] = bootstrap
///     A[t] = δ[t] + γ·λ·A[t+1]           A[T] = 0
///
/// Source: GAE, arXiv:1506.02438, eq. 16.
///
/// - Parameters:
///   - rewards: `[T]`, the reward given on each response token.
///   - values: `[T]`, the critic's estimate before each response token.
///   - discount: γ.
///   - lambda: λ, from 0 (one-step) to 1 (Monte-Carlo).
///   - bootstrap: the critic's estimate after the last token; 0 for a finished episode.
/// - Returns: `[T]`, the advantage of each response token.
public func generalizedAdvantages(
  rewards: [Float], values: [Float], discount: Double = 1, lambda: Double, bootstrap: Double = 0
) -> [Float] {
  precondition(rewards.count == values.count, "\(rewards.count) rewards, \(values.count) values")
  var advantages = [Float](repeating: 0, count: rewards.count)
  var next = (value: bootstrap, advantage: 0.0)
  for t in rewards.indices.reversed() {
    let value = Double(values[t])
    let delta = Double(rewards[t]) + discount * next.value - value
    let advantage = delta + discount * lambda * next.advantage
    advantages[t] = Float(advantage)
    next = (value, advantage)
  }
  return advantages
}

/// The λ-return of every token: what the critic is taught.
///
///     G[t] = r[t] + γ·((1-λ)·V[t+1] + λ·G[t+1])      G[T] = V[T] = bootstrap
///
/// It equals the generalized advantage plus the value. Written this way, λ = 1 is the reward to go
/// to the last bit, whatever the critic said.
///
/// Source: GAE, arXiv:1506.02438; λ = 1 for the critic: VAPO, arXiv:2504.05118, sec. 4.1.
///
/// - Parameters:
///   - rewards: `[T]`, the reward given on each response token.
///   - values: `[T]`, the critic's estimate before each response token.
///   - discount: γ.
///   - lambda: λ of the critic.
///   - bootstrap: the critic's estimate after the last token; 0 for a finished episode.
/// - Returns: `[T]`.
public func lambdaReturns(
  rewards: [Float], values: [Float], discount: Double = 1, lambda: Double, bootstrap: Double = 0
) -> [Float] {
  precondition(rewards.count == values.count, "\(rewards.count) rewards, \(values.count) values")
  var returns = [Float](repeating: 0, count: rewards.count)
  var next = (value: bootstrap, goal: bootstrap)
  for t in rewards.indices.reversed() {
    let mixed = lambda == 1 ? next.goal : (1 - lambda) * next.value + lambda * next.goal
    let goal = Double(rewards[t]) + discount * mixed
    returns[t] = Float(goal)
    next = (Double(values[t]), goal)
  }
  return returns
}

/// Rewards less the price of leaving the reference model.
///
///     r[t] - β·KL[t]
///
/// The arrays end with the response's last token, so nothing is charged after it.
///
/// Source: the in-reward KL of InstructGPT, arXiv:2203.02155, eq. 2, token by token.
///
/// - Parameters:
///   - rewards: `[T]`.
///   - divergences: `[T]`, an estimate of the divergence at each token.
///   - coefficient: β.
/// - Returns: `[T]`.
public func penalized(_ rewards: [Float], by divergences: [Float], coefficient: Double) -> [Float] {
  precondition(
    rewards.count == divergences.count,
    "\(rewards.count) rewards, \(divergences.count) divergences")
  return zip(rewards, divergences).map { Float(Double($0) - coefficient * Double($1)) }
}
