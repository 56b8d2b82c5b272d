"""Nanoseconds a token of generalized advantage estimation as peers do it: a loop over time steps on
padded tensors. Both loops are written here after what the peers do, not copied.

  padded           TRL's: delta and advantage of one step of all rows, collected and stacked
  padded-masked    verl's: the same with a mask that carries values and advantages over padding
"""

import argparse
import json
import random
import time

import torch


def padded(rewards, values, discount, decay):
    after, collected = 0, []
    length = rewards.shape[1]
    for t in reversed(range(length)):
        following = values[:, t + 1] if t < length - 1 else 0.0
        delta = rewards[:, t] + discount * following - values[:, t]
        after = delta + discount * decay * after
        collected.append(after)
    advantages = torch.stack(collected[::-1], dim=1)
    return advantages, advantages + values


def padded_masked(rewards, values, mask, discount, decay):
    following, after, collected = 0, 0, []
    for t in reversed(range(rewards.shape[1])):
        delta = rewards[:, t] + discount * following - values[:, t]
        fresh = delta + discount * decay * after
        seen = mask[:, t]
        following = values[:, t] * seen + (1 - seen) * following
        after = fresh * seen + (1 - seen) * after
        collected.append(after)
    advantages = torch.stack(collected[::-1], dim=1)
    return advantages, advantages + values


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    draw = random.Random(4)
    lengths = torch.tensor([draw.randint(64, 4096) for _ in range(512)])
    torch.manual_seed(4)
    mask = (torch.arange(int(lengths.max()))[None] < lengths[:, None]).float()
    values = torch.rand(mask.shape) * mask
    rewards = torch.zeros(mask.shape)
    rewards[torch.arange(512), lengths - 1] = 1.0
    tokens = int(lengths.sum())
    results = {}
    for name, run in (
        ("padded", lambda: padded(rewards, values, 1.0, 0.95)),
        ("padded-masked", lambda: padded_masked(rewards, values, mask, 1.0, 0.95)),
    ):
        run()
        times = []
        for _ in range(options.repeats):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) / tokens * 1e9)
        results[name] = sorted(times)[len(times) // 2]
    print(json.dumps({"peer": "gae", "tokens": tokens, "ns_a_token": results}))


if __name__ == "__main__":
    main()
