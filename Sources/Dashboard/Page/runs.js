// All runs below the root in one table: how far each is, how well it does, what is wrong with it.

import * as api from "./api.js";
import { announce, field, h, link, nothing, renew, say, throttled } from "./dom.js";
import { duration, fixed, modelName, moment, number, percent, plural, text, whole } from "./format.js";
import { sorted, sparkline } from "./table.js";

const most = 400; // rows that are built at once

const columns = [
  { key: "state", title: "State", value: (run) => run.state },
  { key: "name", title: "Run", value: (run) => run.name },
  { key: "alarms", title: "Alarms", class: "number", value: (run) => run.alarms },
  { key: "method", title: "Method", value: (run) => run.method },
  { key: "model", title: "Model", class: "middle", value: (run) => modelName(run.model) },
  {
    key: "progress",
    title: "Progress",
    class: "middle",
    value: (run) => run.progress,
  },
  { key: "step", title: "Step", class: "number", value: (run) => run.step },
  { key: "accuracy", title: "Accuracy", class: "number", value: (run) => run.figures?.["vapo/accuracy"] },
  { key: "val", title: "Held-out", class: "number", value: (run) => run.figures?.val },
  { key: "score", title: "Score", class: "number", value: (run) => run.figures?.["critic/score/mean"] },
  { key: "length", title: "Length", class: "number", value: (run) => run.figures?.["response_length/mean"] },
  { key: "time", title: "Time", class: "number", value: (run) => run.seconds },
  { key: "trend", title: "Trend" },
  { key: "updated", title: "Updated", class: "number late", value: (run) => run.updated },
];

