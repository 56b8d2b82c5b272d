"""Goldens of the formulas and losses in Sources/Methods, from PyTorch alone.

    python Tools/goldens/algorithm_goldens.py [--gae-cases N] [--folder FOLDER]

Made with torch 2.13.0. Everything is computed in float64 from inputs that are exact in float32, and
written the other way round from the program: padded [B, T] batches with masks instead of flat
vectors with weights, sums over powers instead of recursions, gradients by torch's autograd.
"""

import argparse
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20250411)


def uniform(low, high, *shape):
    numbers = torch.rand(*shape, generator=generator) * (high - low) + low
    return numbers.float().double()


def whole(low, high):
    return int(torch.randint(low, high + 1, (), generator=generator))


def advantages_by_powers(rewards, values, discount, decay, bootstrap):
    """A[t] = sum over k of (discount * decay)^k * delta[t+k], as one triangular product."""
    following = torch.cat([values[1:], torch.tensor([bootstrap])])
    deltas = rewards + discount * following - values
    steps = torch.arange(len(rewards))
    distance = (steps[None, :] - steps[:, None]).double()
    powers = torch.where(distance >= 0, (discount * decay) ** distance.clamp(min=0), 0.0)
    return powers @ deltas


def gae_cases(count):
    cases = []
    for index in range(count):
        length = whole(1, 12) if index % 2 else whole(1, 60)
        discount = 1.0 if index % 3 else float(uniform(0.9, 1, 1))
        decay = [0.0, 1.0, 0.95, float(uniform(0, 1, 1))][index % 4]
        bootstrap = 0.0 if index % 5 else float(uniform(-1, 1, 1))
        rewards = uniform(-0.05, 0.05, length) if index % 2 else torch.zeros(length)
        rewards[-1] = float(uniform(-1, 1, 1))
        values = uniform(-1, 1, length)
        advantages = advantages_by_powers(rewards, values, discount, decay, bootstrap)
        cases.append({
            "rewards": rewards.tolist(), "values": values.tolist(), "discount": discount,
            "lambda": decay, "bootstrap": bootstrap, "advantages": advantages.tolist(),
            "returns": (advantages + values).tolist(),
        })
    return cases


class Batch:
    """A right-padded batch; `flat` reads its response tokens in the order of the flat axis."""

    def __init__(self, lengths):
        self.lengths = lengths
        positions = torch.arange(max(lengths))
        self.mask = positions[None, :] < torch.tensor(lengths)[:, None]

    def numbers(self, low, high):
        return torch.where(self.mask, uniform(low, high, *self.mask.shape), 0.0)

    def flat(self, padded):
        return padded[self.mask].tolist()


def aggregated(terms, mask, mode, horizon):
    """The four modes as verl's agg_loss words them."""
    kept = terms * mask
    if mode == "token-mean":
        return kept.sum() / mask.sum()
    if mode == "seq-mean-token-sum":
        return kept.sum(-1).mean()
    if mode == "seq-mean-token-mean":
        return (kept.sum(-1) / mask.sum(-1)).mean()
    return kept.sum(-1).mean() / horizon


def with_gradient(batch, leaf, loss):
    (gradient,) = torch.autograd.grad(loss, leaf)
    return {"loss": loss.item(), "gradient": batch.flat(gradient)}


def surrogate_cases():
    cases = []
    modes = ["token-mean", "seq-mean-token-sum", "seq-mean-token-mean", "seq-mean-token-sum-norm"]
    for mode in modes:
        for low, high, dual, spread in [
            (0.2, 0.28, 0.0, 0.6), (0.2, 0.2, 3.0, 2.5), (0.1, 0.5, 0.0, 0.05), (0.2, 0.2, 1.5, 30.0)
        ]:
            batch = Batch([7, 1, 12, 4])
            old = batch.numbers(-4, -0.01)
            new = (old + batch.numbers(-spread, spread)).float().double().requires_grad_()
            advantages = batch.numbers(-2, 2)
            logged = torch.clamp(new - old, -20, 20)
            ratio = torch.exp(logged)
            first = -advantages * ratio
            second = -advantages * torch.clamp(ratio, 1 - low, 1 + high)
            terms = torch.max(first, second)
            capped = torch.min(terms, -advantages * dual)
            if dual:
                terms = torch.where(advantages < 0, capped, terms)
            active = (second > first) & batch.mask
            loss = aggregated(terms, batch.mask, mode, 20)
            cases.append({
                "mode": mode, "lengths": batch.lengths, "horizon": 20, "low": low, "high": high,
                "dual": dual, "log_probs": batch.flat(new.detach()), "old": batch.flat(old),
                "advantages": batch.flat(advantages), **with_gradient(batch, new, loss),
                "clipped_low": int((active & (advantages < 0)).sum()),
                "clipped_high": int((active & (advantages > 0)).sum()),
                "clipped_dual": int(((first > -advantages * dual) & (advantages < 0) & batch.mask)
                                    .sum()) if dual else 0,
                "k1": (-logged * batch.mask).sum().item(),
                "k3": ((ratio - 1 - logged) * batch.mask).sum().item(),
            })
    return cases


