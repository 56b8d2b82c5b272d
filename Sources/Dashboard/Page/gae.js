// Generalized advantage estimation in double precision, as the trainer computes it. Pure: no page, no server.
//
//   δ[t] = r[t] + γ·V[t+1] − V[t]                      V[T] = bootstrap
//   A[t] = δ[t] + γ·λ·A[t+1]                           A[T] = 0
//   G[t] = r[t] + γ·((1−λ)·V[t+1] + λ·G[t+1])          G[T] = V[T]

/**
 * λ of the advantages of a response with so many tokens.
 *
 * A quantile needs the whole batch, so `threshold_quantile` has no λ here: the dumped one is taken.
 */
export function policyLambda(policy, length) {
  const l = Number(length);
  switch (policy.form) {
    case "length_adaptive":
      return Math.max(0, 1 - 1 / (policy.alpha * l));
    case "length_adaptive_floor":
      return Math.max(0, 1 - 1 / Math.max(policy.alpha * l, Math.min(l, 1 / policy.alpha)));
    case "threshold":
      return l <= policy.length ? policy.short : policy.long;
    case "endpoint_weight":
      return l <= 1 ? 1 : policy.q ** (1 / (l - 1));
    case "threshold_quantile":
      return null;
    default:
      return policy.lam;
  }
}

/** Whether λ follows from α and the length. */
export function isLengthAdaptive(policy) {
  return policy.form === "length_adaptive" || policy.form === "length_adaptive_floor";
}

/** δ of every token. */
export function tdErrors(rewards, values, gamma, bootstrap) {
  const T = values.length;
  const errors = new Float64Array(T);
  for (let t = T - 1; t >= 0; t -= 1) {
    const next = t + 1 < T ? values[t + 1] : bootstrap;
    errors[t] = rewards[t] + gamma * next - values[t];
  }
  return errors;
}

/** A of every token. */
export function advantages(rewards, values, gamma, lambda, bootstrap) {
  const credit = tdErrors(rewards, values, gamma, bootstrap);
  for (let t = credit.length - 2; t >= 0; t -= 1) credit[t] += gamma * lambda * credit[t + 1];
  return credit;
}

/** G of every token: what the critic is taught. */
export function returns(rewards, values, gamma, lambda, bootstrap) {
  const T = values.length;
  const targets = new Float64Array(T);
  let after = bootstrap;
  for (let t = T - 1; t >= 0; t -= 1) {
    const next = t + 1 < T ? values[t + 1] : bootstrap;
    after = rewards[t] + gamma * ((1 - lambda) * next + lambda * after);
    targets[t] = after;
  }
  return targets;
}

/** The largest |a − b|, where both are numbers; null where nowhere. */
export function largestDifference(a, b) {
  let largest = null;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    if (a[i] == null || b[i] == null) continue;
    const difference = Math.abs(a[i] - b[i]);
    if (Number.isFinite(difference) && (largest == null || difference > largest)) largest = difference;
  }
  return largest;
}
