"""The plain PyTorch loop that an expert writes: one PPO step without a framework.

Generation reads each prompt once for its group, keeps a preallocated cache, samples on log-softmax
in float32, and drops rows that have ended. Scoring and training pad on the right, take rows of
similar length together, read the head at response positions only, and use scaled dot-product
attention and fused AdamW.

Presets: bf16 (float32 master weights, bfloat16 autocast), bf16pure (everything bfloat16),
fp32 (float32, on whatever libtorch sends it to). --padded keeps ended rows and the order of rows,
as a loop written for even lengths does.
"""

import torch
import torch.nn.functional as F
from torch import nn

from common import Clock, StopRuns, Workload, arguments, report


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape["num_attention_heads"]
        self.groups = shape["num_key_value_heads"]
        width = shape["hidden_size"]
        self.size = width // self.heads
        self.epsilon = shape["rms_norm_eps"]
        self.qkv = nn.Linear(width, (self.heads + 2 * self.groups) * self.size)
        self.out = nn.Linear(width, width, bias=False)
        self.gate_up = nn.Linear(width, 2 * shape["intermediate_size"], bias=False)
        self.down = nn.Linear(shape["intermediate_size"], width, bias=False)
        self.norm_1 = nn.Parameter(torch.ones(width))
        self.norm_2 = nn.Parameter(torch.ones(width))

    def heads_of(self, x, rotation):
        rows, length, width = x.shape
        qkv = self.qkv(normed(x, self.norm_1, self.epsilon))
        qkv = qkv.view(rows, length, -1, self.size).transpose(1, 2)
        q, k, v = qkv.split([self.heads, self.groups, self.groups], dim=1)
        return rotated(q, rotation), rotated(k, rotation), v

    def after_attention(self, x, attended):
        x = x + self.out(attended.transpose(1, 2).reshape(x.shape))
        y = normed(x, self.norm_2, self.epsilon)
        gate, up = self.gate_up(y).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


def normed(x, weight, epsilon):
    """In the type of x: libtorch fuses only where the weight has it too."""
    return F.rms_norm(x, weight.shape, weight.to(x.dtype), epsilon)


def rotated(x, rotation):
    cosine, sine = rotation
    low, high = x.chunk(2, dim=-1)
    return torch.cat((low * cosine - high * sine, high * cosine + low * sine), dim=-1)


class Trunk(nn.Module):
    """A Qwen2 decoder; `head` is one number a token for a critic, else the embedding table."""

    def __init__(self, shape, is_critic=False):
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape["vocab_size"], shape["hidden_size"])
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape["num_hidden_layers"]))
        self.norm = nn.Parameter(torch.ones(shape["hidden_size"]))
        self.score = nn.Linear(shape["hidden_size"], 1) if is_critic else None
        size = shape["hidden_size"] // shape["num_attention_heads"]
        base = shape.get("rope_theta") or shape["rope_parameters"]["rope_theta"]
        self.frequencies = base ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)

    def load(self, weights):
        take = lambda name: weights[name].float()
        with torch.no_grad():
            self.embed.weight.copy_(take("model.embed_tokens.weight"))
            self.norm.copy_(take("model.norm.weight"))
            for number, layer in enumerate(self.layers):
                at = f"model.layers.{number}."
                parts = [at + f"self_attn.{name}_proj" for name in "qkv"]
                layer.qkv.weight.copy_(torch.cat([take(part + ".weight") for part in parts]))
                layer.qkv.bias.copy_(torch.cat([take(part + ".bias") for part in parts]))
                layer.out.weight.copy_(take(at + "self_attn.o_proj.weight"))
                halves = [at + f"mlp.{name}_proj.weight" for name in ("gate", "up")]
                layer.gate_up.weight.copy_(torch.cat([take(half) for half in halves]))
                layer.down.weight.copy_(take(at + "mlp.down_proj.weight"))
                layer.norm_1.copy_(take(at + "input_layernorm.weight"))
                layer.norm_2.copy_(take(at + "post_attention_layernorm.weight"))
            if self.score is not None:
                self.score.weight.zero_()
                self.score.bias.zero_()
        return self

    def rotation(self, positions, type):
        """Cosines and sines of `[B, T]` positions, as `[B, 1, T, K/2]`."""
        angles = positions[..., None].float() * self.frequencies
        return angles.cos()[:, None].to(type), angles.sin()[:, None].to(type)

    def forward(self, ids, type):
        """Hidden states of sequences padded on the right."""
        rotation = self.rotation(torch.arange(ids.shape[1])[None], type)
        x = self.embed(ids).to(type)
        for layer in self.layers:
            q, k, v = layer.heads_of(x, rotation)
            x = layer.after_attention(
                x, F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            )
        return normed(x, self.norm, self.shape["rms_norm_eps"])

    def logits(self, hidden):
        return F.linear(hidden, self.embed.weight)