def value_cases():
    cases = []
    for mode, limit in [("token-mean", 0.0), ("token-mean", 0.2), ("seq-mean-token-mean", 0.5)]:
        batch = Batch([5, 9, 2])
        old = batch.numbers(-1, 1)
        values = (old + batch.numbers(-0.6, 0.6)).float().double().requires_grad_()
        returns = batch.numbers(-1, 1)
        terms = (values - returns) ** 2
        clipped = 0
        if limit:
            held = torch.max(torch.min(values, old + limit), old - limit)
            near = (held - returns) ** 2
            clipped = int(((near > terms) & batch.mask).sum())
            terms = torch.max(terms, near)
        loss = 0.5 * aggregated(terms, batch.mask, mode, 20)
        cases.append({
            "mode": mode, "lengths": batch.lengths, "range": limit, "old": batch.flat(old),
            "values": batch.flat(values.detach()), "returns": batch.flat(returns),
            "clipped": clipped, **with_gradient(batch, values, loss),
        })
    return cases


def divergence_cases():
    def k2(d):
        return 0.5 * d.square()

    def k3(d):
        held = torch.clamp(-d, -20, 20)
        return torch.clamp(torch.exp(held) - held - 1, -10, 10)

    def straight(value):
        return lambda d: k2(d) - k2(d).detach() + value(d).detach()

    estimators = {
        "k1": lambda d: d, "abs": torch.abs, "k2": k2, "k3": k3, "k1+": straight(lambda d: d),
        "k3+": straight(k3),
    }
    cases = []
    for name, estimate in estimators.items():
        for spread in [0.3, 4.0]:
            batch = Batch([6, 1, 5])
            reference = batch.numbers(-5, -0.01)
            new = (reference + batch.numbers(-spread, spread)).float().double().requires_grad_()
            terms = estimate(new - reference)
            loss = aggregated(terms, batch.mask, "token-mean", 20)
            cases.append({
                "estimator": name, "log_probs": batch.flat(new.detach()),
                "reference": batch.flat(reference), "terms": batch.flat(terms.detach()),
                **with_gradient(batch, new, loss),
            })
    return cases


def term_cases():
    """Imitation, entropy, self-imitation and its value loss, with weights stated outright."""
    count = 17
    weights = uniform(0, 0.2, count) * (uniform(0, 1, count) > 0.3)
    inputs = uniform(-4, -0.01, count)
    returns, values = uniform(-1, 1, count), uniform(-1, 1, count)
    cases = {"weights": weights.tolist(), "inputs": inputs.tolist(), "returns": returns.tolist(),
             "values": values.tolist(), "cap": 0.7}

    def case(name, leaf, function):
        leaf = leaf.clone().requires_grad_()
        loss = function(leaf)
        (gradient,) = torch.autograd.grad(loss, leaf)
        cases[name] = {"loss": loss.item(), "gradient": gradient.tolist()}

    gain = torch.relu(returns - values)
    case("imitation", inputs, lambda x: torch.dot(weights, -x))
    case("entropy", inputs, lambda x: -torch.dot(weights, x))
    case("self_imitation", inputs, lambda x: torch.dot(weights, -x * gain))
    case("self_imitation_capped", inputs,
         lambda x: torch.dot(weights, -x * torch.minimum(gain, torch.tensor(0.7))))
    case("self_imitation_value", values,
         lambda x: torch.dot(weights, 0.5 * torch.relu(returns - x) ** 2))
    return cases


def batch_statistics():
    groups = []
    for size in [2, 4, 8, 16]:
        rewards = uniform(-1, 1, size)
        others = torch.stack([rewards[torch.arange(size) != i].mean() for i in range(size)])
        centered = rewards - rewards.mean()
        groups.append({
            "rewards": rewards.tolist(), "mean": centered.tolist(),
            "sample": (centered / (rewards.std() + 1e-6)).tolist(),
            "population": (centered / (rewards.std(correction=0) + 1e-6)).tolist(),
            "leave_one_out": (rewards - others).tolist(),
        })
    batch = Batch([3, 8, 1, 5])
    advantages = batch.numbers(-2, 3)
    kept = advantages[batch.mask]
    white = (kept - kept.mean()) * torch.rsqrt(kept.var() + 1e-8)
    values, returns = uniform(-1, 1, 300), uniform(-1, 1, 300)
    values = (returns * 0.6 + values * 0.4).float().double()
    explained = 1 - (returns - values).var() / (returns.var() + 1e-5)
    lengths = [whole(1, 300) for _ in range(41)]
    shares = [0.0, 0.25, 0.5, 0.75, 0.9, 1.0]
    quantiles = [torch.quantile(torch.tensor(lengths).double(), s).item() for s in shares]
    return {
        "groups": groups,
        "whitening": {"lengths": batch.lengths, "advantages": kept.tolist(),
                      "whitened": white.tolist()},
        "explained": {"values": values.tolist(), "returns": returns.tolist(),
                      "value": explained.item()},
        "quantiles": {"lengths": lengths, "shares": shares, "quantiles": quantiles},
    }


def main():
    tree = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gae-cases", type=int, default=40)
    parser.add_argument("--folder", type=pathlib.Path, default=tree / "Tests" / "Goldens")
    arguments = parser.parse_args()

    def write(name, content):
        text = json.dumps(content, separators=(",", ":"))
        (arguments.folder / f"algorithms-{name}.json").write_text(text + "\n")

    write("losses", {
        "surrogate": surrogate_cases(), "value": value_cases(), "divergence": divergence_cases(),
        "terms": term_cases(),
    })
    write("batches", batch_statistics())
    write("gae", gae_cases(arguments.gae_cases))


main()
