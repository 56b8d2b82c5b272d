"""Makes Tests/Goldens/transformers-heads and transformers-lora: critics in the forms that others
publish, and adapters as PEFT writes them, with what their own libraries compute.

Made with Python 3.11, torch 2.13.0, transformers 5.23.0, peft 0.21.2, safetensors 0.8.0:
    python Tools/goldens/transformer_head_goldens.py
"""

import json
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from transformers import AutoModelForTokenClassification, LlamaConfig, Qwen2Config, Qwen2Model
from transformers import Qwen2PreTrainedModel, Qwen3Config
from transformer_goldens import GOLDENS, LENGTH, ROWS, VOCABULARY, digest, randomized, rounded

MADE_BY = "Tools/goldens/transformer_head_goldens.py, transformers 5.23.0, peft 0.21.2"


def numbers(**more):
    return dict(
        vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        eos_token_id=2, bos_token_id=1, pad_token_id=0,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4}, **more)


def some_ids(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, VOCABULARY, (ROWS, LENGTH), generator=generator)


class CriticModel(Qwen2PreTrainedModel):
    """A critic laid out as OpenRLHF lays out its own: a head of a stated name without a bias, and
    in the configuration a mean and a deviation that values are taken through."""

    def __init__(self, config):
        super().__init__(config)
        self.model = Qwen2Model(config)
        setattr(self, config.value_head_prefix, nn.Linear(config.hidden_size, 1, bias=False))
        self.post_init()

    def values(self, ids):
        head = getattr(self, self.config.value_head_prefix)
        values = head(self.model(ids).last_hidden_state).squeeze(-1)
        return (values - self.config.mean) / self.config.std


def make_heads():
    folder = GOLDENS / "transformers-heads"
    shutil.rmtree(folder, ignore_errors=True)
    ids = some_ids(7)
    with torch.no_grad():
        reward = randomized(
            AutoModelForSequenceClassification.from_config(LlamaConfig(**numbers(num_labels=1))), 70)
        reward.save_pretrained(folder / "reward")
        rewards = reward.score(reward.model(ids).last_hidden_state).squeeze(-1)

        config = Qwen2Config(
            **numbers(), value_head_prefix="value_head", normalize_reward=True, mean=0.75, std=2.5)
        critic = randomized(CriticModel(config), 71)
        critic.save_pretrained(folder / "openrlhf")
        values = critic.values(ids)

        policy = randomized(AutoModelForCausalLM.from_config(Qwen3Config(**numbers(head_dim=8))), 72)
        policy.save_pretrained(folder / "trl")
        head = randomized(nn.Linear(16, 1), 73)
        hidden = policy.model(ids).last_hidden_state
        wrapped = {name: tensor.contiguous() for name, tensor in policy.state_dict().items()}
        wrapped |= {f"v_head.summary.{name}": tensor for name, tensor in head.state_dict().items()}
        save_file(wrapped, folder / "trl" / "model.safetensors", metadata={"format": "pt"})

        tied = randomized(
            AutoModelForCausalLM.from_config(Qwen2Config(**numbers(tie_word_embeddings=True))), 74)
        tied.model.save_pretrained(folder / "bare")
        (folder / "golden.json").write_text(json.dumps({
            "made by": MADE_BY, "ids": ids.tolist(), "reward": rounded(rewards),
            "openrlhf": rounded(values), "trl": rounded(head(hidden).squeeze(-1)),
            "trlLogits": rounded(policy(ids).logits), "bareLogits": rounded(tied(ids).logits),
        }, indent=0) + "\n")


def stirred(model, seed):
    """Adapters whose B is not zero, so that they show."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name or "modules_to_save" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model.eval()


def plain(name):
    """PEFT's name of a parameter in its memory, as in its files and without its prefix."""
    name = name.removeprefix("base_model.model.")
    return name.replace(".default", "").replace(".modules_to_save", "")


def trained(model):
    return digest({
        plain(name): parameter.grad for name, parameter in model.named_parameters()
        if parameter.requires_grad})


ADAPTERS = {
    "names": dict(
        r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj", "lm_head"],
        rank_pattern={"down_proj": 2}, alpha_pattern={"layers.1.self_attn.q_proj": 3}),
    "pattern": dict(
        r=3, lora_alpha=5, use_rslora=True, target_modules=r".*layers\.[01]\.(mlp\..*|.*o)_proj",
        exclude_modules=["up_proj"]),
    "layers": dict(
        r=2, lora_alpha=4, target_modules=["k_proj", "gate_proj"], layers_to_transform=[1],
        lora_dropout=0.1),
    "all-linear": dict(r=2, lora_alpha=2, target_modules="all-linear"),
}


def make_adapters():
    folder = GOLDENS / "transformers-lora"
    shutil.rmtree(folder, ignore_errors=True)
    ids = some_ids(8)
    config = LlamaConfig(**numbers(head_dim=6))
    golden = {"made by": MADE_BY, "ids": ids.tolist(), "adapters": {}}
    randomized(AutoModelForCausalLM.from_config(config), 80).save_pretrained(folder / "base")
    for seed, (name, settings) in enumerate(ADAPTERS.items()):
        base = AutoModelForCausalLM.from_pretrained(folder / "base")
        model = stirred(
            get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings)), 81 + seed)
        model.peft_config["default"].base_model_name_or_path = "base"
        model.save_pretrained(folder / name)
        (folder / name / "README.md").unlink(missing_ok=True)
        logits = model(ids).logits
        logits.square().mean().backward()
        gradients = trained(model)
        merged = model.merge_and_unload()(ids).logits
        golden["adapters"][name] = {
            "outputs": rounded(logits), "merged": rounded(merged), "gradients": gradients}
    base = AutoModelForTokenClassification.from_pretrained(
        folder / "base", num_labels=1)
    model = stirred(
        get_peft_model(base, LoraConfig(
            task_type="TOKEN_CLS", r=3, lora_alpha=6, target_modules=["q_proj", "up_proj"])), 89)
    model.peft_config["default"].base_model_name_or_path = "base"
    model.save_pretrained(folder / "critic")
    (folder / "critic" / "README.md").unlink(missing_ok=True)
    values = model(ids).logits.squeeze(-1)
    values.square().mean().backward()
    gradients = trained(model)
    merged = model.merge_and_unload()(ids).logits.squeeze(-1)
    golden["adapters"]["critic"] = {
        "outputs": rounded(values), "merged": rounded(merged), "gradients": gradients}
    (folder / "golden.json").write_text(json.dumps(golden, indent=0) + "\n")


if __name__ == "__main__":
    torch.manual_seed(0)
    make_heads()
    make_adapters()