@torch.no_grad()
def generate(model, workload, type, drops_rows):
    """Tokens and log-probabilities of every response."""
    samples, longest = workload.samples, max(len(prompt) for prompt in workload.prompts)
    # Prompts end at the same place, so that all rows write the same place of the cache.
    pads = torch.tensor([longest - len(prompt) for prompt in workload.prompts])
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in workload.prompts])
    positions = (torch.arange(longest)[None] - pads[:, None]).clamp(min=0)
    is_padded = bool(pads.any())
    seen = torch.arange(longest)[None] >= pads[:, None]
    mask = None
    if is_padded:
        causal = torch.ones(longest, longest, dtype=torch.bool).tril()
        # A padding row sees itself, so that no softmax is over nothing.
        mask = (causal & seen[:, None]) | torch.eye(longest, dtype=torch.bool)
        mask = torch.zeros(mask.shape, dtype=type).masked_fill(~mask, -torch.inf)[:, None]

    rows = len(workload.lengths)
    layers = model.layers
    space = [rows, layers[0].groups, longest + workload.longest, layers[0].size]
    keys = [torch.empty(space, dtype=type) for _ in layers]
    values = [torch.empty(space, dtype=type) for _ in layers]
    x = model.embed(ids)
    rotation = model.rotation(positions, type)
    for number, layer in enumerate(layers):
        q, k, v = layer.heads_of(x, rotation)
        attended = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=mask is None, enable_gqa=True
        )
        keys[number][:, :, :longest] = k.repeat_interleave(samples, 0)
        values[number][:, :, :longest] = v.repeat_interleave(samples, 0)
        x = layer.after_attention(x, attended)
    x = normed(x[:, -1], model.norm, model.shape["rms_norm_eps"])
    logits = model.logits(x).repeat_interleave(samples, 0)

    lengths = torch.tensor(workload.lengths)
    pads = pads.repeat_interleave(samples)
    hidden_keys = None
    if is_padded:
        hidden_keys = torch.zeros([rows, 1, 1, space[2]], dtype=type)
        hidden_keys.masked_fill_((torch.arange(space[2])[None] < pads[:, None])[:, None, None], -torch.inf)
    active = torch.arange(rows)
    tokens = torch.zeros([rows, workload.longest], dtype=torch.int64)
    log_probs = torch.zeros([rows, workload.longest])
    for step in range(workload.longest):
        scores = logits.float().log_softmax(-1)
        drawn = torch.multinomial(scores.exp(), 1)
        tokens[active, step] = drawn[:, 0]
        log_probs[active, step] = scores.gather(1, drawn)[:, 0]
        if step + 1 == workload.longest:
            break
        running = (lengths[active] > step + 1).nonzero()[:, 0]
        if drops_rows and len(running) * 4 <= len(active) * 3:
            end = longest + step
            for cache in (keys, values):
                for number in range(len(layers)):
                    kept = cache[number][running]
                    cache[number] = kept
            active, pads, drawn = active[running], pads[running], drawn[running]
            hidden_keys = hidden_keys[running] if is_padded else None
        place = longest + step
        x = model.embed(drawn)
        rotation = model.rotation((place - pads)[:, None], type)
        mask = hidden_keys[..., : place + 1] if is_padded else None
        for number, layer in enumerate(layers):
            q, k, v = layer.heads_of(x, rotation)
            keys[number][:, :, place : place + 1] = k
            values[number][:, :, place : place + 1] = v
            attended = F.scaled_dot_product_attention(
                q,
                keys[number][:, :, : place + 1],
                values[number][:, :, : place + 1],
                attn_mask=mask,
                enable_gqa=True,
            )
            x = layer.after_attention(x, attended)
        x = normed(x[:, -1], model.norm, model.shape["rms_norm_eps"])
        logits = model.logits(x)
    return (
        [tokens[row, :length].tolist() for row, length in enumerate(workload.lengths)],
        [log_probs[row, :length] for row, length in enumerate(workload.lengths)],
    )


