// Which charts the page of a run has: what metrics each takes, and how they are drawn.

import { axisTitles, band, line, stageMarks, view } from "./curves.js";
import { scales } from "./charts.js";

const tenths = (prefix) => Array.from({ length: 10 }, (_, i) => `${prefix}/decile_${i + 1}`);
const short = (metric) => metric.split("/").slice(-1)[0].replaceAll("_", " ");

/** Lines: [metric, words, color] of each; extras are {percent, band: [low, high], zero}. */
const lines = (title, note, list, extras = {}) => ({ title, note, kind: "lines", list, extras });
const heat = (title, note, metrics, isDiverging) => ({ title, note, kind: "heat", metrics, isDiverging });
const stack = (title, note, pick, extras = {}) => ({ title, note, kind: "stack", pick, extras });
const all = (title, note, pick, extras = {}) => ({ title, note, kind: "all", pick, extras });
const startsWith =
  (prefix, ...without) =>
  (name) =>
    name.startsWith(prefix) && !without.includes(name);

export const sections = [
  [
    "Outcome",
    [
      lines(
        "Accuracy",
        "of the rollout, and of held-out problems",
        [
          ["vapo/accuracy", "accuracy", 0],
          ["vapo/held_out/avg", "held-out", 1],
        ],
        { percent: true },
      ),
      lines("Score", "mean, between least and greatest", [["critic/score/mean", "mean", 0]], {
        band: ["critic/score/min", "critic/score/max"],
      }),
      lines("Reward", "what is learned from", [["critic/rewards/mean", "mean", 0]], {
        band: ["critic/rewards/min", "critic/rewards/max"],
      }),
      lines("Response length", "tokens; cut-off share on the right", [
        ["response_length/mean", "mean", 0],
        ["response_length/max", "greatest", 7],
        ["val-aux/response_length/mean", "held-out", 1],
        ["response_length/clip_ratio", "cut off", 3, "right"],
      ]),
      all("Held-out by source", "avg, best and majority", (name) => name.startsWith("val-core/"), {
        percent: true,
      }),
      stack("Verdicts of the verifier", "share of responses", startsWith("vapo/verifier/"), { percent: true }),
      stack("Groups", "share of prompts; only mixed groups teach without a critic", startsWith("vapo/group/"), {
        percent: true,
      }),
    ],
  ],
  [
    "Policy",
    [
      lines("Entropy", "nats a token", [["actor/entropy", "entropy", 0]]),
      lines(
        "Clip fractions",
        "share of tokens",
        [
          ["actor/pg_clipfrac", "either bound", 0],
          ["vapo/clipfrac_high", "at 1 + ε high", 1],
          ["vapo/clipfrac_low", "at 1 − ε low", 2],
          ["actor/pg_clipfrac_lower", "dual clip", 3],
        ],
        { percent: true },
      ),
      lines("KL", "nats a token", [
        ["actor/ppo_kl", "updates of a step", 0],
        ["rollout_corr/k3_kl", "trainer from sampler", 1],
        ["rollout_corr/abs_log_ratio_mean", "mean |log ratio|", 2],
        ["actor/kl_loss", "from the reference, loss", 3],
        ["actor/reward_kl_penalty", "from the reference, reward", 4],
      ]),
      lines("Gradient norms", "before clipping; critic on the right", [
        ["actor/grad_norm", "policy", 0],
        ["critic/grad_norm", "critic", 1, "right"],
      ]),
      lines("Losses", "critic on the right", [
        ["actor/pg_loss", "policy", 0],
        ["vapo/positive_loss", "imitation", 2],
        ["critic/vf_loss", "critic", 1, "right"],
      ]),
      lines("λ of the policy", "mean, between least and greatest", [["vapo/lambda_policy/mean", "mean", 0]], {
        band: ["vapo/lambda_policy/min", "vapo/lambda_policy/max"],
      }),
      lines("Advantages", "mean, between least and greatest", [["critic/advantages/mean", "mean", 0]], {
        band: ["critic/advantages/min", "critic/advantages/max"],
      }),
    ],
  ],
  [
    "Critic",
    [
      lines(
        "Explained variance",
        "of the returns; 1 is all",
        [
          ["critic/vf_explained_var", "reinforcement", 0],
          ["vapo/value_pretrain/explained_var", "value pretraining", 1],
          ["vapo/reward_model/explained_var", "reward model", 2],
        ],
        { floor: -1 },
      ),
      heat(
        "Explained variance by tenths of the response",
        "against the final reward",
        tenths("vapo/explained_var"),
        false,
      ),
      heat(
        "Value bias by tenths of the response",
        "value less final reward; 0 is right",
        tenths("vapo/value_bias"),
        true,
      ),
      lines("Values and returns", "mean", [
        ["critic/values/mean", "values", 0],
        ["critic/returns/mean", "returns", 1],
      ]),
      all(
        "Explained variance by length",
        "of responses of so many tokens",
        startsWith("vapo/explained_var/length_"),
        { floor: -1 },
      ),
      all(
        "Critic against the truth",
        "where the task knows it",
        (name) => /^vapo\/(calibration|critic)\//.test(name) || name === "vapo/first_value_error",
      ),
      all(
        "Credit of known decisions",
        "for tasks that know them",
        startsWith("vapo/credit/", "vapo/credit/times_group"),
      ),
    ],
  ],
  [
    "Speed",
    [
      stack("Seconds by phase", "of a step", startsWith("timing_s/", "timing_s/step")),
      lines("Tokens a second", "while they were drawn", [
        ["perf/generation_throughput", "drawn", 0],
        ["perf/throughput", "whole step", 1],
      ]),
      lines("Response tokens", "of a step", [["perf/total_num_tokens", "tokens", 0]]),
      all("Memory", "", (name) => /mem(ory)?([_/]|$)/.test(name)),
    ],
  ],
];

