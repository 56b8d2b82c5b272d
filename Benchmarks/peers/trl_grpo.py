"""One step of TRL's GRPOTrainer (1.16.0) on a workload's folder: rollout and actor, no critic.

Presets:

  best       float32, no checkpointing, fused AdamW, micro-batches of --rows
  best-bf16  the same under bfloat16 autocast
  default    TRL's defaults
"""

import tempfile

from common import (
    Clock,
    StopRuns,
    Workload,
    arguments,
    as_text,
    length_processor,
    quiet_environment,
    report,
    word_tokenizer,
)

ROWS = {"tiny": 32, "small": 16, "135m": 8, "ragged": 8, "half-b": 4}


def main():
    options = arguments(["best-bf16", "best", "default"]).parse_args()
    quiet_environment(options.device)

    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, LogitsProcessorList, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    torch.set_num_threads(options.threads)
    workload = Workload(options.folder)
    clock = Clock(options.paced)
    count = len(workload.lengths)
    is_default = options.preset == "default"
    rows = options.rows or (8 if is_default else min(ROWS.get(workload.name, 8), count))
    tokenizer = word_tokenizer(workload.shape["vocab_size"])
    policy = AutoModelForCausalLM.from_pretrained(
        workload.folder, dtype=torch.float32, attn_implementation="sdpa"
    )
    plain_generate = policy.generate

    def generate(*positional, **named):
        lengths = workload.lengths if workload.is_ragged else None
        named["logits_processor"] = LogitsProcessorList([length_processor(lengths)])
        with clock.phase("generation"):
            return plain_generate(*positional, **named)

    policy.generate = generate

    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=count // rows,
        num_generations=workload.samples,
        max_completion_length=workload.longest,
        temperature=1.0,
        beta=0.0,
        num_iterations=1,
        max_steps=options.repeats + 1,
        shuffle_dataset=False,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
        logging_strategy="no",
        use_cpu=options.device == "cpu",
        **(
            {}
            if is_default
            else {
                "optim": "adamw_torch_fused",
                "bf16": options.preset == "best-bf16",
                "gradient_checkpointing": False,
            }
        ),
    )

    class Pace(TrainerCallback):
        steps = 0

        def on_step_begin(self, *_, **__):
            if self.steps == 0:
                return
            clock.wait()

        def on_step_end(self, *_, **__):
            if clock.start is not None and "generation" in clock.current:
                clock.end(counts=True)
                clock.runs[-1]["train"] = clock.runs[-1]["step"] - clock.runs[-1]["generation"]
            self.steps += 1

    texts = [as_text(prompt) for prompt in workload.prompts]
    trainer = GRPOTrainer(
        model=policy,
        reward_funcs=lambda completions, **_: [float(place % 2) for place in range(len(completions))],
        args=config,
        train_dataset=Dataset.from_dict({"prompt": texts}),
        processing_class=tokenizer,
        callbacks=[Pace()],
    )
    try:
        trainer.train()
    except StopRuns:
        pass
    report("trl-grpo", options.preset, workload, clock, rows=rows)


if __name__ == "__main__":
    main()
