"""Goldens of the surrogates and credit rules that methods bring along, from PyTorch alone.

    python Tools/goldens/method_goldens.py [--folder FOLDER]

Everything is computed in float64 on padded [B, T] batches with masks, as verl words it; the program
works on flat vectors with weights.
"""

import argparse
import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20250718)


def uniform(low, high, *shape):
    return (torch.rand(*shape, generator=generator) * (high - low) + low).float().double()


LENGTHS = [5, 1, 8, 3]
MASK = torch.arange(max(LENGTHS))[None, :] < torch.tensor(LENGTHS)[:, None]


def numbers(low, high):
    return torch.where(MASK, uniform(low, high, *MASK.shape), 0.0)


def flat(padded):
    return padded[MASK].tolist()


def aggregated(terms, mode):
    kept = terms * MASK
    if mode == "token-mean":
        return kept.sum() / MASK.sum()
    if mode == "seq-mean-token-sum":
        return kept.sum(-1).mean()
    return (kept.sum(-1) / MASK.sum(-1)).mean()


def gspo(new, old, advantages, low, high):
    """The sequence form, eq. 5: one ratio and one advantage a response."""
    ratio = torch.exp(((new - old) * MASK).sum(-1) / MASK.sum(-1))
    advantage = advantages[:, 0]
    held = torch.clamp(ratio, 1 - low, 1 + high)
    return -torch.minimum(ratio * advantage, held * advantage).mean()


def cispo(new, old, advantages, low, high):
    ratio = torch.exp(new - old)
    weight = torch.clamp(ratio, 1 - low, 1 + high).detach()
    return aggregated(-weight * advantages * new, "token-mean")


def surrogates():
    cases = []
    for mode, low, high, spread in [
        ("gspo", 3e-4, 4e-4, 1e-3), ("gspo", 0.2, 0.28, 1.0), ("cispo", 1.0, 4.0, 2.5),
        ("cispo", 0.2, 0.28, 0.6), ("gpg", 0.2, 0.2, 0.5),
    ]:
        for by_response in [True, False]:
            if mode == "gspo" and not by_response:
                continue
            old = numbers(-4, -0.01)
            new = (old + numbers(-spread, spread)).float().double().requires_grad_()
            advantages = numbers(-2, 2)
            if by_response:
                advantages = torch.where(MASK, advantages[:, :1], 0.0)
            if mode == "gspo":
                loss, average = gspo(new, old, advantages, low, high), "seq-mean-token-mean"
            elif mode == "cispo":
                loss, average = cispo(new, old, advantages, low, high), "token-mean"
            else:
                loss, average = aggregated(-advantages * new, "token-mean"), "token-mean"
            (gradient,) = torch.autograd.grad(loss, new)
            cases.append({
                "mode": mode, "average": average, "low": low, "high": high, "lengths": LENGTHS,
                "log_probs": flat(new.detach()), "old": flat(old), "advantages": flat(advantages),
                "loss": loss.item(), "gradient": flat(gradient),
            })
    return cases


def whitened(numbers_, mask):
    kept = numbers_[mask]
    return torch.where(mask, (numbers_ - kept.mean()) * torch.rsqrt(kept.var() + 1e-8), 0.0)


def credits():
    """Eight responses to three prompts: mixed, all equal, mixed."""
    lengths = [4, 2, 3, 1, 5, 2, 2, 6]
    prompts = [0, 1, 0, 1, 2, 2, 0, 2]
    rewards = torch.tensor([1.0, 1.0, 0.0, 1.0, 0.25, 1.0, -1.0, 0.0])
    mask = torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
    policy = torch.where(mask, uniform(-3, -0.1, *mask.shape), 0.0)
    reference = torch.where(mask, uniform(-3, -0.1, *mask.shape), 0.0)
    coefficient, discount = 0.05, 0.9
    token_rewards = -coefficient * (policy - reference) * mask
    for row, length in enumerate(lengths):
        token_rewards[row, length - 1] += rewards[row]
    groups = {p: [i for i, q in enumerate(prompts) if q == p] for p in prompts}

    def centered(scores, others):
        result = torch.zeros_like(scores)
        for i, p in enumerate(prompts):
            rest = [j for j in groups[p] if not others or j != i]
            result[i] = scores[i] - scores[rest].mean()
        return result

    def spread(scores):
        return torch.where(mask, scores[:, None].expand(mask.shape), 0.0)

    steps = torch.arange(max(lengths))
    distance = (steps[None, :] - steps[:, None]).double()
    powers = torch.where(distance >= 0, discount ** distance.clamp(min=0), 0.0)
    to_go = torch.where(mask, token_rewards @ powers.T, 0.0)
    saying = [i for p in groups for i in groups[p] if len({rewards[j].item() for j in groups[p]}) > 1]
    found = {
        "rloo": spread(centered(token_rewards.sum(-1), True)),
        "reinforce_plus_plus": whitened(to_go, mask),
        "reinforce_plus_plus_baseline": whitened(spread(centered(rewards, False)), mask),
        "gpg": spread(centered(rewards, False) * len(prompts) / len(saying)),
    }
    return {
        "lengths": lengths, "prompts": prompts, "rewards": rewards.tolist(),
        "coefficient": coefficient, "discount": discount, "policy": policy[mask].tolist(),
        "reference": reference[mask].tolist(),
        "advantages": {name: numbers_[mask].tolist() for name, numbers_ in found.items()},
    }


def main():
    tree = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=tree / "Tests" / "Goldens")
    arguments = parser.parse_args()
    text = json.dumps({"surrogates": surrogates(), "credits": credits()}, separators=(",", ":"))
    (arguments.folder / "algorithms-methods.json").write_text(text + "\n")


main()
