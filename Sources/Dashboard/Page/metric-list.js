// The list of all metrics of a run: their last numbers and meanings, searchable; one that is chosen is drawn.

import { field, h, renew, say } from "./dom.js";
import { number, whole } from "./format.js";

export class MetricList {
  /** `run()` is the run as it is now, `own` the place of charts that are chosen here, `show(metric)` shows one. */
  constructor({ run, series, own, show }) {
    Object.assign(this, { run, series, show });
    this.cells = new Map();
    this.body = h("tbody");
    this.filter = h("input", {
      type: "search",
      "data-filter": true,
      placeholder: "name or meaning",
      oninput: () => this.fill(),
    });
    const heads = ["Metric", "Last", "What it is"].map((words, i) =>
      h("th", { scope: "col", class: i === 1 ? "number" : null, text: words }),
    );
    const table = h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, heads)), this.body);
    const holder = h(
      "div",
      { class: "metric-list", tabindex: 0, role: "region", "aria-label": "All metrics" },
      table,
    );
    this.elements = [
      h("h2", { text: "All metrics", style: { "margin-top": "16px" } }),
      h(
        "div",
        { class: "bar" },
        field("Search", this.filter),
        h("span", { class: "dim", text: `${whole(run().metrics.length)} metrics; choose one to draw it` }),
      ),
      holder,
      own,
    ];
    // The last numbers of all metrics are asked for only where somebody looks at them.
    const inView = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      inView.disconnect();
      series.want(run().metrics);
    });
    inView.observe(holder);
    this.fill();
  }

  /** Lists what fits the search. */
  fill() {
    const { metrics, meanings } = this.run();
    const wanted = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = metrics.filter((metric) => {
      const all = `${metric} ${meanings?.[metric]?.words ?? ""}`.toLowerCase();
      return wanted.every((word) => all.includes(word));
    });
    this.cells = new Map(fits.map((metric) => [metric, h("td", { class: "number mono" })]));
    renew(
      this.body,
      fits.length
        ? fits.map((metric) => this.row(metric, meanings?.[metric]))
        : h("tr", {}, h("td", { colspan: 3, class: "dim", text: "No metric fits." })),
    );
    this.tellLast();
  }

  row(metric, meaning) {
    const choose = h("button", {
      type: "button",
      class: "sorter mono named",
      onclick: () => this.show(metric),
      text: metric,
    });
    return h(
      "tr",
      {},
      h("td", {}, choose),
      this.cells.get(metric),
      h(
        "td",
        {},
        meaning?.words ?? "",
        meaning?.advice ? h("span", { class: "dim", text: ` ${meaning.advice}` }) : null,
      ),
    );
  }

  /** Puts the last numbers in place. */
  tellLast() {
    for (const [metric, cell] of this.cells)
      if (this.series.has(metric)) say(cell, number(this.series.last(metric)));
  }
}