class Batch:
    """Rows padded on the right, with the places that predict response tokens."""

    def __init__(self, rows, prompts, responses):
        self.rows = rows
        texts = [prompts[row] + responses[row][:-1] for row in rows]
        longest = max(map(len, texts))
        self.ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        self.places = torch.cat(
            [
                torch.arange(len(responses[row])) + len(prompts[row]) - 1 + place * longest
                for place, row in enumerate(rows)
            ]
        )
        self.targets = torch.tensor([token for row in rows for token in responses[row]])

    def flat(self, per_row):
        return torch.cat([per_row[row] for row in self.rows])


def batches(prompts, responses, rows, sorts):
    order = list(range(len(prompts)))
    if sorts:
        order.sort(key=lambda row: len(prompts[row]) + len(responses[row]))
    if not sorts:
        return [Batch(order[at : at + rows], prompts, responses) for at in range(0, len(order), rows)]
    # As many positions as `rows` rows of the mean length have.
    budget = rows * sum(len(p) + len(r) for p, r in zip(prompts, responses)) / len(prompts)
    result, part = [], []
    for row in order:
        if part and (len(part) + 1) * (len(prompts[row]) + len(responses[row])) > budget * 1.05:
            result.append(Batch(part, prompts, responses))
            part = []
        part.append(row)
    return result + [Batch(part, prompts, responses)]


def picked(model, batch, type):
    hidden = model(batch.ids, type)
    return hidden.reshape(-1, hidden.shape[-1])[batch.places]


def log_probs_of(model, batch, type):
    scores = model.logits(picked(model, batch, type)).float()
    return scores.gather(1, batch.targets[:, None])[:, 0] - scores.logsumexp(-1)


def values_of(model, batch, type):
    return model.score(picked(model, batch, type))[:, 0].float()


def advantages_of(rewards, values, discount=1.0, decay=0.95):
    """GAE over padded rows, and returns."""
    result = torch.zeros_like(rewards)
    after = torch.zeros(len(rewards))
    for t in reversed(range(rewards.shape[1])):
        following = values[:, t + 1] if t + 1 < rewards.shape[1] else 0
        after = rewards[:, t] + discount * following - values[:, t] + discount * decay * after
        result[:, t] = after
    return result, result + values


