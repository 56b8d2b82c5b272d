// Curves of metrics: smoothing, the choice of the horizontal axis, and the lines that charts are made of.

import { field, h, segmented, throttled } from "./dom.js";
import { faint } from "./charts.js";

/** What charts of curves share; kept for the next visit. */
export const view = {
  smoothing: Number(localStorage.getItem("vapo-smoothing") ?? 0),
  by: localStorage.getItem("vapo-axis") ?? "step",
};

export const axisTitles = { step: "step", tokens: "response tokens", seconds: "hours" };

/** A slider of smoothing and the choice of the axis; `changed` is called after a choice. */
export function controls(changed, hasSeconds = true) {
  const later = throttled(60, changed);
  const shown = h("output", { text: view.smoothing.toFixed(2) });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 0.98,
    step: 0.01,
    value: view.smoothing,
    "aria-label": "Smoothing",
    oninput: () => {
      view.smoothing = Number(slider.value);
      shown.textContent = view.smoothing.toFixed(2);
      localStorage.setItem("vapo-smoothing", view.smoothing);
      later();
    },
  });
  const options = [
    ["step", "Step"],
    ["tokens", "Tokens"],
    ["seconds", "Time"],
  ].slice(0, hasSeconds ? 3 : 2);
  return h(
    "div",
    { class: "controls" },
    field("Smoothing", slider),
    shown,
    h(
      "span",
      { class: "field" },
      h("span", { text: "By" }),
      segmented("Horizontal axis", options, view.by, (by) => {
        view.by = by;
        localStorage.setItem("vapo-axis", by);
        changed();
      }),
    ),
  );
}

/** The exponential moving average, corrected for its start; gaps stay gaps. */
export function smoothed(values, weight) {
  if (!weight) return values;
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (value == null) return null;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}

/** Whether most of a series is missing between its first and last number, as of what is measured now and then. */
export function isSparse(values) {
  const places = values.map((_, i) => i).filter((i) => values[i] != null);
  return places.length > 0 && places.length * 2 < places.at(-1) - places[0] + 1;
}

/**
 * The traces of one curve: its smoothed line, and behind it the raw one, faint.
 *
 * `steps` goes with every point, so that a click can open the step.
 */
export function line({
  x,
  values,
  steps,
  name,
  color,
  dash = "solid",
  width = 1.8,
  smoothing = view.smoothing,
  ...rest
}) {
  const isFew = isSparse(values) || values.filter((value) => value != null).length < 3;
  const weight = isFew ? 0 : smoothing;
  const base = {
    type: "scatter",
    x,
    customdata: steps,
    connectgaps: true,
    legendgroup: name,
    name,
    mode: isFew ? "lines+markers" : "lines",
    marker: { color, size: 6 },
    ...rest,
  };
  const main = { ...base, y: smoothed(values, weight), line: { color, width, dash }, hovertemplate: "%{y:.5~g}" };
  if (!weight) return [main];
  const raw = {
    ...base,
    y: values,
    line: { color: faint(color, 0.22), width: 1 },
    showlegend: false,
    hoverinfo: "skip",
  };
  return [raw, main];
}

/** A filled band between two series, without an entry in the legend. */
export function band({ x, low, high, color }) {
  const kept = low.map((_, i) => i).filter((i) => low[i] != null && (high[i] ?? null) != null);
  const of = (list) => kept.map((i) => list[i]);
  const edge = {
    type: "scatter",
    mode: "lines",
    x: of(x),
    line: { width: 0, color },
    showlegend: false,
    hoverinfo: "skip",
  };
  return [
    { ...edge, y: of(low) },
    { ...edge, y: of(high), fill: "tonexty", fillcolor: faint(color, 0.14) },
  ];
}

/** The dash of the curve number `i`: those after the eighth have the colors of others. */
export const dashOf = (i) => ["solid", "dash", "dot"][Math.floor(i / 8) % 3];

/** A piece of the curve number `i`, as lists show it. */
export const swatch = (i) =>
  h("span", { class: `swatch ${dashOf(i)}`, style: { "border-color": `var(--series-${(i % 8) + 1})` } });

/** Dotted upright lines where stages begin, with their names where `named`. */
export function stageMarks(stages, steps, x, colors, named) {
  const places = (stages ?? [])
    .map((stage) => {
      const i = steps.findIndex((step) => step >= stage.step);
      return i < 0 || x[i] == null ? null : { at: x[i], name: stage.name };
    })
    .filter(Boolean);
  // Of stages that begin close together only the last is named, or the names would lie on each other.
  const span = (x.at(-1) ?? 0) - (x[0] ?? 0);
  const apart = places.filter((place, i) => i === places.length - 1 || places[i + 1].at - place.at > span * 0.14);
  return {
    shapes: places.map(({ at }) => ({
      type: "line",
      x0: at,
      x1: at,
      yref: "paper",
      y0: 0,
      y1: 1,
      layer: "below",
      line: { color: colors.dim, width: 1, dash: "dot" },
    })),
    annotations: named
      ? apart.map(({ at, name }) => ({
          x: at,
          yref: "paper",
          // Above the curves, not on them.
          y: 1,
          yanchor: "bottom",
          xanchor: at > x[0] + span * 0.85 ? "right" : "left",
          text: name,
          showarrow: false,
          font: { size: 10, color: colors.dim },
          borderpad: 1,
        }))
      : [],
  };
}
