"""One training run of a critic-based or group-based policy method in plain PyTorch float64, from
weights, problems and a seed to weights and moments: what step_goldens.py writes goldens of.

Written from the papers (PPO 1707.06347, GAE 1506.02438, GRPO 2402.03300, DAPO 2503.14476, VAPO
2504.05118, GSPO 2507.18071, dual clip 1912.09729, the sampling mask 2512.02556), verl's definitions where a paper has none, and the doc comments
that say what a setting is; in another form than the program: padded batches with masks for flat
vectors with weights, sums over powers for recursions, torch.optim for the update, one text at a
time for packed rows. Of the program only its random numbers are copied (run_random.py).
"""

import math

import torch
from run_random import Prompts, Random, shuffled
from tiny_qwen2 import decode, encode, next_logits, token_log_probs, token_values
from training_losses import credit, explained_variance, groups_of, is_mixed, policy_loss, value_loss


class Close(Exception):
    """A draw so near the border of two tokens that float32 may see it differently."""


def sample(weights, prompt, random, limit, temperature, margin, top_k):
    """Tokens, their log-probabilities, and where there is a filter what each could have been."""
    tokens, log_probs, kept = [], [], []
    while len(tokens) < limit and not (tokens and tokens[-1] == 0):
        logits = next_logits(weights, prompt + tokens) / temperature
        # All tokens in their own order, or the likeliest few from the first on.
        names = logits.topk(top_k).indices if top_k > 0 else torch.arange(len(logits))
        logs = logits[names].log_softmax(-1)
        borders = logs.exp().cumsum(0)
        uniform = random.uniform(len(tokens))
        if (borders[:-1] - uniform).abs().min() < margin:
            raise Close
        place = int((borders <= uniform).sum())
        tokens.append(int(names[place]))
        log_probs.append(logs[place].item())
        kept.append(names.tolist())
    return tokens, log_probs, kept if top_k > 0 else None


def verdict(text, label):
    """The last number in the text against the label."""
    end = max((i for i, letter in enumerate(text) if letter.isdigit()), default=None)
    if end is None:
        return "no_answer"
    start = end
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    return "ok" if int(text[start:end + 1]) == int(label) else "wrong"


class Update:
    """AdamW over one model, the gradient's global norm held below a limit, a scheduled rate."""

    def __init__(self, weights, settings, prefix):
        self.weights = weights
        self.settings = {key: settings[f"{prefix}.{key}"] for key in [
            "lr", "lr_warmup_steps", "lr_scheduler_type", "min_lr_ratio", "betas", "weight_decay",
            "eps", "grad_clip"]}
        for value in weights.values():
            value.requires_grad_(True)
        self.optimizer = torch.optim.AdamW(
            weights.values(), lr=1.0, betas=self.settings["betas"], eps=self.settings["eps"],
            weight_decay=self.settings["weight_decay"])
        self.count = 0

    def rate(self, number, total):
        """Of the update of this number, from 1: a linear rise, then the schedule to its floor."""
        peak, warm = self.settings["lr"], self.settings["lr_warmup_steps"]
        if number <= warm:
            return peak * number / warm
        share = min(1.0, (number - warm) / max(1, total - warm))
        floor = self.settings["min_lr_ratio"]
        fall = {"constant": 1.0, "linear": 1 - share,
                "cosine": 0.5 * (1 + math.cos(math.pi * share))}[self.settings["lr_scheduler_type"]]
        constant = self.settings["lr_scheduler_type"] == "constant"
        return peak if constant else peak * (floor + (1 - floor) * fall)

    def step(self, loss, total, notes):
        self.optimizer.zero_grad()
        loss.backward()
        gradients = [value.grad for value in self.weights.values()]
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm().item()
        limit = self.settings["grad_clip"]
        if 0 < limit < norm:
            for gradient in gradients:
                gradient *= limit / norm
            notes.event("grad_clip")
        self.count += 1
        rate = self.rate(self.count, total)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        notes.mean("grad_norm", norm)
        notes.mean("lr", rate)

    def tensors(self, name):
        result = {}
        for key, value in self.weights.items():
            state = self.optimizer.state[value]
            result[f"{name}.{key}"] = value.detach()
            result[f"{name}.first.{key}"] = state["exp_avg"]
            result[f"{name}.second.{key}"] = state["exp_avg_sq"]
        return result


