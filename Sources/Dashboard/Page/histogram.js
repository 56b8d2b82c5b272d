// A histogram of one column of a step's responses; a click on a bar chooses its range.

import { Chart, faint } from "./charts.js";
import { panel } from "./dom.js";
import { fixed } from "./format.js";

export class Histogram {
  /** `isIn(value)`: whether the filter takes a value; `fits(row)`: whether the other filters take a row. */
  constructor({ rows, key, isIn, fits, choose }) {
    Object.assign(this, { rows, key, isIn, fits });
    this.bins = binned(rows.map((row) => row[key]).filter((value) => value != null));
    this.chart = new Chart({
      height: 150,
      hasTools: false,
      label: `Histogram of ${key}`,
      onclick: (point) => {
        const bin = this.bins[point?.pointIndex ?? point?.pointNumber];
        if (bin) choose(bin.low, bin.top);
      },
    });
    this.panel = panel(key[0].toUpperCase() + key.slice(1), "a click on a bar filters", this.chart.element);
  }

  draw() {
    const { bins, key } = this;
    if (!bins.length) {
      this.chart.empty("No numbers.");
      return;
    }
    const counts = bins.map(() => 0);
    for (const row of this.rows) {
      const i = this.fits(row) ? bins.findIndex((bin) => row[key] >= bin.low && row[key] <= bin.top) : -1;
      if (i >= 0) counts[i] += 1;
    }
    this.chart.draw((colors) => ({
      traces: [
        {
          type: "bar",
          x: bins.map((bin) => bin.center),
          y: counts,
          width: bins.map((bin) => bin.width),
          marker: {
            color: bins.map((bin) =>
              this.isIn(bin.low) && this.isIn(bin.top) ? colors.series[0] : faint(colors.series[0], 0.25),
            ),
            line: { width: 1, color: colors.surface },
          },
          customdata: bins.map((bin) => bin.words),
          hovertemplate: "%{customdata}: %{y}<extra></extra>",
        },
      ],
      layout: {
        hovermode: "closest",
        bargap: 0,
        showlegend: false,
        xaxis: { title: key },
        yaxis: { rangemode: "tozero" },
        dragmode: false,
      },
    }));
  }
}

/** Bins of numbers: one for each where they are few, else 24 of the same width. */
function binned(values) {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  if (!distinct.length) return [];
  const isWhole = distinct.every(Number.isInteger);
  if (distinct.length <= 6 || (isWhole && distinct.at(-1) - distinct[0] <= 24)) {
    const gap = Math.min(...distinct.slice(1).map((value, i) => value - distinct[i]), Infinity);
    const width = Number.isFinite(gap) ? gap * 0.8 : 0.5;
    return distinct.map((value) => ({ low: value, top: value, center: value, width, words: fixed(value) }));
  }
  const least = distinct[0];
  let width = (distinct.at(-1) - least) / 24;
  if (isWhole) width = Math.ceil(width + 1e-9);
  const bins = [];
  const count = Math.min(26, Math.floor((distinct.at(-1) - least) / width) + 1);
  for (let place = 0; place < count; place += 1) {
    const low = least + place * width;
    const top = isWhole ? low + width - 1 : low + width;
    bins.push({
      low,
      top,
      center: low + width / 2 - (isWhole ? 0.5 : 0),
      width,
      words: `${fixed(low, isWhole ? 0 : 3)} to ${fixed(top, isWhole ? 0 : 3)}`,
    });
  }
  return bins;
}
