"""Makes the folders Tests/Goldens/transformers-*: tiny models, and what transformers computes of them.

Made with Python 3.11, torch 2.13.0, transformers 5.23.0, safetensors 0.8.0:
    python Tools/goldens/transformer_goldens.py
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification
from transformers import AutoModel, Gemma3TextConfig, Glm4Config, GlmConfig, GraniteConfig
from transformers import LlamaConfig, MistralConfig, Olmo2Config, Olmo3Config, Phi3Config
from transformers import Qwen2Config, Qwen3Config, Qwen3MoeConfig, SmolLM3Config

GOLDENS = Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
ROWS, LENGTH, VOCABULARY = 2, 12, 40

PLAIN = {"rope_type": "default", "rope_theta": 1e4}
MILLION = {"rope_type": "default", "rope_theta": 1e6}
# Of a head of 8, and 32 positions: one fast frequency, one between, two slow ones.
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
}
YARN = {
    "rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "beta_fast": 3.0, "beta_slow": 0.5,
    "original_max_position_embeddings": 16,
}
# Of a head of 16, of which three quarters rotate.
LONG = {
    "rope_type": "longrope", "rope_theta": 100.0, "partial_rotary_factor": 0.75,
    "short_factor": [1.0, 1.1, 1.3, 1.6, 2.0, 2.5],
    "long_factor": [1.0, 2.0, 4.0, 6.0, 8.0, 9.0], "original_max_position_embeddings": 32,
}
HALF = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}


def case(config, rope, *, tied=False, groups=2, hidden=16, layers=2, old=False, sharded=False,
         **own):
    return dict(config=config, rope=rope, old=old, sharded=sharded, numbers=dict(
        tie_word_embeddings=tied, num_key_value_heads=groups, hidden_size=hidden,
        num_hidden_layers=layers, **own))


# `old`: config.json in the spelling of transformers 4.
CASES = {
    "tied": case(Qwen2Config, PLAIN, tied=True, groups=4),
    "untied": case(Qwen2Config, MILLION, hidden=32, old=True, sharded=True),
    "shared": case(Qwen2Config, MILLION, tied=True, groups=1, layers=3),
    "qwen2-window": case(
        Qwen2Config, PLAIN, tied=True, layers=3, old=True, use_sliding_window=True,
        sliding_window=4, max_window_layers=1),
    "llama2": case(LlamaConfig, PLAIN, groups=4, old=True),
    "llama3": case(LlamaConfig, LLAMA3, tied=True, hidden=32),
    "llama3-old": case(LlamaConfig, LLAMA3, groups=1, hidden=32, old=True),
    "llama-biases": case(
        LlamaConfig, {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0}, old=True,
        head_dim=6, attention_bias=True, mlp_bias=True),
    "mistral": case(MistralConfig, PLAIN, groups=1, head_dim=8, sliding_window=5),
    "mistral-full": case(
        MistralConfig, {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}, old=True,
        sliding_window=None),
    "qwen3": case(Qwen3Config, YARN, tied=True, head_dim=8),
    "qwen3-window": case(
        Qwen3Config, MILLION, groups=1, head_dim=6, attention_bias=True, use_sliding_window=True,
        sliding_window=3, layer_types=["sliding_attention", "full_attention"]),
    "granite": case(
        GraniteConfig, PLAIN, tied=True, hidden=32, attention_bias=True, mlp_bias=True,
        embedding_multiplier=3.0, attention_multiplier=0.25, residual_multiplier=0.5,
        logits_scaling=4.0),
    "granite-plain": case(GraniteConfig, MILLION, groups=4, attention_multiplier=0.4),
    "smollm3": case(SmolLM3Config, MILLION, tied=True, layers=5),
    "smollm3-window": case(
        SmolLM3Config, PLAIN, groups=1, layers=3, no_rope_layers=[0, 1, 0], attention_bias=True,
        use_sliding_window=True, sliding_window=4,
        layer_types=["full_attention", "sliding_attention", "full_attention"]),
    "olmo2": case(Olmo2Config, PLAIN, hidden=32, layers=3),
    "olmo2-biases": case(Olmo2Config, MILLION, tied=True, groups=1, attention_bias=True),
    "gemma3": case(
        Gemma3TextConfig, {"full_attention": YARN, "sliding_attention": PLAIN}, tied=True,
        head_dim=8, layers=3, query_pre_attn_scalar=24, sliding_window=4,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"]),
    "gemma3-old": case(
        Gemma3TextConfig, {
            "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 5e3}},
        groups=1, hidden=32, old=True, head_dim=6, layers=3, query_pre_attn_scalar=8,
        sliding_window=5, sliding_window_pattern=2, attention_bias=True),
    "phi3": case(Phi3Config, PLAIN, groups=4, hidden=32, old=True, sliding_window=5),
    "phi3-long": case(
        Phi3Config, LONG, tied=True, hidden=64, original_max_position_embeddings=32),
    "phi3-long-old": case(
        Phi3Config, {**LONG, "partial_rotary_factor": 1.0, "short_factor": [1.0, 1.5, 2.0, 3.0],
                     "long_factor": [1.0, 2.0, 4.0, 8.0]},
        groups=1, hidden=32, old=True, original_max_position_embeddings=32),
    "olmo3": case(
        Olmo3Config, {"full_attention": YARN, "sliding_attention": PLAIN}, hidden=32, layers=3,
        sliding_window=4,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
    "olmo3-old": case(
        Olmo3Config, {"full_attention": {**YARN, "rope_theta": 5e5},
                      "sliding_attention": {**PLAIN, "rope_theta": 5e5}},
        groups=1, layers=5, old=True, sliding_window=5, attention_bias=True),
    "glm": case(GlmConfig, HALF, head_dim=8, groups=1, attention_bias=True),
    "glm-plain": case(
        GlmConfig, {**HALF, "partial_rotary_factor": 1.0}, tied=True, head_dim=6, old=True,
        attention_bias=False),
    "glm4": case(Glm4Config, HALF, head_dim=8, hidden=32, layers=3, old=True),
    "qwen3-moe": case(
        Qwen3MoeConfig, PLAIN, head_dim=8, layers=3, num_experts=6, num_experts_per_tok=3,
        moe_intermediate_size=12, norm_topk_prob=True, mlp_only_layers=[1]),
    "qwen3-moe-old": case(
        Qwen3MoeConfig, MILLION, groups=1, old=True, tied=True, layers=4, num_experts=5,
        num_experts_per_tok=2, moe_intermediate_size=8, decoder_sparse_step=2,
        attention_bias=True, use_sliding_window=True, sliding_window=4),
}


class TokenClassifier(torch.nn.Module):
    """A trunk with a head of one number, as ForTokenClassification classes are: for the families
    whose library has no such class."""

    def __init__(self, config):
        super().__init__()
        self.model = AutoModel.from_config(config)
        self.score = torch.nn.Linear(config.hidden_size, 1)
        self.config = config

    def forward(self, ids):
        return type("Output", (), {"logits": self.score(self.model(ids).last_hidden_state)})

    def save_pretrained(self, folder):
        folder.mkdir(parents=True)
        trunk = type(self.model).__name__.replace("TextModel", "Model")
        name = trunk.replace("Model", "ForTokenClassification")
        self.config.architectures = [name]
        self.config.save_pretrained(folder)
        save_file({name: value.contiguous() for name, value in self.state_dict().items()},
                  folder / "model.safetensors", metadata={"format": "pt"})


def classifier(config):
    if type(config) in AutoModelForTokenClassification._model_mapping.keys():
        return AutoModelForTokenClassification.from_config(config)
    return TokenClassifier(config)


def randomized(model, seed):
    """Weights large enough that every part of the model shows in its output."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.2
            parameter.copy_(1 + noise if "norm" in name else noise)
    return model.eval()


