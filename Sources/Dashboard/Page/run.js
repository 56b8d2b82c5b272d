// One run: its state, what is wrong with it, its charts, its steps with responses, its settings.

import * as api from "./api.js";
import { calibrationPanel } from "./calibration.js";
import { Chart } from "./charts.js";
import { controls, line, stageMarks, view, axisTitles } from "./curves.js";
import { announce, h, link, nothing, panel, put, renew, say, throttled } from "./dom.js";
import { plural } from "./format.js";
import { MetricList } from "./metric-list.js";
import { drawn, metricsOf, sections } from "./run-charts.js";
import { drawSettings, drawSteps, factsOf, stepPicker } from "./run-parts.js";
import { Series } from "./series.js";

export async function show(main, at, frame) {
  let run = await api.run(at.run, frame.signal);
  frame.trail([[`#/run/${run.id}`, run.name]]);
  const tab = at.query.get("tab") ?? "charts";
  const charts = [];
  const series = new Series(
    run.id,
    frame.signal,
    (names) => {
      for (const chart of charts)
        if (!names || chart.metrics.some((metric) => names.includes(metric))) chart.update();
      list?.tellLast();
    },
    (error) => {
      for (const chart of charts) if (!chart.chart.isDrawn) chart.chart.empty(error.message);
      announce(error.message);
    },
  );

  const updateAll = () => {
    for (const chart of charts) chart.update();
  };

  const state = h("span", { class: "state" });
  const facts = h("div", { class: "facts" });
  const alarms = h("div", { id: "alarms" });
  const body = h("div");
  const tabs = h(
    "nav",
    { class: "tabs", "aria-label": "Parts of the run" },
    [
      ["charts", "Charts"],
      ["steps", "Steps"],
      ["settings", "Settings"],
    ].map(([key, words]) =>
      h(
        "a",
        {
          href: `#/run/${run.id}${key === "charts" ? "" : `?tab=${key}`}`,
          "aria-current": key === tab ? "page" : null,
        },
        words,
      ),
    ),
    link(`#/run/${run.id}/audit`, "Verifier audit"),
  );

  function head() {
    state.dataset.state = run.state;
    say(state, run.state);
    renew(facts, factsOf(run));
  }

  let alarmsShown = null;
  function warn() {
    const key = JSON.stringify(run.alarms ?? []);
    if (key === alarmsShown) return;
    if (alarmsShown != null && run.alarms?.length)
      announce(`${plural(run.alarms.length, "alarm")}: ${run.alarms.map((alarm) => alarm.title).join("; ")}`);
    alarmsShown = key;
    if (!run.alarms?.length) {
      renew(alarms, run.metrics?.length ? h("p", { class: "fine", text: "No alarm is up." }) : null);
      return;
    }
    renew(
      alarms,
      h(
        "ul",
        { class: "alarms", "aria-label": "Alarms" },
        run.alarms.map((alarm) =>
          h(
            "li",
            { data: { level: alarm.level, name: alarm.name } },
            h("b", { text: `${alarm.level === "note" ? "Note" : "Alarm"}: ${alarm.title}` }),
            h("span", {
              class: "dim",
              text: alarm.since == null ? "" : `  since step ${alarm.since}`,
            }),
            h("p", { text: alarm.words }),
            h(
              "p",
              {},
              alarm.advice ? [h("b", { text: "Try: " }), alarm.advice] : null,
              alarm.metric
                ? h("button", {
                    type: "button",
                    class: "quiet",
                    onclick: () => goTo(alarm.metric),
                    text: `Show ${alarm.metric}`,
                  })
                : null,
            ),
          ),
        ),
      ),
    );
  }

  /** Scrolls to the chart of a metric; where there is none, one is made. */
  function goTo(metric) {
    if (tab !== "charts") {
      sessionStorage.setItem("vapo-metric", metric);
      location.hash = `#/run/${run.id}`;
      return;
    }
    const found = charts.find((chart) => chart.metrics.includes(metric)) ?? add(metric);
    if (!found) {
      announce(`The run has no ${metric} yet.`);
      return;
    }
    for (const chart of charts) chart.panel.classList.toggle("target", chart === found);
    found.panel.scrollIntoView({ block: "center" });
    found.panel.tabIndex = -1;
    found.panel.focus({ preventScroll: true });
  }

  /** A click on a point opens the nearest step with responses. */
  function openStep(point) {
    const step = Array.isArray(point?.customdata) ? point.customdata[0] : point?.customdata;
    const dumped = run.dumps?.rollouts ?? [];
    if (!Number.isFinite(step) || !dumped.length) return;
    const nearest = dumped.reduce(
      (best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best),
      dumped[0],
    );
    location.hash = `#/run/${run.id}/step/${nearest}`;
  }

  /** A panel with a chart of some metrics. */
  function chartPanel(title, note, metrics, build, more) {
    const chart = new Chart({ label: title, onclick: openStep, onseen: () => series.want(metrics) });
    const entry = {
      chart,
      metrics,
      update: () => {
        if (metrics.some((metric) => metric in series.data.series)) chart.draw(build);
      },
    };
    entry.panel = panel(title, note, chart.element, more);
    entry.panel.title = metrics.length > 6 ? "" : metrics.join("\n");
    charts.push(entry);
    return entry;
  }

  let listed = null;
  let list = null;
  let calibration = null;
  const own = h("div", { class: "grid" }); // charts of metrics that were chosen from the list
  function drawCharts() {
    const bar = h("div", { class: "bar" }, controls(updateAll));
    renew(body, bar);
    if (!run.metrics?.length) {
      put(
        body,
        nothing(
          run.state === "running"
            ? "The run has not finished a step yet. Its charts appear here by themselves."
            : "This run has no metrics: it ended, or was ended, before its first step.",
        ),
      );
      return;
    }
    for (const [title, specs] of sections) {
      const grid = h("div", { class: "grid" });
      for (const spec of specs) {
        const isFirst = spec === specs[0];
        const metrics = metricsOf(spec, run.metrics);
        if (metrics.length)
          grid.append(
            chartPanel(spec.title, spec.note, metrics, (colors) =>
              drawn(spec, metrics, series, run.stages, colors, isFirst),
            ).panel,
          );
      }
      if (title === "Critic" && run.gae?.usesCritic) {
        calibration = calibrationPanel(frame.signal);
        grid.append(calibration.panel);
        calibration.update(run);
      }
      if (grid.children.length) put(body, h("h2", { text: title, style: { "margin-top": "16px" } }), grid);
    }
    listed = run.metrics.length;
    list = new MetricList({ run: () => run, series, own, show: goTo });
    put(body, list.elements);
  }

  /** A chart of one more metric. */
  function add(metric) {
    if (!run.metrics.includes(metric)) return null;
    const entry = chartPanel(metric, run.meanings?.[metric]?.words ?? "", [metric], (colors) => {
      if (!series.has(metric)) return null;
      const x = series.axis(view.by);
      return {
        traces: line({
          x,
          steps: series.data.steps,
          values: series.values(metric),
          name: metric,
          color: colors.series[0],
        }),
        layout: {
          showlegend: false,
          margin: { l: 46, r: 12, t: 20, b: 34 },
          xaxis: { title: axisTitles[view.by] },
          ...stageMarks(run.stages, series.data.steps, x, colors, true),
        },
      };
    });
    own.append(entry.panel);
    return entry;
  }

  head();
  warn();
  renew(
    main,
    h("div", { class: "bar" }, h("h1", { text: run.name }), state, h("span", { class: "grow" }), stepPicker(run)),
    facts,
    alarms,
    tabs,
    body,
  );
  if (tab === "steps") drawSteps(body, run);
  else if (tab === "settings") drawSettings(body, run);
  else drawCharts();
  const waiting = sessionStorage.getItem("vapo-metric");
  sessionStorage.removeItem("vapo-metric");
  // The first charts are in view: their numbers come with one request before the view counts as drawn.
  if (charts.length) {
    const first = charts.slice(0, 8).flatMap((chart) => chart.metrics);
    await series.need(first.slice(0, 64));
    updateAll();
    await new Promise((done) => setTimeout(done, 60));
  }
  if (waiting && tab === "charts") goTo(waiting);
  frame.ready();

  const refresh = throttled(1000, async () => {
    try {
      const before = run;
      run = await api.run(run.id, frame.signal);
      head();
      warn();
      if (tab === "charts") {
        if (listed == null && run.metrics.length) drawCharts();
        else if (run.metrics.length !== listed) {
          listed = run.metrics.length;
          list?.fill();
        }
        series.renew();
        if (JSON.stringify(before.dumps) !== JSON.stringify(run.dumps)) calibration?.update(run);
      } else if (tab === "steps" && JSON.stringify(before.dumps) !== JSON.stringify(run.dumps)) {
        drawSteps(body, run);
      }
    } catch (error) {
      if (error.name !== "AbortError") announce(error.message);
    }
  });
  return {
    changed: (event) => {
      if (event.runs?.some((one) => one.id === run.id) ?? true) refresh();
    },
    closed: () => refresh.cancel(),
  };
}
