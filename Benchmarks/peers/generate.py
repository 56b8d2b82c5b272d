"""Greedy answers by transformers' own generate to the prompts of a file that `vapo eval --responses` wrote.

The last line of its output is JSON: how many tokens came, ends of text counted.
"""

import argparse
import json
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["CUDA_VISIBLE_DEVICES"] = ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("responses")
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    options = parser.parse_args()

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(os.cpu_count())
    tokenizer = AutoTokenizer.from_pretrained(options.folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(
        options.folder, dtype=torch.bfloat16, attn_implementation="sdpa").eval()
    prompts = [json.loads(line)["input"] for line in open(options.responses, encoding="utf-8")]
    ids = sorted((tokenizer(text, add_special_tokens=False)["input_ids"] for text in prompts), key=len)
    ends = torch.tensor(model.generation_config.eos_token_id).reshape(-1)
    total = 0
    with torch.inference_mode():
        for start in range(0, len(ids), options.batch):
            rows = tokenizer.pad({"input_ids": ids[start : start + options.batch]}, return_tensors="pt")
            output = model.generate(
                **rows, do_sample=False, max_new_tokens=options.tokens,
                pad_token_id=tokenizer.pad_token_id)
            for row in output[:, rows["input_ids"].shape[1] :]:
                ended = torch.isin(row, ends).nonzero()
                total += int(ended[0]) + 1 if len(ended) else len(row)
    print(json.dumps({"tokens": total}))


if __name__ == "__main__":
    main()
