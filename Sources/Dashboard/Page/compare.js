// Several runs beside each other: the same metrics in one chart each, and the settings in which they differ.

import * as api from "./api.js";
import { Chart } from "./charts.js";
import { axisTitles, controls, dashOf, line, swatch, view } from "./curves.js";
import { announce, choice, h, link, nothing, panel, renew, throttled } from "./dom.js";
import { modelName, percent, plural, text, whole } from "./format.js";
import { Series } from "./series.js";

const usual = [
  "vapo/accuracy",
  "vapo/held_out/avg",
  "critic/score/mean",
  "response_length/mean",
  "actor/entropy",
  "critic/vf_explained_var",
  "actor/ppo_kl",
];
const shares = /accuracy|held_out|val-core|clipfrac|clip_ratio|verifier|group\//;

export async function show(main, at, frame) {
  const ids = [
    ...new Set(
      (at.query.get("runs") ?? "")
        .split(",")
        .map(Number)
        .filter((id) => Number.isInteger(id) && id > 0),
    ),
  ];
  frame.trail([[location.hash, "compare"]]);
  if (!ids.length) {
    renew(
      main,
      h("h1", { text: "Compare" }),
      nothing("No runs are chosen. Check some in ", link("#/", "the list of runs"), " and press Compare."),
    );
    frame.ready();
    return null;
  }
  let runs = await Promise.all(ids.map((id) => api.run(id, frame.signal)));
  const names = named(runs);
  const metrics = [...new Set(runs.flatMap((run) => run.metrics ?? []))].sort();
  let chosen = (at.query.get("metrics")?.split(",") ?? usual).filter((metric) => metrics.includes(metric));
  const charts = new Map();
  const update = throttled(30, () => {
    for (const entry of charts.values()) entry.draw();
  });
  const series = runs.map((run) => new Series(run.id, frame.signal, update, (error) => announce(error.message)));
  const grid = h("div", { class: "grid" });
  const chips = h("div", { class: "chips", "aria-label": "Metrics that are shown" });

  function add(metric) {
    if (charts.has(metric)) return;
    const chart = new Chart({
      height: 270,
      label: `${metric} of ${plural(runs.length, "run")}`,
      onseen: () => {
        for (const one of series) one.want([metric]);
      },
    });
    const draw = () =>
      chart.draw((colors) => {
        if (!series.some((one) => one.has(metric))) return null;
        const traces = series.flatMap((one, i) =>
          one.has(metric)
            ? line({
                x: one.axis(view.by),
                steps: one.data.steps,
                values: one.values(metric),
                name: tail(names[i]),
                color: colors.series[i % 8],
                dash: dashOf(i),
              })
            : [],
        );
        return {
          traces,
          layout: {
            showlegend: runs.length <= 6,
            xaxis: { title: axisTitles[view.by] },
            yaxis: shares.test(metric) ? { tickformat: ".3~p" } : {},
          },
        };
      });
    const words = runs.map((run) => run.meanings?.[metric]?.words).find(Boolean) ?? "";
    const entry = {
      draw: () => {
        if (series.some((one) => metric in one.data.series || one.data.steps.length)) draw();
      },
      chart,
      panel: panel(metric, "", chart.element),
    };
    entry.panel.title = words;
    charts.set(metric, entry);
    grid.append(entry.panel);
  }

  function list() {
    renew(
      chips,
      chosen.map((metric) =>
        h(
          "span",
          { class: "chip" },
          metric,
          h("button", {
            type: "button",
            text: "×",
            "aria-label": `Leave out ${metric}`,
            onclick: () => {
              chosen = chosen.filter((one) => one !== metric);
              charts.get(metric).panel.remove();
              charts.get(metric).chart.remove();
              charts.delete(metric);
              list();
            },
          }),
        ),
      ),
    );
    renew(
      adder,
      h("option", { value: "", text: "add a metric …" }),
      metrics
        .filter((metric) => !chosen.includes(metric))
        .map((metric) => h("option", { value: metric, text: metric })),
    );
    const query = new URLSearchParams({ runs: ids.join(",") });
    if (chosen.join() !== usual.filter((metric) => metrics.includes(metric)).join())
      query.set("metrics", chosen.join(","));
    history.replaceState(null, "", `#/compare?${query}`);
  }

  const adder = choice(
    [],
    "",
    (metric) => {
      if (!metric) return;
      chosen.push(metric);
      add(metric);
      list();
      for (const one of series) one.want([metric]);
    },
    { "aria-label": "Add a metric", "data-filter": true },
  );

  const table = h("div", {}, standing(runs, names));
  const standNow = throttled(2000, () =>
    Promise.all(ids.map((id) => api.run(id, frame.signal))).then(
      (now) => {
        runs = now;
        if (!table.contains(document.activeElement)) renew(table, standing(runs, names));
      },
      () => {},
    ),
  );
  renew(
    main,
    h("div", { class: "bar" }, h("h1", { text: `Compare ${plural(runs.length, "run")}` })),
    table,
    h("div", { class: "bar", style: { "margin-top": "12px" } }, controls(update), adder),
    chips,
    h("div", { style: { height: "10px" } }),
    grid,
    differences(runs, names),
  );
  for (const metric of chosen) add(metric);
  list();
  if (!metrics.length) grid.append(nothing("None of these runs has metrics yet."));
  await Promise.all(series.map((one) => one.need(chosen)));
  for (const entry of charts.values()) entry.draw();
  await new Promise((done) => setTimeout(done, 80));
  frame.ready();
  const renewing = new Map(runs.map((run, i) => [run.id, series[i]]));
  return {
    changed: (event) => {
      for (const id of event.runs?.map((one) => one.id) ?? ids)
        if (renewing.has(id)) {
          renewing.get(id).renew();
          standNow();
        }
    },
    closed: () => {
      update.cancel();
      standNow.cancel();
      for (const one of series) one.renew.cancel();
    },
  };
}

