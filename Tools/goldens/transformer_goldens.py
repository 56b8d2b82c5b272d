"""Makes Tests/Goldens/transformers-*: tiny models, what transformers computes of them, and what
the reference safetensors library says of good and broken files.

Made with Python 3.11, torch 2.13.0, transformers 5.23.0, safetensors 0.8.0:
    python Tools/goldens/transformer_goldens.py
"""

import base64
import json
import random
import shutil
import struct
from pathlib import Path

import safetensors
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
            "logits": rounded(logits), "logitGradients": digest(gradients(policy)),
            "values": rounded(values), "valueGradients": digest(gradients(critic)),
        }, indent=0) + "\n")


def make_safetensors():
    """A file of every element type this program holds, with names that try the escapes."""
    tensors = {
        "z.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "a/b": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "half": torch.tensor([0.5], dtype=torch.float16),
        "wide": torch.tensor([[0.1]], dtype=torch.float64),
        "count": torch.tensor([-1, 1 << 40]),
        "flag": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 4),
        'quote " slash \\ tab \t bell \x07 del \x7f': torch.tensor([7.0]),
        "e\u0301": torch.tensor([8.0]),
        "\u00e9": torch.tensor([9.0]),
        "\U0001f600": torch.tensor([10.0]),
    }
    save_file(tensors, GOLDENS / "transformers-types.safetensors", metadata={"format": "pt"})


def container(header, data):
    return struct.pack("<Q", len(header)) + header + data


def broken(generator):
    """One file: a good header, mutated in one of several ways."""
    fields = {
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [8, 12]},
        "c": {"dtype": "U8", "shape": [], "data_offsets": [12, 13]},
    }
    if generator.random() < 0.5:
        fields["__metadata__"] = {"format": "pt"}
    data = bytes(range(13))
    kind = generator.randrange(8)
    if kind == 0:  # one number replaced
        entry = fields[generator.choice("abc")]
        numbers = entry[generator.choice(["shape", "data_offsets"])]
        value = generator.choice(
            [0, 1, 2, 4, 8, 12, 13, 14, -1, 1.5, 1e3, 2**31, 2**62, 2**63, 2**64, None, "1", []])
        if numbers and generator.random() < 0.8:
            numbers[generator.randrange(len(numbers))] = value
        else:
            numbers.append(value)
    elif kind == 1:  # another type
        fields[generator.choice("abc")]["dtype"] = generator.choice(
            ["F4", "F64", "I8", "F6_E2M3", "C64", "f32", "F33", "", 1, None, "BOOL", "F8_E8M0"])
    elif kind == 2:  # a key lost or gained
        entry = fields[generator.choice("abc")]
        if generator.random() < 0.5:
            del entry[generator.choice(list(entry))]
        else:
            entry[generator.choice(["x", "name", "Dtype"])] = generator.choice(
                [None, {}, [[]], {"a": [1, {}]}, 1e300, "\u00e9"])
    elif kind == 3:  # metadata
        fields["__metadata__"] = generator.choice(
            [None, {}, [], 1, "x", {"a": "b"}, {"a": 1}, {"a": None}, {"a": {}}, {"": ""}])
    elif kind == 4:  # data longer or shorter
        data = data[:generator.randrange(13)] if generator.random() < 0.5 else data + b"x"
    header = json.dumps(fields).encode()
    if kind == 5:  # bytes of the text
        text = bytearray(header)
        for _ in range(generator.randrange(1, 3)):
            place = generator.randrange(len(text))
            action = generator.randrange(3)
            if action == 0:
                text[place] = generator.randrange(256)
            elif action == 1:
                del text[place]
            else:
                text.insert(place, generator.choice(b'{}[]",:\\ 0159-.eEtn\x00\xff\n'))
        header = bytes(text)
    elif kind == 6:  # space, or text, around
        header = generator.choice([b" ", b"\n", b"\x00", b"", b"\xef\xbb\xbf"]) + header
        header += generator.choice([b" ", b"   ", b"\t", b"{}", b"\x00", b","])
    file = container(header, data)
    if kind == 7:  # the length of the header
        length = generator.choice(
            [0, 1, 7, len(header) - 1, len(header) + 1, len(header) + 13, len(header) + 14,
             100_000_000, 100_000_001, 2**31, 2**32, 2**63, 2**64 - 1])
        file = struct.pack("<Q", length) + file[8:]
        if generator.random() < 0.2:
            file = file[:generator.randrange(9)]
    return file


def by_hand():
    """The cases that chance would not find."""
    deep = lambda levels: b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":' \
        + b"[" * levels + b"]" * levels + b"}}"
    one = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,4]}}'
    yield from (container(header, data) for header, data in [
        (b"{}", b""), (b"{}", b"x"), (b"", b""), (b"[]", b""), (b"null", b""),
        (deep(100), b"0000"), (deep(124), b"0000"), (deep(125), b"0000"), (deep(126), b"0000"),
        (deep(5000), b"0000"),
        (one % b"1", b"0000"), (one % b"-0", b"0000"), (one % b"1.0", b"0000"),
        (one % b"1e0", b"0000"), (one % b"01", b"0000"), (one % b"+1", b"0000"),
        (one % b"18446744073709551615,18446744073709551615", b"0000"),
        (one % b"4294967296,4294967296", b"0000"), (one % b"1,1,1,1,1", b"0000"),
        (one % b"1,", b"0000"), (one % b",1", b"0000"),
        (b'{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1e999}}', b"0000"),
        (b'{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1,"x":2}}', b"0000"),
        (b'{"__metadata__":{},"__metadata__":{}}', b""),
        (b'{"__metadata__":{"a":"1","a":"2"}}', b""),
        (b'{"a\\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\ud83d\\ude00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\ude00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\u00":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\\x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\x01":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a\xc3":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'
         b'"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'
         b'"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', b"0000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}', b"00000000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}', b"0000"),
        (b'{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}', b"0"),
        (b'{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}', b"0"),
        (b'{"a":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}', b"000"),
        (b'{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}',
         b"0000PK\x05\x06" + bytes(18)),
    ])
    yield b""
    yield b"1234567"


def verdict(file):
    try:
        safetensors.deserialize(file)
        return True
    except Exception:
        return False


def make_verdicts(path, count):
    generator = random.Random(20)
    files = list(by_hand()) + [broken(generator) for _ in range(count)]
    cases = [[base64.b64encode(file).decode(), verdict(file)] for file in files]
    path.write_text(
        "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(f"{path.name}: {sum(accepted for _, accepted in cases)} of {len(cases)} accepted")


if __name__ == "__main__":
    torch.manual_seed(0)
    make_models()
    make_safetensors()
    make_verdicts(GOLDENS / "transformers-verdicts.json", 240)
