// The numbers of every token of a response: those that were dumped, and those that the page computes from them.

import { advantages, returns, tdErrors } from "./gae.js";
import { fixed, number, whole } from "./format.js";
import { own } from "./knobs.js";

/** What a column is called, and whether its colors part at a middle. */
const known = {
  values: ["value"],
  advantages: ["advantage", 0],
  returns: ["return"],
  log_probs: ["log-probability"],
  old_log_probs: ["log-probability, trainer"],
  entropy: ["entropy"],
  td: ["TD error", 0],
  ratios: ["ratio of the update, π_θ/π_old", 1],
  clips: ["clipped by the update", 0],
  ratio: ["ratio of trainer to sampler", 1],
  rewards: ["token reward", 0],
  recomputed: ["recomputed advantage", 0],
  targets: ["recomputed return"],
  critic_advantages: ["advantage with λ critic", 0],
  kl: ["KL", 0],
  ref_log_probs: ["log-probability, reference"],
};

/** A column's name in words. */
export const columnName = (key) => known[key]?.[0] ?? key.replaceAll("_", " ");

/** The middle at which a column's colors part, where they do. */
export const middleOf = (key) => known[key]?.[1];

const bounds = { "-1": "the lower bound", 0: "none", 1: "the upper bound", 2: "the dual bound" };

/** A column's value in words. */
export const valueName = (key, value) => (key === "clips" ? (bounds[value] ?? "–") : fixed(value, 6));

/** What a column's values range over, in words. */
export function rangeWords(key, values, scale) {
  if (key !== "clips") return `least ${number(scale.least, 3)}, greatest ${number(scale.greatest, 3)}`;
  const found = [-1, 1, 2]
    .map((bound) => [bound, values.filter((value) => value === bound).length])
    .filter(([, times]) => times);
  return found.length
    ? found.map(([bound, times]) => `${bounds[bound]}: ${whole(times)}`).join(", ")
    : "no token was held by a bound";
}

/** The columns that follow from the sliders. */
export const recomputed = ["recomputed", "critic_advantages", "targets", "td"];

export class Credit {
  constructor(gae, data) {
    this.gae = gae ?? { gamma: 1, critic_lambda: 1, policy: { form: "fixed", lam: 1 } };
    this.ids = data.token_ids ?? [];
    this.isNamed = Array.isArray(data.tokens);
    this.tokens = this.isNamed ? data.tokens : this.ids.map((id) => `⟨${id}⟩ `);
    this.length = this.tokens.length;
    this.columns = Object.fromEntries(
      Object.entries(data.columns ?? {}).filter(([, values]) => values?.length === this.length),
    );
    const { columns, length } = this;
    this.values = length && columns.values ? columns.values : null;
    this.hasCredit = Boolean(this.values && this.gae.usesCritic);
    this.bootstrap = data.bootstrap ?? 0;
    // Old dumps lack token rewards: then the reward is on the last token.
    const whole = data.reward ?? data.score ?? 0;
    this.rewards =
      data.rewards?.length === length ? data.rewards : this.tokens.map((_, i) => (i === length - 1 ? whole : 0));
    if (columns.old_log_probs && columns.log_probs) {
      columns.ratio = columns.old_log_probs.map((old, i) =>
        old == null || columns.log_probs[i] == null ? null : Math.exp(old - columns.log_probs[i]),
      );
    }
    if (data.rewards?.some((reward) => reward)) columns.rewards = this.rewards;
    this.settings = this.hasCredit ? own(this.gae, length, data.lambda) : null;
    if (this.hasCredit) this.compute(this.settings);
    const first = ["values", "advantages", "returns", "log_probs", "td", "entropy", "ratios", "clips", "ratio"];
    this.keys = [...new Set([...first, ...Object.keys(columns)])].filter((key) => columns[key] && length);
  }

  /** Fills the recomputed columns by {gamma, policy, critic}. */
  compute({ gamma, policy, critic }) {
    const { rewards, values, bootstrap, columns } = this;
    columns.td = tdErrors(rewards, values, gamma, bootstrap);
    columns.recomputed = advantages(rewards, values, gamma, policy, bootstrap);
    columns.critic_advantages = advantages(rewards, values, gamma, critic, bootstrap);
    columns.targets = returns(rewards, values, gamma, critic, bootstrap);
  }
}
