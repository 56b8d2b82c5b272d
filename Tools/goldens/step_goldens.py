"""Makes Tests/Goldens/steps: whole training runs of a tiny model, from weights, problems and a seed to
every response, its credit, the losses, the new weights and AdamW's moments.

    python Tools/goldens/step_goldens.py [--folder FOLDER] [case ...]

Made with Python 3.11, torch 2.11.0, safetensors 0.8.0, in float64 (training_step.py says from which
sources). A case is a preset and some settings, given to the program as they stand in its file, and
a list of what must have happened in it: a golden in which no ratio was clipped would prove nothing
of clipping. Seeds are tried in order until all of it has, and until no token was drawn so near a
border that float32 might draw another.
"""

import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from tiny_qwen2 import ALPHABET, make_weights, save
from training_step import Close, Run

torch.set_num_threads(1)

# What each method is, from its paper, as settings. Where papers are silent the sources are those
# that docs/papers.md names.
PLAIN = {
    "algorithm.adv_estimator": "gae", "algorithm.gamma": 1.0, "algorithm.lam_critic": 1.0,
    "algorithm.lam_policy.form": "fixed", "algorithm.lam_policy.lam": 1.0,
    "algorithm.norm_adv_by_std_in_grpo": True, "algorithm.whiten_advantages": False,
    "algorithm.use_kl_in_reward": False, "algorithm.filter_groups.enable": False,
    "algorithm.overlong_filtering": False, "algorithm.positive_loss_coef": 0.0,
    "algorithm.value_bootstrap_truncated": False, "actor.clip_ratio_low": 0.2,
    "actor.clip_ratio_high": 0.2, "actor.clip_ratio_c": 0.0, "actor.entropy_coeff": 0.0,
    "actor.use_kl_loss": False, "actor.loss_agg_mode": "token-mean", "critic.cliprange_value": 0.0,
    "critic.loss_agg_mode": "token-mean", "reward.overlong_buffer.enable": False,
}
PPO = {**PLAIN, "algorithm.lam_critic": 0.95, "algorithm.lam_policy.lam": 0.95,
       "actor.loss_agg_mode": "seq-mean-token-mean"}
GRPO = {**PLAIN, "algorithm.adv_estimator": "grpo", "actor.loss_agg_mode": "seq-mean-token-mean",
        "actor.use_kl_loss": True, "actor.kl_loss_coef": 0.04, "actor.kl_loss_type": "k3"}
METHODS = {
    "ppo": PPO,
    "vapo": {**PLAIN, "algorithm.lam_policy.form": "length-adaptive",
             "algorithm.lam_policy.alpha": 0.05, "actor.clip_ratio_high": 0.28,
             "algorithm.positive_loss_coef": 0.1},
    "grpo": GRPO,
    "dr-grpo": {**GRPO, "actor.use_kl_loss": False, "algorithm.norm_adv_by_std_in_grpo": False,
                "actor.loss_agg_mode": "seq-mean-token-sum-norm"},
    "dapo": {**GRPO, "actor.use_kl_loss": False, "actor.clip_ratio_high": 0.28,
             "actor.loss_agg_mode": "token-mean", "algorithm.filter_groups.enable": True,
             "algorithm.overlong_filtering": True, "reward.overlong_buffer.enable": True},
    "gspo": {**GRPO, "actor.use_kl_loss": False, "actor.clip_ratio_low": 3e-4,
             "actor.clip_ratio_high": 4e-4, "gspo": True},
}


def optimizer(prefix, rate, **more):
    settings = {"lr": rate, "lr_warmup_steps": 0, "lr_scheduler_type": "constant",
                "min_lr_ratio": 0.0, "betas": [0.9, 0.98], "weight_decay": 0.1, "eps": 1e-8,
                "grad_clip": 0.0, **more}
    return {f"{prefix}.optim.{key}": value for key, value in settings.items()}


