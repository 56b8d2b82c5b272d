"""Credit and losses for training_step.py, which says from which sources: padded batches with masks,
sums over powers."""

import torch
from tiny_qwen2 import token_log_probs, token_values


def k_estimate(kind, d):
    """Schulman's estimators of KL(policy || reference), d = log pi - log pi_ref."""
    if kind == "k1":
        return d
    if kind == "abs":
        return d.abs()
    if kind == "k2":
        return d.square() / 2
    return (torch.exp(-d) + d - 1).clamp(max=10)


def policy_lambda(settings, length):
    form = settings["algorithm.lam_policy.form"]
    if form == "fixed":
        return settings["algorithm.lam_policy.lam"]
    assert form == "length-adaptive"
    return max(0.0, 1 - 1 / (settings["algorithm.lam_policy.alpha"] * length))


def advantages_by_powers(rewards, values, gamma, decay, bootstrap):
    """A[t] = sum over k of (gamma decay)^k delta[t+k]."""
    following = torch.cat([values[1:], torch.tensor([bootstrap], dtype=torch.float64)])
    deltas = rewards + gamma * following - values
    result = torch.zeros_like(deltas)
    for t in range(len(deltas)):
        for k in range(len(deltas) - t):
            result[t] += (gamma * decay) ** k * deltas[t + k]
    return result


def explained_variance(values, returns):
    return (1 - (returns - values).var() / (returns.var() + 1e-5)).item()


def is_mixed(group):
    right = sum(e["status"] == "ok" for e in group)
    return 0 < right < len(group)


def groups_of(episodes):
    groups = {}
    for episode in episodes:
        groups.setdefault(episode["place"], []).append(episode)
    return groups


def credit(settings, episodes, critic_lambda, events):
    s = settings
    estimator = s["algorithm.adv_estimator"]
    for e in episodes:
        length = len(e["tokens"])
        opened = s["algorithm.value_bootstrap_truncated"] and e["finish"] == "length"
        rewards = torch.zeros(length, dtype=torch.float64)
        rewards[-1] = e["reward"] - e["score"] if opened else e["reward"]
        if opened:
            events["bootstrap"] = events.get("bootstrap", 0) + 1
        if s["algorithm.use_kl_in_reward"] and "reference" in e:
            price = k_estimate(s["algorithm.kl_penalty"], e["old"] - e["reference"])
            rewards = rewards - s["algorithm.kl_coef"] * price
        e["rewards"], e["opened"], e["trained"], e["returns"] = rewards, opened, True, None
        e["lambda"] = 1.0
    if estimator != "gae":
        for group in groups_of(episodes).values():
            sums = torch.stack([e["rewards"].sum() for e in group])
            gaps = sums - sums.mean()
            if estimator == "rloo":
                gaps = gaps * len(group) / (len(group) - 1)
            elif s["algorithm.norm_adv_by_std_in_grpo"]:
                gaps = gaps / (sums.std() + 1e-6)
            for e, gap in zip(group, gaps):
                e["advantages"] = gap.expand(len(e["tokens"])).clone()
    else:
        for e in episodes:
            bootstrap = e["final_value"] if e["opened"] else 0.0
            e["lambda"] = policy_lambda(s, len(e["tokens"]))
            gamma = s["algorithm.gamma"]
            e["advantages"] = advantages_by_powers(
                e["rewards"], e["values"], gamma, e["lambda"], bootstrap)
            e["returns"] = e["values"] + advantages_by_powers(
                e["rewards"], e["values"], gamma, critic_lambda, bootstrap)
    for group in groups_of(episodes).values():
        for e in group:
            if s["algorithm.filter_groups.enable"] and not is_mixed(group):
                e["trained"] = False
            if s["algorithm.overlong_filtering"] and e["finish"] == "length":
                e["trained"] = False
                events["overlong"] = events.get("overlong", 0) + 1
    if s["algorithm.whiten_advantages"]:
        kept = torch.cat([e["advantages"] for e in episodes if e["trained"]])
        for e in episodes:
            if e["trained"]:
                e["advantages"] = (e["advantages"] - kept.mean()) * torch.rsqrt(kept.var() + 1e-8)


# --- Losses, in padded batches --------------------------------------------------------------------


def padded(rows):
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)


def aggregated(terms, mask, mode, horizon):
    """verl's agg_loss: rows without a counted token do not count as sequences."""
    kept, rows = terms * mask, mask.sum(-1) > 0
    if mode == "token-mean":
        return kept.sum() / mask.sum()
    per_row = kept.sum(-1)[rows]
    if mode == "seq-mean-token-mean":
        return (per_row / mask.sum(-1)[rows]).mean()
    if mode == "seq-mean-token-sum":
        return per_row.mean()
    return per_row.mean() / horizon