class Loop:
    def __init__(self, workload, preset, rows, padded, device):
        self.workload, self.rows, self.even, self.device = workload, rows, padded, device
        from safetensors.torch import load_file

        weights = load_file(workload.folder / "model.safetensors", device=device)
        self.compute = torch.float32 if preset == "fp32" else torch.bfloat16
        stored = torch.bfloat16 if preset == "bf16pure" else torch.float32
        self.casts = stored != self.compute
        make = lambda **named: Trunk(workload.shape, **named).load(weights)
        self.policy = make().to(stored)
        self.critic = make(is_critic=True).to(stored)
        self.reference = make().to(self.compute).requires_grad_(False)
        self.decoder = make().to(self.compute).requires_grad_(False) if self.casts else self.policy
        adam = lambda model: torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
        self.optimizers = {id(model): adam(model) for model in (self.policy, self.critic)}

    def autocast(self):
        return torch.autocast(self.device, torch.bfloat16, enabled=self.casts)

    def train(self, model, parts, loss_of):
        for batch in parts:
            with self.autocast():
                loss = loss_of(batch)
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        self.optimizers[id(model)].step()
        self.optimizers[id(model)].zero_grad(set_to_none=True)

    def scored(self, parts, score, count):
        result = [None] * count
        with torch.no_grad(), self.autocast():
            for batch in parts:
                pieces = score(batch).split([len(self.responses[row]) for row in batch.rows])
                for row, piece in zip(batch.rows, pieces):
                    result[row] = piece
        return result

    def step(self, clock):
        prompts = [prompt for prompt, _ in self.workload.rows]
        count = len(prompts)
        with clock.phase("generation"):
            if self.casts:
                with torch.no_grad():
                    for copy, master in zip(self.decoder.parameters(), self.policy.parameters()):
                        copy.copy_(master)
            self.responses, old = generate(self.decoder, self.workload, self.compute, not self.even)
        parts = batches(prompts, self.responses, self.rows, not self.even)
        type = self.compute
        with clock.phase("reference"):
            reference = self.scored(parts, lambda b: log_probs_of(self.reference, b, type), count)
        with clock.phase("values"):
            values = self.scored(parts, lambda b: values_of(self.critic, b, type), count)
        with clock.phase("credit"):
            pad = lambda rows: nn.utils.rnn.pad_sequence(rows, batch_first=True)
            rewards = pad([-0.05 * (now - then) for now, then in zip(old, reference)])
            lengths = torch.tensor([len(response) for response in self.responses])
            rewards[torch.arange(count), lengths - 1] += (torch.arange(count) % 2).float()
            advantages, returns = advantages_of(rewards, pad(values))
            seen = torch.arange(rewards.shape[1])[None] < lengths[:, None]
            spread, mean = torch.std_mean(advantages[seen])
            advantages = (advantages - mean) / (spread + 1e-8)
            total = int(lengths.sum())
            cut = lambda padded: [padded[row, :length] for row, length in enumerate(lengths.tolist())]
            advantages, returns = cut(advantages), cut(returns)

        def value_loss(batch):
            error = values_of(self.critic, batch, type) - batch.flat(returns)
            return 0.5 * error.square().sum() / total

        def policy_loss(batch):
            ratio = (log_probs_of(self.policy, batch, type) - batch.flat(old)).exp()
            gain = batch.flat(advantages)
            return -torch.minimum(ratio * gain, ratio.clamp(0.8, 1.28) * gain).sum() / total

        with clock.phase("critic"):
            self.train(self.critic, parts, value_loss)
        with clock.phase("actor"):
            self.train(self.policy, parts, policy_loss)


def main():
    parser = arguments(["bf16", "bf16pure", "fp32"])
    parser.add_argument("--padded", action="store_true", help="keep ended rows, and rows in order")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(4)
    torch.set_default_device(options.device)
    workload = Workload(options.folder)
    rows = options.rows or {"tiny": 32, "small": 16, "135m": 8, "ragged": 8, "half-b": 4}.get(workload.name, 16)
    loop = Loop(workload, options.preset, rows, options.padded, options.device)
    clock = Clock(options.paced)
    if not options.cold:
        loop.step(clock)
    try:
        for _ in range(options.repeats):
            clock.wait()
            loop.step(clock)
            clock.end()
    except StopRuns:
        pass
    report("nano", options.preset, workload, clock, rows=rows, padded=options.padded)


if __name__ == "__main__":
    main()
