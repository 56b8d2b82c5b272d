// A study: its arms with means and intervals, their curves, and what pictures and tables the study left.

import * as api from "./api.js";
import { Chart, faint } from "./charts.js";
import { axisTitles, controls, dashOf, line, smoothed, swatch, view } from "./curves.js";
import { announce, choice, field, h, link, nothing, panel, renew, throttled } from "./dom.js";
import { number, percent, plural } from "./format.js";
import { meanCurve } from "./mean-curve.js";

export async function show(main, at, frame) {
  let study = await api.study(at.study, frame.signal);
  frame.trail([[location.hash, study.name]]);
  let arms = study.arms ?? [];
  const isShare = /held_out|accuracy|acc\b|val-core/.test(study.metric ?? "");
  const shown = (value) => (isShare ? percent(value) : number(value));
  const title = h(
    "div",
    { class: "bar" },
    h("h1", { text: study.name }),
    h("span", {
      class: "dim",
      text: `study of ${plural(arms.length, "arm")}, ${plural(
        arms.reduce((n, arm) => n + arm.runs.length, 0),
        "run",
      )}; measured by ${study.metric}`,
    }),
  );
  if (!arms.length) {
    renew(main, title, nothing("This study has no runs yet."));
    frame.ready();
    return null;
  }

  // What was run to choose rates, and what runs begin with, is not what the study compares.
  const compared = () => arms.filter((arm) => arm.kind === "arm");
  const others = () => arms.filter((arm) => arm.kind !== "arm");
  const armTable = (rows, label) =>
    h(
      "div",
      { class: "wide" },
      h(
        "table",
        { class: "plain-table", "aria-label": label },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["Arm", "Mean", "Interval", "Seeds", ""].map((words, i) =>
              h("th", { scope: "col", class: i === 1 ? "number" : null, text: words }),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((arm) =>
            h(
              "tr",
              {},
              h(
                "td",
                { class: "keep" },
                swatch(arms.indexOf(arm)),
                ` ${arm.name}`,
              ),
              h("td", { class: "number", text: shown(arm.mean) }),
              h("td", {
                class: "keep",
                text: arm.low == null ? "–" : `${shown(arm.low)} – ${shown(arm.high)}`,
              }),
              h(
                "td",
                {},
                h(
                  "span",
                  { class: "chips" },
                  arm.runs.map((run) =>
                    h(
                      "span",
                      { style: { "white-space": "nowrap" } },
                      link(`#/run/${run.id}`, `seed ${run.seed}`, { data: { runId: run.id } }),
                      " ",
                      h("span", {
                        class: "dim",
                        text: run.state === "finished" ? shown(run.last) : `${shown(run.last)}, ${run.state}`,
                      }),
                    ),
                  ),
                ),
              ),
              h(
                "td",
                { class: "keep" },
                arm.runs.length > 1
                  ? link(`#/compare?runs=${arm.runs.map((run) => run.id).join(",")}`, "compare")
                  : null,
              ),
            ),
          ),
        ),
      ),
    );

  const armTables = () => [
    armTable(compared().length ? compared() : arms, "Arms"),
    compared().length && others().length
      ? h(
          "details",
          {},
          h("summary", { text: `${plural(others().length, "group")} of runs that chose rates or came before` }),
          armTable(others(), "Other runs"),
        )
      : null,
  ];
  const table = h("div", {}, armTables());
  const dots = new Chart({ height: 70 + Math.max(2, compared().length) * 30, label: "Mean and interval of every arm" });
  const drawDots = () =>
    dots.draw((colors) => {
      const ordered = [...(compared().length ? compared() : arms)].reverse();
      const color = ordered.map((arm) => colors.series[arms.indexOf(arm) % 8]);
      const seeds = ordered.flatMap((arm) =>
        arm.runs.filter((run) => run.last != null).map((run) => [run.last, arm.name]),
      );
      return {
        traces: [
          {
            type: "scatter",
            mode: "markers",
            x: seeds.map(([value]) => value),
            y: seeds.map(([, name]) => name),
            marker: { color: faint(colors.dim, 0.5), size: 6, symbol: "line-ns-open" },
            hovertemplate: "seed %{x:.4~g}<extra></extra>",
          },
          {
            type: "scatter",
            mode: "markers",
            x: ordered.map((arm) => arm.mean),
            y: ordered.map((arm) => arm.name),
            marker: { color, size: 9 },
            error_x: {
              type: "data",
              symmetric: false,
              array: ordered.map((arm) => (arm.high ?? arm.mean) - arm.mean),
              arrayminus: ordered.map((arm) => arm.mean - (arm.low ?? arm.mean)),
              color: colors.dim,
              thickness: 1.4,
              width: 4,
            },
            hovertemplate: "mean %{x:.4~g}<extra></extra>",
          },
        ],
        layout: {
          showlegend: false,
          hovermode: "closest",
          margin: { l: 120, r: 16, t: 8, b: 36 },
          xaxis: { title: study.metric, tickformat: isShare ? ".3~p" : "", range: reach(ordered) },
          yaxis: { type: "category" },
        },
      };
    });

  /** The numbers that an axis has to show: of few seeds an interval is longer than everything else, and is cut. */
  const reach = (rows) => {
    const values = rows.flatMap((arm) => [arm.mean, ...arm.runs.map((run) => run.last)]).filter(Number.isFinite);
    if (!values.length) return undefined;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const margin = Math.max(0.02 * (isShare ? 1 : Math.abs(most)), (most - least) * 0.15);
    return [least - margin, most + margin];
  };
  drawDots();

  // Curves.
  let metric = study.metric;
  let curves = null;
  const hidden = new Set(compared().length ? others().map((arm) => arm.name) : []);
  const chart = new Chart({ height: 420, label: "Curves of the arms" });
  const about = await api.run(arms.flatMap((arm) => arm.runs)[0]?.id, frame.signal).catch((error) => {
    if (error.name === "AbortError") throw error;
    return null;
  });
  const metrics = [...new Set([study.metric, ...(about?.metrics ?? [])])];
  const by = () => (view.by === "tokens" ? "tokens" : "step");
  const draw = () =>
    chart.draw((colors) => {
      if (!curves?.arms?.some((arm) => arm.runs.some((run) => run.values.length))) return null;
      const traces = curves.arms.flatMap((arm, i) => {
        if (hidden.has(arm.name)) return [];
        const color = colors.series[i % 8];
        const dash = dashOf(i);
        const of = (run) => (by() === "tokens" ? run.tokens : run.steps);
        const seeds =
          arm.runs.length > 1
            ? arm.runs.map((run) => ({
                type: "scatter",
                mode: "lines",
                x: of(run),
                y: smoothed(run.values, view.smoothing),
                line: { color: faint(color, 0.35), width: 1, dash },
                showlegend: false,
                hoverinfo: "skip",
                legendgroup: arm.name,
              }))
            : [];
        const mean = meanCurve(arm.runs, of);
        return [
          ...seeds,
          ...line({ x: mean.x, values: mean.y, steps: mean.x, name: arm.name, color, dash, width: 2.6 }).slice(-1),
        ];
      });
      return {
        traces,
        layout: {
          showlegend: false,
          xaxis: { title: axisTitles[by()] },
          yaxis: /held_out|accuracy|val-core/.test(metric) ? { tickformat: ".3~p" } : {},
          margin: { l: 52, r: 12, t: 10, b: 38 },
        },
      };
    });
  async function load() {
    try {
      curves = await api.studyCurves(study.id, metric, frame.signal);
      draw();
    } catch (error) {
      if (error.name !== "AbortError") {
        chart.empty(error.message);
        announce(error.message);
      }
    }
  }
  const toggles = h(
    "div",
    { class: "chips", role: "group", "aria-label": "Arms that are drawn" },
    arms.map((arm, i) =>
      h(
        "label",
        { class: "field" },
        h("input", {
          type: "checkbox",
          checked: !hidden.has(arm.name),
          onchange: (event) => {
            if (event.target.checked) hidden.delete(arm.name);
            else hidden.add(arm.name);
            draw();
          },
        }),
        swatch(i),
        arm.name,
      ),
    ),
  );

  const pictures = study.pictures ?? [];
  const tables = study.tables ?? [];
  renew(
    main,
    title,
    h(
      "div",
      { class: "grid two" },
      panel("Arms", "mean over seeds, with its interval", table),
      panel("At the end", study.metric, dots.element),
    ),
    panel(
      "Curves",
      "mean of the seeds thick, seeds thin",
      h(
        "div",
        { class: "bar" },
        field(
          "Metric",
          choice(
            metrics.map((one) => [one, one]),
            metric,
            (to) => {
              metric = to;
              load();
            },
          ),
        ),
        controls(draw, false),
      ),
      toggles,
      chart.element,
    ),
    tables.length ? h("h2", { text: "Tables", style: { "margin-top": "16px" } }) : null,
    tables.map(csv),
    pictures.length ? h("h2", { text: "Pictures", style: { "margin-top": "16px" } }) : null,
    h(
      "div",
      { class: "grid pictures" },
      pictures.map((picture) =>
        panel(
          picture.name,
          "",
          h(
            "a",
            { href: picture.url, target: "_blank", rel: "noopener" },
            h("img", { src: picture.url, alt: picture.name, loading: "lazy" }),
          ),
        ),
      ),
    ),
  );
  await load();
  await new Promise((done) => setTimeout(done, 60));
  frame.ready();
  const mine = new Set(arms.flatMap((arm) => arm.runs.map((run) => run.id)));
  const refresh = throttled(5000, async () => {
    try {
      study = await api.study(at.study, frame.signal);
      arms = study.arms ?? [];
      if (!table.contains(document.activeElement)) renew(table, armTables());
      drawDots();
    } catch (error) {
      if (error.name !== "AbortError") announce(error.message);
    }
    await load();
  });
  return {
    changed: (event) => {
      if (event.runs?.some((run) => mine.has(run.id)) ?? true) refresh();
    },
    closed: () => refresh.cancel(),
  };
}

function csv({ name, columns, rows }) {
  const isNumber = columns.map((_, i) => rows.every((row) => row[i] === "" || Number.isFinite(Number(row[i]))));
  return panel(
    name,
    "",
    h(
      "div",
      { class: "scroller", tabindex: 0, role: "region", "aria-label": name, style: { "max-height": "420px" } },
      h(
        "table",
        { class: "plain-table" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            columns.map((column, i) =>
              h("th", { scope: "col", class: isNumber[i] ? "number" : null, text: column }),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              {},
              row.map((cell, i) => h("td", { class: isNumber[i] ? "number" : null, text: cell })),
            ),
          ),
        ),
      ),
    ),
  );
}
