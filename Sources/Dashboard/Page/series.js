// The metrics of one run: asked for when a chart first needs them, many names in one request, and once more when
// the run has moved on.

import * as api from "./api.js";
import { throttled } from "./dom.js";

export class Series {
  /** `changed(names)` is called when numbers have come; null stands for all. */
  constructor(run, signal, changed, failed = () => {}) {
    this.run = run;
    this.signal = signal;
    this.changed = changed;
    this.failed = failed;
    this.data = { steps: [], tokens: [], seconds: [], series: {}, per: 1 };
    this.wanted = new Set();
    this.fresh = new Set();
    this.ask = throttled(0, () => this.fetch([...this.fresh]));
    this.renew = throttled(1000, () => this.fetch([...this.wanted], true));
  }

  /** Makes sure that these are there, soon. */
  want(names) {
    for (const name of names) {
      if (this.wanted.has(name)) continue;
      this.wanted.add(name);
      this.fresh.add(name);
    }
    if (this.fresh.size) this.ask();
  }

  /** Fetches these now and waits. */
  async need(names) {
    for (const name of names) this.wanted.add(name);
    await this.fetch(names);
  }

  async fetch(names, isAgain = false) {
    if (this.signal.aborted || !names.length) return;
    for (const name of names) this.fresh.delete(name);
    try {
      const answer = await api.metrics(this.run, names, this.signal);
      const hasMoved = this.data.steps.length && answer.steps.length !== this.data.steps.length;
      this.data = { ...answer, series: isAgain ? answer.series : { ...this.data.series, ...answer.series } };
      // A run that moved between two requests would mix lengths: all of it is asked for again.
      if (hasMoved && !isAgain) {
        this.renew();
      }
      this.changed(isAgain ? null : names);
    } catch (error) {
      if (error.name === "AbortError") return;
      // What is wanted again is asked for again.
      for (const name of names) if (!(name in this.data.series)) this.wanted.delete(name);
      this.failed(error);
    }
  }

  has(name) {
    return Boolean(this.data.series[name]?.some((value) => value != null));
  }

  values(name) {
    return this.data.series[name] ?? [];
  }

  /** The last number of a metric. */
  last(name) {
    const values = this.values(name);
    for (let i = values.length - 1; i >= 0; i -= 1) if (values[i] != null) return values[i];
    return null;
  }

  /** The horizontal axis: "step", "tokens" or "seconds". */
  axis(by) {
    if (by === "tokens") return this.data.tokens;
    if (by === "seconds") return this.data.seconds.map((s) => (s == null ? null : s / 3600));
    return this.data.steps;
  }
}