# The scale of every case. Budgets of few tokens make every update several micro-batches.
SCALE = {
    "trainer.total_training_steps": 2, "data.train_batch_size": 6, "data.max_response_length": 10,
    "rollout.n": 4, "rollout.temperature": 1.0, "reward.correct": 1.0, "reward.incorrect": -1.0,
    "actor.ppo_mini_batch_size": 8, "actor.ppo_epochs": 2, "actor.ppo_max_token_len": 60,
    "critic.ppo_mini_batch_size": 6, "critic.ppo_epochs": 1, "critic.ppo_max_token_len": 50,
    "value_pretraining.steps": 0, **optimizer("actor", 0.01), **optimizer("critic", 0.01),
}
ONE_EACH = {"data.train_batch_size": 20, "rollout.n": 1}
CASES = {
    # The method itself: many updates a rollout, so that both bounds of the ratio act.
    "vapo": ("vapo", {"algorithm.lam_policy.alpha": 0.3},
             ["clip_low", "clip_high", "imitation"]),
    "grpo": ("grpo", {"actor.optim.lr": 0.02}, ["clip_low", "clip_high"]),
    "ppo": ("ppo", {**ONE_EACH, "critic.cliprange_value": 0.05, "actor.clip_ratio_c": 1.25,
                    "actor.optim.lr": 0.02, "critic.ppo_epochs": 2},
            ["clip_low", "clip_high", "clip_dual", "value_clip"]),
    "dapo": ("dapo", {"reward.overlong_buffer.len": 4, "reward.overlong_buffer.penalty_factor": 0.5,
                      "algorithm.filter_groups.max_num_gen_batches": 3,
                      "data.train_batch_size": 5},
             ["filtered", "refills", "overlong"]),
    "dr-grpo": ("dr-grpo", {"actor.entropy_coeff": 0.02, "actor.use_kl_loss": True,
                            "actor.kl_loss_coef": 0.2, "actor.kl_loss_type": "k2",
                            "rollout.temperature": 0.8}, []),
    "rloo": ("grpo", {"algorithm.adv_estimator": "rloo", "actor.kl_loss_type": "k1",
                      "actor.loss_agg_mode": "seq-mean-token-sum"}, []),
    "gspo": ("gspo", {"actor.optim.lr": 0.002}, ["clip_low", "clip_high"]),
    # Tokens from the likeliest few: losses count these alone, and imitation counts all.
    "filtered": ("vapo", {"rollout.top_k": 6, "algorithm.lam_policy.alpha": 0.3},
                 ["clip_low", "clip_high", "imitation"]),
    "filtered-kl": ("grpo", {"rollout.top_k": 4, "rollout.temperature": 0.8,
                             "actor.entropy_coeff": 0.02, "actor.kl_loss_coef": 0.2}, []),
    # Sampled from what is trained, every ratio is 1, and so above this cap.
    "correction": ("grpo", {
        "algorithm.rollout_correction.rollout_is": "token",
        "algorithm.rollout_correction.rollout_is_threshold": 0.8,
        "algorithm.rollout_correction.rollout_rs": "geometric",
        "algorithm.rollout_correction.rollout_rs_threshold": 1.5,
        "algorithm.rollout_correction.rollout_rs_threshold_lower": 0.75}, ["truncated"]),
    "bootstrap": ("vapo", {"algorithm.lam_policy.alpha": 0.3, "algorithm.lam_critic": 0.9,
                           "algorithm.gamma": 0.97, "algorithm.value_bootstrap_truncated": True,
                           "reward.overlong_buffer.enable": True, "reward.overlong_buffer.len": 3,
                           "reward.overlong_buffer.penalty_factor": 0.25,
                           "critic.loss_agg_mode": "seq-mean-token-mean"}, ["bootstrap"]),
    # The divergence is that from the first policy, so the second step is the first to pay for it.
    "kl-reward-k1": ("ppo", {**ONE_EACH, "algorithm.use_kl_in_reward": True,
                             "algorithm.kl_coef": 0.5, "algorithm.kl_penalty": "k1",
                             "algorithm.whiten_advantages": True}, []),
    **{f"kl-reward-{kind}": ("grpo", {"actor.use_kl_loss": False,
                                      "algorithm.use_kl_in_reward": True, "algorithm.kl_coef": 0.5,
                                      "algorithm.kl_penalty": kind}, [])
       for kind in ["k2", "k3", "abs"]},
    # Pretraining that ends early, then five steps with warm-up, falling rates and clipped gradients.
    "trajectory": ("vapo", {
        "algorithm.lam_policy.alpha": 0.3, "algorithm.lam_critic": 0.8,
        "trainer.total_training_steps": 5, "data.train_batch_size": 4, "actor.ppo_epochs": 1,
        "value_pretraining.steps": 6, "value_pretraining.train_batch_size": 16,
        "value_pretraining.n": 2, "value_pretraining.epochs": 2,
        "value_pretraining.mini_batch_size": 8,
        "value_pretraining.until_explained_variance": 0.05,
        **optimizer("value_pretraining", 0.03, lr_warmup_steps=4, grad_clip=0.5),
        **optimizer("actor", 0.01, lr_warmup_steps=3, lr_scheduler_type="linear",
                    min_lr_ratio=0.2, grad_clip=0.3),
        **optimizer("critic", 0.01, lr_warmup_steps=2, lr_scheduler_type="cosine",
                    min_lr_ratio=0.1, grad_clip=0.4)},
        ["grad_clip", "early_end"]),
}


