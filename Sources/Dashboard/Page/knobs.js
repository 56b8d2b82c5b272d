// The sliders that recompute credit: λ of the policy (or α where λ follows the length), γ, and λ of the critic.

import { h, throttled } from "./dom.js";
import { isLengthAdaptive, policyLambda } from "./gae.js";
import { fixed, whole } from "./format.js";

/** The run's own settings for one response: {gamma, policy, critic}. */
export function own(gae, length, dumpedLambda) {
  const computed = policyLambda(gae.policy ?? {}, length);
  return {
    gamma: gae.gamma ?? 1,
    policy: computed ?? dumpedLambda ?? gae.policy?.lam ?? 1,
    critic: gae.critic_lambda ?? 1,
  };
}

export class Knobs {
  /** `changed({gamma, policy, critic})` is called, at most once a frame, when one is moved. */
  constructor({ gae, length, lambda, changed }) {
    this.gae = gae;
    this.length = length;
    this.start = own(gae, length, lambda);
    this.isAdaptive = isLengthAdaptive(gae.policy ?? {});
    this.later = throttled(16, () => changed(this.settings));
    this.rows = new Map();
    this.element = h("div", { class: "knobs", role: "group", "aria-label": "Recompute credit" });
    const { alpha } = gae.policy ?? {};
    if (this.isAdaptive)
      this.row("alpha", "α", "α of the policy's λ", alpha, 0.001, Math.max(2, alpha * 2), 0.001);
    else this.row("policy", "λ", "λ of the policy", this.start.policy, 0, 1, 0.0001);
    this.row("gamma", "γ", "γ, the discount", this.start.gamma, 0.9, 1, 0.0001);
    this.row("critic", "λ critic", "λ of the critic's targets", this.start.critic, 0, 1, 0.0001);
    this.words = h("p", { class: "dim" });
    this.reset = h("button", { type: "button", text: "Reset to the run's own", onclick: () => this.back() });
    this.tell();
  }

  row(key, sign, words, value, least, most, step) {
    const set = (next) => {
      if (!Number.isFinite(next)) return;
      row.value = Math.min(row.most, Math.max(row.least, next));
      slider.value = row.value;
      if (document.activeElement !== entry) entry.value = short(row.value);
      this.tell();
      this.later();
    };
    const slider = h("input", {
      type: "range",
      min: least,
      max: most,
      step: "any",
      "aria-label": words,
      title: words,
      data: { knob: key },
      oninput: () => set(round(Number(slider.value))),
    });
    const entry = h("input", {
      type: "number",
      min: key === "alpha" ? 0 : 0,
      max: key === "alpha" ? null : 1,
      step,
      "aria-label": `${words}, as a number`,
      data: { knobNumber: key },
      oninput: () => {
        if (entry.value !== "") set(Number(entry.value));
      },
      onchange: () => {
        entry.value = short(row.value);
      },
    });
    // A slider's arrow keys take small steps although its numbers are continuous.
    slider.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      set(round(row.value + (moves[event.key] * (most - least)) / 200));
    });
    const row = { value, own: value, least: key === "alpha" ? 1e-6 : 0, most: key === "alpha" ? 1e6 : 1, set };
    this.rows.set(key, row);
    slider.value = value;
    entry.value = short(value);
    this.element.append(h("span", { text: sign, title: words }), slider, entry);
  }

  get settings() {
    const value = (key) => this.rows.get(key)?.value;
    const policy = this.isAdaptive
      ? policyLambda({ ...this.gae.policy, alpha: value("alpha") }, this.length)
      : value("policy");
    return { gamma: value("gamma"), critic: value("critic"), policy };
  }

  get isOwn() {
    return [...this.rows.values()].every((row) => row.value === row.own);
  }

  back() {
    for (const row of this.rows.values()) row.set(row.own);
  }

  tell() {
    if (!this.words) return;
    const { policy } = this.settings;
    this.words.textContent = this.isAdaptive
      ? `λ = ${fixed(policy, 5)} at ${whole(this.length)} tokens (${String(this.gae.policy.form).replaceAll("_", " ")})`
      : `λ = ${fixed(policy, 5)} (${String(this.gae.policy?.form ?? "fixed").replaceAll("_", " ")})`;
    this.reset.disabled = this.isOwn;
  }
}

function round(value) {
  return Number(value.toFixed(5));
}
function short(value) {
  return String(Number(value.toPrecision(7)));
}