/** What a chart needs of a run's metrics; empty where the run has none of it. */
export function metricsOf(spec, names) {
  const has = new Set(names);
  if (spec.kind === "lines") {
    const main = spec.list.map(([metric]) => metric).filter((metric) => has.has(metric));
    return main.length ? [...main, ...(spec.extras.band ?? []).filter((metric) => has.has(metric))] : [];
  }
  if (spec.kind === "heat") return spec.metrics.filter((metric) => has.has(metric));
  return names
    .filter(spec.pick)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .slice(0, 24);
}

/** {traces, layout} of a chart. */
export function drawn(spec, metrics, series, stages, colors, isFirst) {
  const x = series.axis(view.by);
  const steps = series.data.steps;
  if (!metrics.some((metric) => series.has(metric))) return null;
  const marks = stageMarks(stages, steps, x, colors, isFirst);
  const layout = { xaxis: { title: axisTitles[view.by] }, yaxis: {}, ...marks };
  const shared = { x, steps };
  let traces = [];
  if (spec.kind === "heat") return heatMap(spec, metrics, series, x, steps, colors, layout);
  if (spec.extras.percent) layout.yaxis = { tickformat: ".3~p", rangemode: "tozero" };
  if (spec.kind === "stack") {
    layout.yaxis = { ...layout.yaxis, rangemode: "tozero" };
    // Steps that lack all of it, as those of an evaluation, are left out, or the stack would fall to zero there.
    const kept = steps
      .map((_, i) => i)
      .filter((i) => metrics.some((metric) => (series.values(metric)[i] ?? null) != null));
    const of = (list) => kept.map((i) => list[i] ?? null);
    traces = metrics.map((metric, i) => ({
      type: "scatter",
      mode: "lines",
      stackgroup: "one",
      stackgaps: "infer zero",
      x: of(x),
      y: of(series.values(metric)),
      customdata: of(steps),
      name: short(metric),
      line: { width: 0.8, color: colors.series[i % 8] },
      hovertemplate: spec.extras.percent ? "%{y:.1%}" : "%{y:.4~g}",
    }));
  } else if (spec.kind === "all") {
    traces = metrics.flatMap((metric, i) =>
      line({
        ...shared,
        values: series.values(metric),
        name: metrics.length > 1 ? tail(metric, metrics) : metric,
        color: colors.series[i % 8],
        dash: ["solid", "dash", "dot"][Math.floor(i / 8) % 3],
      }),
    );
  } else {
    for (const [metric, words, color, side] of spec.list) {
      if (!series.has(metric)) continue;
      traces.push(
        ...line({
          ...shared,
          values: series.values(metric),
          name: words,
          color: colors.series[color],
          ...(side === "right" ? { yaxis: "y2", dash: "dot" } : {}),
        }),
      );
      if (side === "right")
        layout.yaxis2 = {
          ...(/ratio|frac/.test(metric) ? { tickformat: ".3~p" } : {}),
          overlaying: "y",
          side: "right",
          tickmode: "auto",
          nticks: 5,
          showgrid: false,
          rangemode: "tozero",
        };
    }
    if (spec.extras.band && metrics.includes(spec.extras.band[0])) {
      traces.unshift(
        ...band({
          x,
          low: series.values(spec.extras.band[0]),
          high: series.values(spec.extras.band[1]),
          color: colors.series[0],
        }),
      );
    }
  }
  layout.margin = { l: 46, r: layout.yaxis2 ? 46 : 12, t: isFirst ? 20 : 10, b: 34 };
  // The stages' names are between the curves and the legend.
  if (isFirst) layout.legend = { y: 1.09 };
  if (spec.extras.floor !== undefined) Object.assign(layout.yaxis, floorOf(spec, metrics, series));
  layout.showlegend = traces.filter((trace) => trace.showlegend !== false).length > 1;
  return { traces, layout };
}