class Notes:
    """Means of what updates report, and which mechanisms acted."""

    def __init__(self, events):
        self.sums, self.events = {}, events

    def mean(self, name, value, weight=1.0):
        total, count = self.sums.get(name, (0.0, 0.0))
        self.sums[name] = (total + float(torch.as_tensor(value).detach()) * weight, count + weight)

    def event(self, name, count=1):
        self.events[name] = self.events.get(name, 0) + int(count)

    def report(self, prefix, names):
        return {f"{prefix}/{name}": self.sums[name][0] / self.sums[name][1] for name in names
                if name in self.sums and self.sums[name][1] > 0}


class Run:
    """A run of these settings; `steps` gathers what is compared."""

    def __init__(self, settings, actor, critic, problems):
        self.s = settings
        self.random = Random.root(settings["trainer.seed"])
        self.prompts = Prompts(problems, self.random)
        self.actor = {k: v.clone() for k, v in actor.items()}
        self.critic = {k: v.clone() for k, v in critic.items()}
        self.reference = {k: v.clone() for k, v in actor.items()}
        self.has_critic = settings["algorithm.adv_estimator"] == "gae"
        self.step, self.steps, self.events = 0, [], {}
        self.actor_update = self.critic_update = None

    def rollout(self, prompts, samples):
        s, episodes = self.s, []
        margin = 3e-6 if self.actor_update is None or self.actor_update.count == 0 else 3e-5
        with torch.no_grad():
            for problem in self.prompts.take(prompts)[0]:
                prompt = encode(problem["prompt"])
                for number in range(samples):
                    random = self.random["rollout"][self.step][problem["place"]][number]
                    tokens, log_probs, kept = sample(
                        self.actor, prompt, random, s["data.max_response_length"],
                        s["rollout.temperature"], margin, s.get("rollout.top_k", -1))
                    episode = self.graded(problem, prompt, number, tokens, log_probs)
                    episodes.append({**episode, "kept": kept})
        return episodes

    def graded(self, problem, prompt, number, tokens, log_probs):
        s, stopped = self.s, tokens[-1] == 0
        text = decode(tokens[:-1] if stopped else tokens)
        status = verdict(text, problem["label"])
        score = s["reward.correct"] if status == "ok" else s["reward.incorrect"]
        reward = score
        if s["reward.overlong_buffer.enable"]:
            buffer, most = s["reward.overlong_buffer.len"], s["data.max_response_length"]
            over = min(max(len(tokens) - (most - buffer), 0), buffer)
            reward -= s["reward.overlong_buffer.penalty_factor"] * over / buffer
        return {"place": problem["place"], "id": problem["id"], "sample": number, "prompt": prompt,
                "tokens": tokens, "log_probs": log_probs, "text": text, "status": status,
                "finish": "stop" if stopped else "length", "score": score, "reward": reward}

    def collected(self):
        """Dynamic sampling: more batches until enough groups are neither all right nor all wrong."""
        s, metrics = self.s, {}
        wanted, samples = s["data.train_batch_size"], s["rollout.n"]
        episodes = self.rollout(wanted, samples)
        if not s["algorithm.filter_groups.enable"]:
            return episodes, metrics
        batches = 1
        while (sum(map(is_mixed, groups_of(episodes).values())) < wanted
               and batches < s["algorithm.filter_groups.max_num_gen_batches"]):
            episodes += self.rollout(wanted, samples)
            batches += 1
        mixed = [g for g in groups_of(episodes).values() if is_mixed(g)]
        metrics["vapo/filter_groups/batches"] = batches
        metrics["vapo/filter_groups/kept"] = len(mixed)
        self.events["filtered"] = self.events.get("filtered", 0) + len(
            groups_of(episodes)) - len(mixed)
        self.events["refills"] = self.events.get("refills", 0) + batches - 1
        return [e for group in mixed[:wanted] for e in group], metrics

    def score(self, episodes, reference):
        with torch.no_grad():
            for e in episodes:
                place = e["prompt"], e["tokens"], self.s["rollout.temperature"], e["kept"]
                e["old"], e["entropy"] = token_log_probs(self.actor, *place)
                if reference:
                    e["reference"] = token_log_probs(self.reference, *place)[0]
                if self.has_critic:
                    values = token_values(self.critic, e["prompt"], e["tokens"])
                    e["values"], e["final_value"] = values[:-1], values[-1].item()

    def updates(self, episodes, size, epochs, steps):
        return math.ceil(len(episodes) / size) * epochs * steps

    def go(self, update, name, loss, episodes, size, epochs, total, notes):
        for epoch in range(epochs):
            order = shuffled(len(episodes), self.random[name][self.step][epoch])
            for start in range(0, len(order), size):
                value = loss([episodes[i] for i in order[start:start + size]])
                if value is not None:
                    update.step(value, total, notes)

    def pretrain(self):
        """The critic learns Monte-Carlo returns of the fixed policy, until it explains enough."""
        s = dict(self.s)
        if not s.get("value_pretraining.steps"):
            return
        update = Update(self.critic, s, "value_pretraining.optim")
        size, epochs = s["value_pretraining.mini_batch_size"], s["value_pretraining.epochs"]
        for _ in range(s["value_pretraining.steps"]):
            self.step += 1
            episodes = self.rollout(s["value_pretraining.train_batch_size"],
                                    s["value_pretraining.n"])
            self.score(episodes, reference=False)
            credit(s, episodes, critic_lambda=1.0, events=self.events)
            explained = explained_variance(
                torch.cat([e["values"] for e in episodes]),
                torch.cat([e["returns"] for e in episodes]))
            notes = Notes(self.events)
            total = self.updates(episodes, size, epochs, s["value_pretraining.steps"])
            self.go(update, "critic", lambda batch: value_loss(s, self.critic, batch, notes),
                    episodes, size, epochs, total, notes)
            self.steps.append({"stage": "value-pretraining", "episodes": episodes, "metrics": {
                **notes.report("critic", ["vf_loss", "grad_norm", "lr"]),
                "vapo/value_pretrain/explained_var": explained}})
            if explained >= s["value_pretraining.until_explained_variance"]:
                self.events["early_end"] = s["value_pretraining.steps"] - self.step
                break
        for value in self.critic.values():
            value.requires_grad_(False)

    def reinforce(self):
        s = self.s
        self.actor_update = Update(self.actor, s, "actor.optim")
        if self.has_critic:
            self.critic_update = Update(self.critic, s, "critic.optim")
        uses_reference = s["actor.use_kl_loss"] or s["algorithm.use_kl_in_reward"]
        for _ in range(s["trainer.total_training_steps"]):
            self.step += 1
            episodes, metrics = self.collected()
            self.score(episodes, uses_reference)
            credit(s, episodes, s["algorithm.lam_critic"], self.events)
            steps = s["trainer.total_training_steps"]
            tokens = sum(len(e["tokens"]) for e in episodes)
            metrics["actor/entropy"] = sum(e["entropy"].sum().item() for e in episodes) / tokens
            if self.has_critic:
                metrics["critic/vf_explained_var"] = explained_variance(
                    torch.cat([e["values"] for e in episodes]),
                    torch.cat([e["returns"] for e in episodes]))
                notes = Notes(self.events)
                size, epochs = s["critic.ppo_mini_batch_size"], s["critic.ppo_epochs"]
                self.go(self.critic_update, "critic",
                        lambda batch: value_loss(s, self.critic, batch, notes), episodes, size,
                        epochs, self.updates(episodes, size, epochs, steps), notes)
                metrics.update(notes.report(
                    "critic", ["vf_loss", "vf_clipfrac", "grad_norm", "lr"]))
            notes = Notes(self.events)
            size, epochs = s["actor.ppo_mini_batch_size"], s["actor.ppo_epochs"]
            self.go(self.actor_update, "actor",
                    lambda batch: policy_loss(s, self.actor, batch, notes), episodes, size, epochs,
                    self.updates(episodes, size, epochs, steps), notes)
            metrics.update(notes.report(
                "actor", ["pg_loss", "kl_loss", "grad_norm", "lr", "ppo_kl"]))
            low, high, dual = [notes.report("x", [f"clip_{n}"]).get(f"x/clip_{n}", 0.0)
                               for n in ["low", "high", "dual"]]
            metrics.update({
                "actor/pg_clipfrac": low + high, "vapo/clipfrac_low": low,
                "vapo/clipfrac_high": high, "actor/pg_clipfrac_lower": dual,
                **notes.report("vapo", ["positive_loss"])})
            self.steps.append({"stage": "rl", "episodes": episodes, "metrics": metrics})

    def run(self):
        self.pretrain()
        self.reinforce()
        return self

    def tensors(self):
        result = self.actor_update.tensors("actor")
        if self.has_critic:
            result.update(self.critic_update.tensors("critic"))
        return result