/** Names that differ: the path where a name is there twice. */
function named(runs) {
  return runs.map((run) => (runs.filter((other) => other.name === run.name).length > 1 ? run.path : run.name));
}

/** The end of a long name, for legends. */
function tail(name) {
  return name.length > 30 ? `…${name.slice(-29)}` : name;
}

function standing(runs, names) {
  return h(
    "table",
    { class: "plain-table", "aria-label": "The runs" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Run", "State", "Method", "Model", "Step", "Accuracy", "Held-out"].map((words, i) =>
          h("th", { scope: "col", class: i > 3 ? "number" : null, text: words }),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      runs.map((run, i) =>
        h(
          "tr",
          { data: { runId: run.id } },
          h("td", {}, swatch(i), " ", link(`#/run/${run.id}`, names[i])),
          h("td", {}, h("span", { class: "state", data: { state: run.state }, text: run.state })),
          h("td", { text: text(run.method) }),
          h("td", { text: modelName(run.model) }),
          h("td", { class: "number", text: whole(run.step) }),
          h("td", { class: "number", text: percent(run.figures?.["vapo/accuracy"]) }),
          h("td", { class: "number", text: percent(run.figures?.val) }),
        ),
      ),
    ),
  );
}

function differences(runs, names) {
  const settings = runs.map((run) => new Map(run.settings ?? []));
  const keys = [...new Set(runs.flatMap((run) => (run.settings ?? []).map(([key]) => key)))];
  const differ = keys.filter((key) =>
    settings.some((one) => String(one.get(key)) !== String(settings[0].get(key))),
  );
  const same = keys.filter((key) => !differ.includes(key));
  const table = (list, isDifferent) =>
    h(
      "div",
      { class: "wide" },
      h(
        "table",
        { class: "plain-table" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col", text: "Setting" }),
            names.map((name) => h("th", { scope: "col", text: name })),
          ),
        ),
        h(
          "tbody",
          {},
          list.map((key) =>
            h(
              "tr",
              { class: isDifferent ? "differs" : null },
              h("th", { scope: "row", class: "mono", text: key }),
              settings.map((one) => h("td", { class: "mono", text: one.has(key) ? String(one.get(key)) : "–" })),
            ),
          ),
        ),
      ),
    );
  if (runs.length < 2) return h("section", {}, h("h2", { text: "Settings" }), table(keys, false));
  const rest = h(
    "details",
    {
      ontoggle: () => {
        if (rest.open && rest.children.length === 1) rest.append(table(same, false));
      },
    },
    h("summary", { text: `${plural(same.length, "setting")} that are the same` }),
  );
  return h(
    "section",
    { style: { "margin-top": "18px" } },
    h("h2", { text: "Settings that differ" }),
    differ.length ? table(differ, true) : nothing("These runs have the same settings."),
    same.length ? rest : null,
  );
}