export async function show(main, _at, frame) {
  frame.trail([]);
  let data = await api.runs(frame.signal);
  const chosen = new Set();
  const closed = new Set();
  const lines = new Map(); // the row of each run, kept so that a change moves nothing
  let sort = null;
  let isAll = false;

  const filter = h("input", {
    type: "search",
    "data-filter": true,
    placeholder: "name, method, model, state",
    oninput: () => {
      isAll = false;
      render();
    },
  });
  const compare = h("a", { class: "button", "aria-disabled": "true", text: "Compare" });
  const counted = h("span", { class: "dim", role: "status" });
  const heads = columns.map((column) =>
    h(
      "th",
      { scope: "col", class: column.class },
      column.value
        ? h(
            "button",
            { type: "button", class: "sorter", onclick: () => sortBy(column.key) },
            column.title,
            h("span", { class: "arrow", "aria-hidden": "true" }),
          )
        : column.title,
    ),
  );
  const table = h(
    "table",
    { class: "runs", "aria-label": "Runs" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "unseen", text: "Compare" })), heads)),
  );
  const holder = h("div", { class: "wide" });

  function sortBy(key) {
    const isDown = ["accuracy", "val", "score", "updated", "alarms", "progress", "step", "time"].includes(key);
    sort = { key, down: sort?.key === key ? !sort.down : isDown };
    columns.forEach((column, i) => {
      if (column.key === key) heads[i].setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else heads[i].removeAttribute("aria-sort");
    });
    render();
  }

  function choose(run, isChosen) {
    if (isChosen) chosen.add(run.id);
    else chosen.delete(run.id);
    const enough = chosen.size > 1;
    say(compare, chosen.size ? `Compare ${chosen.size}` : "Compare");
    compare.setAttribute("aria-disabled", String(!enough));
    if (enough) compare.href = `#/compare?runs=${[...chosen].join(",")}`;
    else compare.removeAttribute("href");
  }

  function line(run) {
    let cells = lines.get(run.id);
    if (!cells) {
      cells = {
        check: h("input", {
          type: "checkbox",
          "aria-label": `Compare ${run.name}`,
          onchange: () => choose(run, cells.check.checked),
        }),
        trend: null,
      };
      cells.name = link(`#/run/${run.id}`, "");
      cells.state = h("span", { class: "state" });
      cells.bar = h("progress", { max: 1 });
      cells.alarms = h("span");
      cells.fields = columns.map((column) => h("td", { class: column.class }));
      const place = (key) => cells.fields[columns.findIndex((column) => column.key === key)];
      place("name").append(cells.name);
      place("name").classList.add("name");
      place("model").classList.add("model");
      place("state").append(cells.state);
      place("progress").append(cells.bar);
      place("alarms").append(cells.alarms);
      cells.place = place;
      cells.row = h(
        "tr",
        {
          data: { runId: run.id },
          class: "opens",
          onclick: (event) => {
            if (!event.target.closest("a, input, td:first-child") && !getSelection()?.toString())
              location.hash = `#/run/${run.id}`;
          },
        },
        h("td", {}, cells.check),
        cells.fields,
      );
      lines.set(run.id, cells);
    }
    const set = (key, words) => say(cells.place(key), words);
    const figure = (key) => run.figures?.[key];
    say(cells.name, run.name);
    cells.name.title = run.path;
    cells.place("name").classList.toggle("path", run.name.includes("/"));
    cells.state.dataset.state = run.state;
    say(cells.state, run.state);
    set("method", text(run.method));
    set("model", modelName(run.model));
    cells.place("model").title = run.model ?? "";
    const isKnown = Number.isFinite(run.progress);
    cells.bar.hidden = !isKnown;
    if (isKnown) cells.bar.value = run.progress;
    cells.bar.setAttribute("aria-label", isKnown ? `${percent(run.progress, 0)} done` : "");
    set("step", run.steps ? `${whole(run.step)} / ${whole(run.steps)}` : whole(run.step));
    set("accuracy", percent(figure("vapo/accuracy")));
    set("val", percent(figure("val")));
    set("score", fixed(figure("critic/score/mean")));
    set("length", number(figure("response_length/mean"), 4));
    set("time", run.seconds ? duration(run.seconds) : "–");
    set("updated", moment(run.updated));
    say(cells.alarms, run.alarms ? `▲ ${run.alarms}` : "–");
    cells.alarms.className = run.alarms ? "alarmed" : "dim";
    const trend = JSON.stringify(run.trend ?? []);
    if (cells.trend !== trend) {
      cells.trend = trend;
      renew(cells.place("trend"), sparkline(run.trend, "Accuracy over steps"));
    }
    return cells.row;
  }

  function render() {
    if (!data.runs.length) {
      renew(
        holder,
        nothing(
          "There is no run below ",
          h("code", { text: data.root }),
          " yet. Start one with ",
          h("code", { text: "./vapo train" }),
          "; it appears here by itself.",
        ),
      );
      return;
    }
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = data.runs.filter((run) => {
      const all = [run.name, run.path, run.method, run.model, run.state].join(" ").toLowerCase();
      return words.every((word) => all.includes(word));
    });
    const ordered = sorted(fits, columns, sort ?? { key: "updated", down: true });
    say(
      counted,
      fits.length === data.runs.length
        ? plural(data.runs.length, "run")
        : `${whole(fits.length)} of ${plural(data.runs.length, "run")}`,
    );
    const studies = data.studies ?? [];
    const groups = [
      { study: null, runs: ordered.filter((run) => !studies.some((study) => study.id === run.study)) },
      ...studies.map((study) => ({ study, runs: ordered.filter((run) => run.study === study.id) })),
    ].filter((group) => group.runs.length);
    let left = isAll ? Infinity : most;
    const bodies = groups.map(({ study, runs }) => {
      const isOpen = !study || words.length > 0 || !closed.has(study.id);
      const shown = isOpen ? runs.slice(0, left) : [];
      left -= shown.length;
      return h(
        "tbody",
        {},
        study
          ? h(
              "tr",
              { class: "group" },
              h(
                "th",
                { colspan: columns.length + 1, scope: "rowgroup" },
                h("button", {
                  type: "button",
                  class: "quiet",
                  "aria-expanded": String(isOpen),
                  data: { study: study.id },
                  onclick: () => {
                    if (closed.has(study.id)) closed.delete(study.id);
                    else closed.add(study.id);
                    render();
                    main.querySelector(`[data-study="${study.id}"]`)?.focus();
                  },
                  text: isOpen ? "▾" : "▸",
                  "aria-label": `${isOpen ? "Hide" : "Show"} the runs of ${study.name}`,
                }),
                " study ",
                link(`#/study/${study.id}`, study.name),
                " ",
                h("span", { class: "dim", text: plural(runs.length, "run") }),
              ),
            )
          : null,
        shown.map(line),
      );
    });
    if (!table.isConnected) renew(holder, table);
    const focused = document.activeElement;
    for (const body of [...table.tBodies]) body.remove();
    table.append(...bodies);
    if (focused !== document.activeElement && table.contains(focused)) focused.focus({ preventScroll: true });
    more.hidden = left > 0;
    none.hidden = fits.length > 0;
  }

  const more = h(
    "p",
    { hidden: true },
    h("button", {
      type: "button",
      text: "Show all runs",
      onclick: () => {
        isAll = true;
        render();
      },
    }),
  );
  const none = h("p", { class: "nothing", hidden: true, text: "No run fits this filter." });
  const refresh = throttled(1000, async () => {
    try {
      const before = data.runs.map((run) => run.id).join();
      data = await api.runs(frame.signal);
      const isSame = data.runs.map((run) => run.id).join() === before;
      if (!isSame) announce(`${plural(data.runs.length, "run")} now.`);
      // Only where there are other rows, or an order was asked for, is the table put together anew.
      if (!isSame || sort) render();
      else for (const run of data.runs) if (lines.has(run.id)) line(run);
    } catch (error) {
      if (error.name !== "AbortError") announce(error.message);
    }
  });

  choose({ id: null }, false);
  if (data.runs.length > 30)
    for (const study of data.studies ?? []) if (data.runs.length - study.runs > 5) closed.add(study.id);
  renew(
    main,
    h(
      "div",
      { class: "bar" },
      h("h1", { text: "Runs" }),
      counted,
      h("span", { class: "grow" }),
      field("Filter", filter),
      compare,
    ),
    holder,
    none,
    more,
  );
  render();
  frame.ready();
  return { changed: refresh, closed: () => refresh.cancel() };
}