def make_problems():
    generator = torch.Generator().manual_seed(5)
    problems = []
    for number, label in enumerate("123123124125"):
        places = torch.randint(0, len(ALPHABET), (3 + number % 3,), generator=generator)
        problems.append({"id": f"p{number}", "prompt": "".join(ALPHABET[i] for i in places),
                         "label": label, "data_source": "tiny"})
    return problems


def numbers(values):
    return None if values is None else [float(f"{float(value):.8g}") for value in values]


def record(step):
    return {
        "stage": step["stage"],
        "metrics": {name: float(f"{value:.9g}") for name, value in sorted(step["metrics"].items())},
        "episodes": [
            {"id": e["id"], "sample": e["sample"], "token_ids": e["tokens"], "output": e["text"],
             "status": e["status"], "finish_reason": e["finish"], "score": e["score"],
             "reward": float(f"{e['reward']:.8g}"), "trained": e["trained"],
             "lambda_policy": float(f"{e['lambda']:.8g}"), "log_probs": numbers(e["log_probs"]),
             "values": numbers(e.get("values", [])), "advantages": numbers(e["advantages"]),
             "returns": numbers(e["returns"] if e["returns"] is not None else [])}
            for e in step["episodes"]],
    }


def override(key, value):
    if isinstance(value, list):
        return f"{key}=[{', '.join(map(str, value))}]"
    return f"{key}={str(value).lower() if isinstance(value, bool) else value}"


def make_case(name, folder, actor, critic, problems):
    method, own, demands = CASES[name]
    given = {**SCALE, **own}
    for seed in range(400):
        settings = {**METHODS[method], **given, "trainer.seed": seed}
        try:
            run = Run(settings, actor, critic, problems).run()
        except Close:
            continue
        if all(run.events.get(demand, 0) > 0 for demand in demands):
            break
    else:
        raise SystemExit(f"{name}: no seed in which all of {demands} happens")
    overrides = [f"algorithm={method}"] + [
        override(key, value) for key, value in {**given, "trainer.seed": seed}.items()]
    golden = {"made_by": "Tools/goldens/step_goldens.py", "overrides": overrides,
              "happened": dict(sorted(run.events.items())), "steps": [record(s) for s in run.steps]}
    lines = json.dumps(golden, separators=(",", ":")).replace('{"id":', '\n{"id":')
    (folder / f"{name}.json").write_text(lines + "\n")
    save_file({key: value.float().contiguous() for key, value in run.tensors().items()},
              folder / f"{name}.safetensors")
    print(f"{name}: seed {seed}, {len(run.steps)} steps, {run.events}")


def main():
    tree = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES])
    parser.add_argument("--folder", type=pathlib.Path, default=tree / "Tests/Goldens/steps")
    arguments = parser.parse_args()
    folder = arguments.folder
    if not arguments.cases:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    actor, critic = make_weights(1, "lm_head"), make_weights(2, "score")
    save(actor, folder / "actor")
    save(critic, folder / "critic")
    problems = make_problems()
    (folder / "problems.jsonl").write_text("".join(json.dumps(p) + "\n" for p in problems))
    for name in arguments.cases or CASES:
        make_case(name, folder, actor, critic, problems)


main()
