#!/usr/bin/env python3
"""Writes a model folder with random weights, as transformers saves it.

    Tools/models/make_model.py --family llama3 --hidden 64 --tokenizer --out DIR
    Tools/models/make_model.py --qwen2.5-0.5b --out DIR        the published shape, in bfloat16

Needs torch and transformers; --tokenizer needs tokenizers too. A tokenizer is trained on a few
lines of arithmetic, of the kind its family has: byte-level with the family's own pattern, or
SentencePiece's with byte fallback. Its chat template is short and its end token ends a turn.
"""

import argparse
import json
from pathlib import Path

import torch
import transformers

# What each family is by default: its configuration class, and what makes it that family.
FAMILIES = {
    "qwen2": ("Qwen2Config", dict(rope_parameters={"rope_type": "default", "rope_theta": 1e6})),
    "qwen3": ("Qwen3Config", dict(
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, head_dim=32)),
    "llama2": ("LlamaConfig", dict(
        rope_parameters={"rope_type": "default", "rope_theta": 1e4}, rms_norm_eps=1e-5)),
    "llama3": ("LlamaConfig", dict(rms_norm_eps=1e-5, rope_parameters={
        "rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 8192})),
    "mistral": ("MistralConfig", dict(
        rope_parameters={"rope_type": "default", "rope_theta": 1e4}, rms_norm_eps=1e-5)),
}
HEADS = {
    "policy": transformers.AutoModelForCausalLM,
    "critic": transformers.AutoModelForTokenClassification,
    "reward": transformers.AutoModelForSequenceClassification,
}
PATTERNS = {
    "qwen2": r"\p{N}", "qwen3": r"\p{N}", "llama3": r"\p{N}{1,3}",
}
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
LLAMA3 = (
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}"
    "<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}")
INSTRUCT = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST] "
    "{{ message['content'] }} [/INST]{% else %} {{ message['content'] }}{{ eos_token }}"
    "{% endif %}{% endfor %}")
# Of each kind of tokenizer: special tokens, begin, end of text, end of turn, padding, template.
SPECIALS = {
    "qwen": (["<|endoftext|>", "<|im_start|>", "<|im_end|>"], None, "<|im_end|>",
             "<|endoftext|>", CHATML),
    "llama3": (["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
                "<|eot_id|>"], "<|begin_of_text|>", "<|eot_id|>", "<|end_of_text|>", LLAMA3),
    "pieces": (["<unk>", "<s>", "</s>"], "<s>", "</s>", "</s>", INSTRUCT),
}


def corpus():
    for a in range(60):
        for b in range(60):
            yield f"What is {a} + {b}? Let us add {a} and {b}: the answer is {a + b}.\n"
            yield f"Solve the problem step by step. {a} * {b} = {a * b}. Answer: {a * b}\n"


def train_tokenizer(family, largest, folder):
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
    from tokenizers import pre_tokenizers, processors, trainers

    kind = "llama3" if family == "llama3" else "qwen" if family in PATTERNS else "pieces"
    specials, begin, end, padding, template = SPECIALS[kind]
    size = min(largest, 600) - (0 if kind == "pieces" else len(specials))
    if kind == "pieces":
        bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tokenizer.decoder = decoders.Sequence([
            decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
            decoders.Strip(" ", 1, 0)])
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=specials + bytes_, show_progress=False)
        tokenizer.train_from_iterator(corpus(), trainer)
        state = json.loads(tokenizer.to_str())
        state["added_tokens"] = [t for t in state["added_tokens"] if t["content"] in specials]
        tokenizer = Tokenizer.from_str(json.dumps(state))
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 1)])
    else:
        tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
        if kind == "qwen":
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(SPLIT % PATTERNS[family]), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
            vocab_size=size, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        tokenizer.add_special_tokens([AddedToken(text, special=True) for text in specials])
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
        if begin:
            tokenizer.post_processor = processors.Sequence([
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))])])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": begin, "eos_token": end,
        "pad_token": padding, "unk_token": "<unk>" if kind == "pieces" else None,
        "chat_template": template, "model_max_length": 32768, "clean_up_tokenization_spaces": False,
    }, indent=2) + "\n")
    ids = {name: text and tokenizer.token_to_id(text)
           for name, text in [("bos", begin), ("eos", end), ("pad", padding)]}
    return tokenizer.get_vocab_size(), ids


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--family", choices=FAMILIES, default="qwen2")
    parser.add_argument("--qwen2.5-0.5b", dest="half_billion", action="store_true")
    parser.add_argument("--kind", choices=HEADS, default="policy")
    for name, value in [("hidden", 64), ("intermediate", 128), ("layers", 2), ("heads", 4),
                        ("kv-heads", 2), ("vocabulary", 640), ("positions", 4096)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--head-dim", type=int)
    parser.add_argument("--window", type=int, help="a sliding window of so many tokens")
    parser.add_argument("--tied", action="store_true")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--shard", default="50GB", help="the largest file, as transformers says it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokenizer", action="store_true", help="train one and write it too")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()

    torch.manual_seed(given.seed)
    if given.half_billion:
        given.family, given.dtype = "qwen2", "bfloat16"
        numbers = dict(
            vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24,
            num_attention_heads=14, num_key_value_heads=2, max_position_embeddings=32768,
            max_window_layers=24, sliding_window=32768, tie_word_embeddings=True,
            bos_token_id=151643, eos_token_id=151643)
    else:
        numbers = dict(
            vocab_size=given.vocabulary, hidden_size=given.hidden,
            intermediate_size=given.intermediate, num_hidden_layers=given.layers,
            num_attention_heads=given.heads, num_key_value_heads=given.kv_heads,
            max_position_embeddings=given.positions, tie_word_embeddings=given.tied,
            bos_token_id=None, eos_token_id=0, pad_token_id=0)
    name, own = FAMILIES[given.family]
    numbers = own | numbers
    rope = numbers["rope_parameters"]
    if "original_max_position_embeddings" in rope:
        # Shorter than the model, as the published ones are.
        rope["original_max_position_embeddings"] = min(8192, given.positions // 4)
    if given.tokenizer:
        size, ids = train_tokenizer(given.family, numbers["vocab_size"], given.out)
        numbers |= {f"{name}_token_id": value for name, value in ids.items()}
        print(f"a tokenizer of {size} tokens")
    if given.head_dim:
        numbers["head_dim"] = given.head_dim
    if given.family == "mistral" or given.window:
        numbers["sliding_window"] = given.window
    if given.window and given.family.startswith("qwen"):
        numbers |= dict(use_sliding_window=True, max_window_layers=given.layers // 2)
    if given.kind != "policy":
        numbers |= dict(num_labels=1, classifier_dropout=0.0)
    config = getattr(transformers, name)(**numbers)
    model = HEADS[given.kind].from_config(config, dtype=getattr(torch, given.dtype))
    model.save_pretrained(given.out, max_shard_size=given.shard)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{given.out}: {name.removesuffix('Config')}, {count:,} weights in {given.dtype}")


if __name__ == "__main__":
    main()