/** Explained variance can be far below zero for a moment: then the axis ends at the floor. */
function floorOf(spec, metrics, series) {
  const least = Math.min(...metrics.flatMap((metric) => series.values(metric).filter((value) => value != null)));
  return least < spec.extras.floor ? { range: [spec.extras.floor, 1.02] } : {};
}

function heatMap(spec, metrics, series, x, steps, colors, layout) {
  const kept = steps
    .map((_, i) => i)
    .filter((i) => metrics.some((metric) => series.values(metric)[i] != null) && x[i] != null);
  const z = metrics.map((metric) => kept.map((i) => series.values(metric)[i]));
  const sizes = z
    .flat()
    .filter((value) => value != null)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const reach = sizes[Math.floor(sizes.length * 0.98)] || 1;
  const isTall = spec.isDiverging;
  return {
    traces: [
      {
        type: "heatmap",
        x: kept.map((i) => x[i]),
        y: metrics.map((metric) => Number(metric.match(/\d+$/)[0])),
        z,
        customdata: metrics.map(() => kept.map((i) => steps[i])),
        hovertemplate: "tenth %{y}: %{z:.4~g}<extra></extra>",
        colorscale: isTall ? scales(colors).diverging : scales(colors).sequential,
        zmin: isTall
          ? -reach
          : Math.max(-0.5, Math.min(0, ...(sizes.length ? z.flat().filter((v) => v != null) : [0]))),
        zmax: isTall ? reach : Math.max(0.1, ...z.flat().filter((v) => v != null)),
        colorbar: { thickness: 10, outlinewidth: 0, tickfont: { size: 10, color: colors.dim }, nticks: 6 },
      },
    ],
    layout: {
      ...layout,
      annotations: [],
      yaxis: { title: "tenth", dtick: 1, autorange: "reversed", showgrid: false },
      hovermode: "closest",
    },
  };
}

/** The end of a metric's name that tells it from the others. */
function tail(metric, metrics) {
  const parts = metrics.map((one) => one.split("/"));
  let same = 0;
  while (parts.every((one) => one.length > same + 1 && one[same] === parts[0][same])) same += 1;
  return metric.split("/").slice(same).join("/").replaceAll("_", " ");
}
