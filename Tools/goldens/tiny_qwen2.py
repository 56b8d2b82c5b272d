"""A Qwen2 decoder of a few thousand weights in plain PyTorch float64, for step_goldens.py: policy and
critic, written from the model's paper (arXiv:2407.10671) and its published weight names."""

import json

import torch
from safetensors.torch import save_file
from torch.nn import functional

ALPHABET = "123abcdfghijklmnopqrst"
VOCABULARY = 1 + len(ALPHABET)  # token 0 ends a text
HIDDEN, INNER, LAYERS, HEADS, GROUPS, SIZE = 8, 12, 2, 2, 1, 4
THETA, NORM_EPSILON, POSITIONS = 1e4, 1e-6, 32

CONFIGURATION = {
    "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
    "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "intermediate_size": INNER,
    "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS,
    "max_position_embeddings": POSITIONS, "rms_norm_eps": NORM_EPSILON, "rope_theta": THETA,
    "tie_word_embeddings": False, "torch_dtype": "float32", "bos_token_id": None,
    "eos_token_id": 0, "pad_token_id": 0,
}


def encode(text):
    return [1 + ALPHABET.index(letter) for letter in text]


def decode(tokens):
    return "".join(ALPHABET[token - 1] for token in tokens)


def make_weights(seed, head):
    """Weights with opinions: the first channel stays on, so that the output layer has preferences."""
    generator = torch.Generator().manual_seed(seed)

    def normal(deviation, *shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64) * deviation

    weights = {"model.embed_tokens.weight": normal(0.7, VOCABULARY, HIDDEN)}
    weights["model.embed_tokens.weight"][:, 0] = 1.5
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name, rows in [("q", HEADS * SIZE), ("k", GROUPS * SIZE), ("v", GROUPS * SIZE)]:
            weights[f"{at}.self_attn.{name}_proj.weight"] = normal(0.4, rows, HIDDEN)
            weights[f"{at}.self_attn.{name}_proj.bias"] = normal(0.2, rows)
        weights[f"{at}.self_attn.o_proj.weight"] = normal(0.3, HIDDEN, HEADS * SIZE)
        weights[f"{at}.mlp.gate_proj.weight"] = normal(0.4, INNER, HIDDEN)
        weights[f"{at}.mlp.up_proj.weight"] = normal(0.4, INNER, HIDDEN)
        weights[f"{at}.mlp.down_proj.weight"] = normal(0.3, HIDDEN, INNER)
        for name in ["input_layernorm", "post_attention_layernorm"]:
            weights[f"{at}.{name}.weight"] = 1 + normal(0.1, HIDDEN)
    weights["model.norm.weight"] = 1 + normal(0.1, HIDDEN)
    if head == "lm_head":
        weights["lm_head.weight"] = normal(0.5, VOCABULARY, HIDDEN)
        weights["lm_head.weight"][:, 0] = -0.3
        for text, liking in [("1", 1.0), ("2", 0.9), ("3", 0.6), ("a", 0.8), ("b", 0.7)]:
            weights["lm_head.weight"][encode(text)[0], 0] = liking
        weights["lm_head.weight"][0, 0] = 0.9
    else:
        weights["score.weight"] = normal(0.3, 1, HIDDEN)
        weights["score.bias"] = normal(0.3, 1)
    return {name: value.float().double() for name, value in weights.items()}


def rms_norm(x, scale):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + NORM_EPSILON) * scale


def rotated(x):
    """[heads, T, SIZE] turned by its positions; channel i pairs with channel i + SIZE/2."""
    half = SIZE // 2
    frequencies = THETA ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * frequencies
    first, second = x[..., :half], x[..., half:]
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


def hidden_states(weights, ids):
    """[T, HIDDEN] of one text."""
    x = weights["model.embed_tokens.weight"][torch.tensor(ids)]
    length = len(ids)
    future = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
    for layer in range(LAYERS):
        def linear(name, x, at=f"model.layers.{layer}"):
            return functional.linear(
                x, weights[f"{at}.{name}.weight"], weights.get(f"{at}.{name}.bias"))

        norm = rms_norm(x, weights[f"model.layers.{layer}.input_layernorm.weight"])
        q, k, v = [
            linear(f"self_attn.{name}_proj", norm).view(length, -1, SIZE).transpose(0, 1)
            for name in "qkv"]
        scores = rotated(q) @ rotated(k).transpose(1, 2) / SIZE ** 0.5  # the one k serves all heads
        mixed = scores.masked_fill(future, -torch.inf).softmax(-1) @ v
        x = x + linear("self_attn.o_proj", mixed.transpose(0, 1).reshape(length, -1))
        norm = rms_norm(x, weights[f"model.layers.{layer}.post_attention_layernorm.weight"])
        gate = functional.silu(linear("mlp.gate_proj", norm)) * linear("mlp.up_proj", norm)
        x = x + linear("mlp.down_proj", gate)
    return rms_norm(x, weights["model.norm.weight"])


def next_logits(weights, ids):
    """[VOCABULARY], what follows a text."""
    return functional.linear(hidden_states(weights, ids)[-1], weights["lm_head.weight"])


def token_log_probs(weights, prompt, response, temperature, kept=None):
    """[R] log-probabilities and [R] entropies of a response's tokens; where `kept` is given, each among
    the tokens of its list alone."""
    states = hidden_states(weights, prompt + response)[len(prompt) - 1:-1]
    logits = functional.linear(states, weights["lm_head.weight"]) / temperature
    logs = []
    for row, token in enumerate(response):
        names = kept[row] if kept else range(logits.shape[1])
        chances = logits[row, list(names)].log_softmax(-1)
        logs.append((chances[list(names).index(token)], -(chances.exp() * chances).sum()))
    return torch.stack([log for log, _ in logs]), torch.stack([entropy for _, entropy in logs])


def token_values(weights, prompt, response):
    """[R + 1] values: before every token of a response, and after its last."""
    states = hidden_states(weights, prompt + response)[len(prompt) - 1:]
    return functional.linear(states, weights["score.weight"], weights["score.bias"])[:, 0]


def tokenizer_json():
    def spelled(value):
        return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                "use_regex": value}

    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": 0, "content": "<|end|>", "single_word": False, "lstrip": False,
                          "rstrip": False, "normalized": False, "special": True}],
        "normalizer": None, "pre_tokenizer": spelled(False), "post_processor": spelled(False),
        "decoder": spelled(False),
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
            "ignore_merges": False, "merges": [],
            "vocab": {"<|end|>": 0, **{letter: 1 + place for place, letter in enumerate(ALPHABET)}},
        },
    }


def save(weights, folder):
    """Writes a folder as Hugging Face lays one out."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = dict(CONFIGURATION)
    if "score.weight" in weights:
        configuration.update(architectures=["Qwen2ForTokenClassification"], num_labels=1)
    else:
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer_json()) + "\n")
        (folder / "generation_config.json").write_text(
            json.dumps({"eos_token_id": 0, "pad_token_id": 0}) + "\n")
    (folder / "config.json").write_text(json.dumps(configuration, indent=1) + "\n")
    save_file({name: value.float() for name, value in weights.items()},
              folder / "model.safetensors", metadata={"format": "pt"})