def digest(gradients):
    """Of each gradient its norm and its product with a ramp from -1 to 1."""
    result = {}
    for name, gradient in gradients.items():
        gradient = gradient.flatten().double()
        ramp = torch.linspace(-1, 1, gradient.numel(), dtype=torch.float64)
        result[name] = [gradient.norm().item(), (gradient * ramp).sum().item()]
    return result


def gradients(model):
    """By the names in files, where every expert stands for itself."""
    result = {}
    for name, parameter in model.named_parameters():
        path, _, kind = name.rpartition(".experts.")
        if not path:
            result[name] = parameter.grad
            continue
        for number, gradient in enumerate(parameter.grad):
            parts = [("down_proj", gradient)] if kind == "down_proj" else zip(
                ["gate_proj", "up_proj"], gradient.chunk(2))
            for part, values in parts:
                result[f"{path}.experts.{number}.{part}.weight"] = values
    return result


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.flatten().tolist()]


def old_spelling(folder):
    """The folder's config.json as transformers 4 would have written it."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    if "full_attention" in rope:
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
        config["sliding_window_pattern"] = 1 + config["layer_types"].index("full_attention")
        config.pop("_sliding_window_pattern", None)
    config["rope_theta"] = rope.pop("rope_theta")
    # What version 4 called by two names: old files have the shorter one.
    name = rope.pop("rope_type")
    if "partial_rotary_factor" in rope:
        config["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    if name == "longrope":
        rope = {key: rope[key] for key in ["short_factor", "long_factor"]}
    config["rope_scaling"] = None if name == "default" else (
        {"type": name, **rope} if name in ["linear", "longrope"] else {"rope_type": name, **rope})
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def make_models():
    for seed, (name, case) in enumerate(CASES.items()):
        def configuration(**more):
            return case["config"](
                vocab_size=VOCABULARY, intermediate_size=32, num_attention_heads=4,
                max_position_embeddings=64, eos_token_id=2, bos_token_id=1, pad_token_id=0,
                rope_parameters=dict(case["rope"]), **case["numbers"], **more)

        # Not token 0: transformers gives the padding token's embedding no gradient.
        ids = torch.randint(
            1, VOCABULARY, (ROWS, LENGTH), generator=torch.Generator().manual_seed(100 + seed))
        policy = randomized(AutoModelForCausalLM.from_config(configuration()), seed)
        policy.generation_config.eos_token_id = [2, 5]
        logits = policy(ids).logits
        logits.square().mean().backward()

        critic = randomized(
            classifier(configuration(num_labels=1, classifier_dropout=0.0)), 50 + seed)
        values = critic(ids).logits.squeeze(-1)
        values.square().mean().backward()

        logit_gradients, balance = digest(gradients(policy)), {}
        if hasattr(policy.config, "router_aux_loss_coef"):
            policy.zero_grad(set_to_none=False)
            uneven = policy(ids, output_router_logits=True).aux_loss
            uneven.backward()
            balance = {"balance": uneven.item(), "balanceGradients": digest(gradients(policy))}

        folder = GOLDENS / f"transformers-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        policy.save_pretrained(
            folder / "policy", max_shard_size="20KB" if case["sharded"] else "1GB")
        critic.save_pretrained(folder / "critic")
        if case["old"]:
            old_spelling(folder / "policy")
        (folder / "golden.json").write_text(json.dumps({
            "made by": "Tools/goldens/transformer_goldens.py, transformers 5.23.0 (5.24.0 from granite on), torch 2.13.0",
            "ids": ids.tolist(),
            "logits": rounded(logits), "logitGradients": logit_gradients,
            "values": rounded(values), "valueGradients": digest(gradients(critic)),
            **balance,
        }, indent=0) + "\n")


if __name__ == "__main__":
    torch.manual_seed(0)
    make_models()
