"""One step of TRL's PPOTrainer (its last version with one, 1.12.0) on a workload's folder.

The step is its own: rollout, reference, values, GAE, and one epoch over actor and critic together.
Its reward model is a stub that costs nothing. Presets:

  best           float32, no checkpointing, fused AdamW, micro-batches of --rows
  best-bf16      the same under bfloat16 autocast, which this trainer takes from the environment only
  best-bf16pure  weights and optimizer state in bfloat16
  default        TRL's defaults, but one epoch where its own is four
"""

import os
import tempfile
import types

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

ROWS = {"tiny": 8, "small": 8, "135m": 8, "ragged": 8, "half-b": 4}


def main():
    parser = arguments(["best", "best-bf16", "best-bf16pure", "default"])
    options = parser.parse_args()
    quiet_environment(options.device)
    if options.preset == "best-bf16":
        os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16"

    import torch
    from datasets import Dataset
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        LogitsProcessorList,
        TrainerCallback,
    )
    from trl.experimental.ppo import PPOConfig, PPOTrainer, ppo_trainer

    torch.set_num_threads(options.threads)
    workload = Workload(options.folder)
    clock = Clock(options.paced)
    count = len(workload.lengths)
    is_default = options.preset == "default"
    rows = options.rows or (8 if is_default else min(ROWS.get(workload.name, 8), count))
    # It holds the logits of whole texts.
    rollout_rows = min(16 if options.device == "cuda" else 64, count)
    tokenizer = word_tokenizer(workload.shape["vocab_size"])
    stored = torch.bfloat16 if options.preset == "best-bf16pure" else torch.float32
    load = dict(dtype=stored, attn_implementation="sdpa")
    policy = AutoModelForCausalLM.from_pretrained(workload.folder, **load)
    reference = AutoModelForCausalLM.from_pretrained(workload.folder, **load)
    value = AutoModelForSequenceClassification.from_pretrained(
        workload.folder, num_labels=1, **load
    )
    value.score.weight.data.zero_()

    class Reward(torch.nn.Module):
        base_model_prefix = "trunk"

        def __init__(self):
            super().__init__()
            self.trunk = lambda input_ids, **_: types.SimpleNamespace(
                hidden_states=[input_ids[..., None].float() % 2]
            )
            self.score = torch.nn.Identity()

    # The trainer shuffles prompts; the lengths belong to places of the batch.
    generated = {"rows": 0}
    plain_generate = policy.generate

    def generate(*positional, **named):
        start = generated["rows"] % count
        batch = named["input_ids"].shape[0]
        generated["rows"] += batch
        lengths = workload.lengths[start : start + batch] if workload.is_ragged else None
        named["logits_processor"] = LogitsProcessorList([length_processor(lengths)])
        return plain_generate(*positional, **named)

    policy.generate = generate

    config = PPOConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=count // rows,
        local_rollout_forward_batch_size=rollout_rows,
        num_mini_batches=1,
        num_ppo_epochs=1,
        total_episodes=count * (options.repeats + (not options.cold)),
        response_length=workload.longest,
        stop_token="eos" if workload.is_ragged else None,
        temperature=1.0,
        num_sample_generations=0,
        bf16=is_default,
        gradient_checkpointing=is_default,
        report_to=[],
        save_strategy="no",
        eval_strategy="no",
        disable_tqdm=True,
        logging_strategy="no",
        use_cpu=options.device == "cpu",
        **({} if is_default else {"optim": "adamw_torch_fused"}),
    )

    class Pace(TrainerCallback):
        steps = int(options.cold)

        def on_train_begin(self, *_, **__):
            if options.cold:
                clock.wait()

        def on_step_end(self, *_, **__):
            if "first" in clock.current:
                clock.current["train"] = now() - clock.current.pop("first")
            clock.end(counts=self.steps > 0)
            self.steps += 1
            if self.steps <= options.repeats:
                clock.wait()

    from time import perf_counter as now

    plain_forward = ppo_trainer.forward

    def forward(model, *positional):
        if model is trainer.ref_model:
            with clock.phase("reference"):
                return plain_forward(model, *positional)
        clock.current.setdefault("first", now())
        return plain_forward(model, *positional)

    plain_reward = ppo_trainer.get_reward

    def get_reward(model, *positional):
        if model is trainer.reward_model:
            return plain_reward(model, *positional)
        with clock.phase("values"):
            return plain_reward(model, *positional)

    ppo_trainer.forward = forward
    ppo_trainer.get_reward = get_reward
    ppo_trainer.batch_generation = clock.timed("generation", ppo_trainer.batch_generation)

    prompts = [tokenizer(as_text(prompt))["input_ids"] for prompt, _ in workload.rows]
    trainer = PPOTrainer(
        args=config,
        processing_class=tokenizer,
        model=policy,
        ref_model=reference,
        reward_model=Reward(),
        value_model=value,
        train_dataset=Dataset.from_dict({"input_ids": prompts}),
        eval_dataset=Dataset.from_dict({"input_ids": prompts[:1]}),
        callbacks=[Pace()],
    )
    try:
        trainer.train()
    except StopRuns:
        pass
    report("trl-ppo", options.preset, workload, clock, rows=rows)


if __name__ == "__main__":
    main()