def importance(s, episode, notes):
    """What a token counts for that was sampled from another distribution: pi_old/mu, held below a
    cap; nothing in a response whose ratios' geometric mean is out of bounds."""
    section = "algorithm.rollout_correction.rollout_"
    gaps = episode["old"] - torch.tensor(episode["log_probs"], dtype=torch.float64)
    ratios, mean = gaps.exp(), gaps.mean().exp().item()
    weights = torch.ones_like(ratios)
    if s.get(f"{section}is", "none") == "token":
        weights = ratios.clamp(max=s[f"{section}is_threshold"])
        notes.event("truncated", (ratios > s[f"{section}is_threshold"]).sum())
    if s.get(f"{section}rs", "none") == "geometric":
        if not s[f"{section}rs_threshold_lower"] <= mean <= s[f"{section}rs_threshold"]:
            notes.event("dropped")
            return torch.zeros_like(ratios)
    return weights


def policy_loss(s, weights, batch, notes):
    scored = [token_log_probs(weights, e["prompt"], e["tokens"], s["rollout.temperature"], e["kept"])
              for e in batch]
    logs, entropies = padded(x for x, _ in scored), padded(x for _, x in scored)
    there = padded(torch.ones(len(e["tokens"]), dtype=torch.float64) for e in batch)
    factors = padded(importance(s, e, notes) for e in batch)
    mask = there * torch.tensor([[float(e["trained"])] for e in batch]) * (factors > 0)
    old, advantages = padded(e["old"] for e in batch), padded(e["advantages"] for e in batch)
    mode, horizon = s["actor.loss_agg_mode"], s["data.max_response_length"]
    loss = torch.zeros((), dtype=torch.float64)
    if mask.sum() > 0:
        low, high, dual = [s[f"actor.clip_ratio_{name}"] for name in ["low", "high", "c"]]
        ratio = torch.exp(logs - old)
        if s.get("gspo"):
            # One ratio a response, the gradient a token's.
            means = ((logs - old) * there).sum(-1, keepdim=True) / there.sum(-1, keepdim=True)
            ratio = torch.exp(means.detach() + logs - logs.detach())
        first, second = -advantages * ratio, -advantages * ratio.clamp(1 - low, 1 + high)
        terms = torch.max(first, second)
        if dual:
            terms = torch.where(advantages < 0, torch.min(terms, -dual * advantages), terms)
        surrogate = aggregated(terms * factors, mask, mode, horizon)
        notes.mean("pg_loss", surrogate)
        count = mask.sum().item()
        for name, hit in [
            ("clip_low", (advantages < 0) & (ratio < 1 - low)),
            ("clip_high", (advantages > 0) & (ratio > 1 + high)),
            ("clip_dual", (advantages < 0) & (ratio > dual) & (dual > 0)),
        ]:
            hits = (hit * mask).sum().item()
            notes.event(name, hits)
            notes.mean(name, hits / count, count)
        notes.mean("ppo_kl", ((old - logs) * mask).sum() / count, count)
        loss = loss + surrogate
        if s["actor.entropy_coeff"]:
            loss = loss - s["actor.entropy_coeff"] * aggregated(entropies, mask, mode, horizon)
        if s["actor.use_kl_loss"]:
            kl = k_estimate(s["actor.kl_loss_type"], logs - padded(e["reference"] for e in batch))
            kl = aggregated(kl, mask, mode, horizon)
            notes.mean("kl_loss", kl)
            loss = loss + s["actor.kl_loss_coef"] * kl
    right = there * torch.tensor(
        [[float(e["status"] == "ok" and e["finish"] == "stop")] for e in batch])
    if s["algorithm.positive_loss_coef"] and right.sum() > 0:
        # Likelihood is of the whole vocabulary, whatever the tokens were drawn from.
        whole = padded(token_log_probs(
            weights, e["prompt"], e["tokens"], s["rollout.temperature"])[0] for e in batch)
        imitation = -(whole * right).sum() / right.sum()
        notes.mean("positive_loss", imitation)
        notes.event("imitation")
        loss = loss + s["algorithm.positive_loss_coef"] * imitation
    elif mask.sum() == 0:
        return None
    return loss


def value_loss(s, weights, batch, notes):
    values = padded(token_values(weights, e["prompt"], e["tokens"])[:-1] for e in batch)
    returns, old = padded(e["returns"] for e in batch), padded(e["values"] for e in batch)
    mask = padded(torch.ones(len(e["tokens"]), dtype=torch.float64) for e in batch)
    terms = (values - returns).square()
    if s["critic.cliprange_value"]:
        held = old + (values - old).clamp(
            -s["critic.cliprange_value"], s["critic.cliprange_value"])
        near = (held - returns).square()
        notes.event("value_clip", ((near > terms) * mask).sum())
        notes.mean("vf_clipfrac", ((near > terms) * mask).sum() / mask.sum())
        terms = torch.max(terms, near)
    loss = 0.5 * aggregated(
        terms, mask, s["critic.loss_agg_mode"], s["data.max_response_length"])
    notes.mean("vf_loss", loss)
    return loss
