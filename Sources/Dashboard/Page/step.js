// The responses of one step: a table with filters, and histograms whose bars filter.

import * as api from "./api.js";
import { choice, field, h, link, nothing, renew, say, throttled } from "./dom.js";
import { fixed, percent, plural, text, verdict, whole } from "./format.js";
import { Histogram } from "./histogram.js";
import { Table } from "./table.js";

export async function show(main, at, frame) {
  const kind = at.query.get("kind") === "validation" ? "validation" : "rollouts";
  const suffix = kind === "validation" ? "?kind=validation" : "";
  const step = Number(at.step);
  const [run, data] = await Promise.all([
    api.run(at.run, frame.signal),
    api.rows(at.run, kind, step, frame.signal),
  ]);
  const here = `#/run/${run.id}/step/${step}`;
  frame.trail([
    [`#/run/${run.id}`, run.name],
    [here + suffix, `${kind === "validation" ? "validation " : ""}step ${step}`],
  ]);
  const { rows } = data;
  const goes = (to, words) =>
    h(
      "a",
      {
        class: "button plain",
        ...(to === undefined ? { "aria-disabled": "true" } : { href: `#/run/${run.id}/step/${to}${suffix}` }),
      },
      words,
    );
  const other = kind === "validation" ? "rollouts" : "validation";
  let before;
  let after;
  const ways = h("span", { class: "bar", style: { margin: 0 } });
  /** The ways to other steps; a running run gets more of them. */
  function wayOn(dumps) {
    const steps = dumps?.[kind] ?? [];
    before = steps.filter((one) => one < step).at(-1);
    after = steps.find((one) => one > step);
    renew(
      ways,
      dumps?.[other]?.includes(step)
        ? link(
            `${here}${other === "validation" ? "?kind=validation" : ""}`,
            other === "validation" ? "held-out problems" : "rollouts",
          )
        : null,
      goes(before, `‹ ${before ?? "Previous"}`),
      choice(
        steps.map((one) => [String(one), `step ${one}`]),
        String(step),
        (to) => {
          location.hash = `#/run/${run.id}/step/${to}${suffix}`;
        },
        { "aria-label": "Step" },
      ),
      goes(after, `${after ?? "Next"} ›`),
    );
  }
  wayOn(run.dumps);
  const moved = throttled(1000, () =>
    api.run(run.id, frame.signal).then(
      (now) => {
        if (JSON.stringify(now.dumps) !== JSON.stringify(run.dumps) && !ways.contains(document.activeElement)) {
          run.dumps = now.dumps;
          wayOn(now.dumps);
        }
      },
      () => {},
    ),
  );
  const title = h(
    "div",
    { class: "bar" },
    h("h1", { text: `${kind === "validation" ? "Held-out problems at step" : "Step"} ${step}` }),
    h("span", { class: "dim", text: summary(rows) }),
    h("span", { class: "grow" }),
    ways,
  );
  const keys = {
    changed: (event) => {
      if (event.runs?.some((one) => one.id === run.id) ?? true) moved();
    },
    closed: () => moved.cancel(),
    key: (event) => {
      if (event.key === "[" && before !== undefined) location.hash = `#/run/${run.id}/step/${before}${suffix}`;
      if (event.key === "]" && after !== undefined) location.hash = `#/run/${run.id}/step/${after}${suffix}`;
    },
  };
  if (!rows.length) {
    renew(main, title, nothing("No responses were dumped at this step."));
    frame.ready();
    return keys;
  }

  // Filters.
  const filter = { source: "", status: "", finish: "", words: "", reward: [null, null], length: [null, null] };
  const distinct = (key) => [
    ["", "all"],
    ...[...new Set(rows.map((row) => row[key]).filter((value) => value != null))]
      .sort()
      .map((value) => [String(value), verdict(value)]),
  ];
  const pick = (words, key) => {
    const options = distinct(key);
    return options.length > 2
      ? field(
          words,
          choice(options, "", (value) => {
            filter[key] = value;
            apply();
          }),
        )
      : null;
  };
  const later = throttled(120, () => apply());
  const ends = {};
  const between = (words, key) => {
    ends[key] = [0, 1].map((end) =>
      h("input", {
        type: "number",
        step: "any",
        "aria-label": `${words}, ${end ? "at most" : "at least"}`,
        style: { width: "82px" },
        oninput: (event) => {
          filter[key][end] = event.target.value === "" ? null : Number(event.target.value);
          later();
        },
      }),
    );
    return h("span", { class: "field" }, h("span", { text: words }), ends[key][0], "–", ends[key][1]);
  };
  const words = h("input", {
    type: "search",
    "data-filter": true,
    placeholder: "response, answer, prompt",
    oninput: () => {
      filter.words = words.value;
      later();
    },
  });
  const counted = h("span", { class: "dim", role: "status" });
  const clear = h("button", {
    type: "button",
    text: "Clear",
    onclick: () => {
      Object.assign(filter, {
        source: "",
        status: "",
        finish: "",
        words: "",
        reward: [null, null],
        length: [null, null],
      });
      for (const control of bar.querySelectorAll("input, select")) control.value = "";
      apply();
    },
  });
  const bar = h(
    "div",
    { class: "bar" },
    field("Text", words),
    pick("Source", "source"),
    pick("Status", "status"),
    pick("Finish", "finish"),
    between("Reward", "reward"),
    between("Length", "length"),
    clear,
    counted,
  );

  const inside = ([low, high], value) =>
    (low == null && high == null) ||
    (value != null && (low == null || value >= low) && (high == null || value <= high));
  function fits(row, but = "") {
    if (filter.source && String(row.source) !== filter.source) return false;
    if (filter.status && String(row.status) !== filter.status) return false;
    if (filter.finish && String(row.finish) !== filter.finish) return false;
    if (but !== "reward" && !inside(filter.reward, row.reward)) return false;
    if (but !== "length" && !inside(filter.length, row.length)) return false;
    if (!filter.words) return true;
    const all =
      `${row.opening ?? ""} ${row.extracted ?? ""} ${row.gold ?? ""} ${row.prompt ?? ""} ${row.reason ?? ""}`.toLowerCase();
    return filter.words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => all.includes(word));
  }

  // Histograms.
  const histogram = (key) =>
    new Histogram({
      rows,
      key,
      isIn: (value) => inside(filter[key], value),
      fits: (row) => fits(row, key),
      choose: (low, high) => {
        const isSame = filter[key][0] === low && filter[key][1] === high;
        filter[key] = isSame ? [null, null] : [low, high];
        ends[key].forEach((input, end) => {
          input.value = filter[key][end] ?? "";
        });
        apply();
      },
    });
  const histograms = [histogram("reward"), histogram("length")];

  // The table.
  const groups = new Map();
  for (const row of rows) if (row.prompt != null) groups.set(row.prompt, (groups.get(row.prompt) ?? 0) + 1);
  const open = (row) => `${here}/response/${row.place}${suffix}`;
  const mono = (value) => h("span", { class: "mono", dir: "auto", text: text(value) });
  const table = new Table({
    label: "Responses",
    height: 620,
    open: (row) => {
      location.hash = open(row);
    },
    attributes: (row) => ({ data: { place: row.place } }),
    columns: [
      {
        key: "place",
        title: "#",
        class: "number",
        width: "64px",
        value: (row) => row.place,
        cell: (row) => link(open(row), String(row.place)),
      },
      {
        key: "status",
        title: "Verdict",
        width: "112px",
        value: (row) => row.status,
        cell: (row) =>
          h("span", {
            class: row.correct ? "good" : "bad",
            text: `${row.correct ? "✓" : "✗"} ${verdict(row.status)}`,
          }),
      },
      {
        key: "score",
        title: "Score",
        class: "number",
        width: "72px",
        value: (row) => row.score,
        cell: (row) => fixed(row.score),
      },
      {
        key: "reward",
        title: "Reward",
        class: "number",
        width: "80px",
        value: (row) => row.reward,
        cell: (row) => fixed(row.reward),
      },
      {
        key: "length",
        title: "Length",
        class: "number",
        width: "76px",
        value: (row) => row.length,
        cell: (row) => whole(row.length),
      },
      { key: "finish", title: "Finish", width: "70px", value: (row) => row.finish },
      {
        key: "extracted",
        title: "Extracted",
        width: "130px",
        value: (row) => row.extracted,
        cell: (row) => mono(row.extracted),
      },
      {
        key: "gold",
        title: "Right answer",
        width: "118px",
        value: (row) => row.gold,
        cell: (row) => mono(row.gold),
      },
      { key: "prompt", title: "Prompt", width: "124px", value: (row) => row.prompt },
      {
        key: "group",
        title: "",
        width: "66px",
        cell: (row) =>
          groups.get(row.prompt) > 1
            ? link(`${here}/group/${encodeURIComponent(row.prompt)}${suffix}`, "group", {
                title: "siblings side by side",
              })
            : "",
      },
      {
        key: "opening",
        title: "Response",
        value: (row) => row.opening,
        cell: (row) =>
          h("div", {
            class: "clip",
            dir: "auto",
            text: (row.opening ?? "").replaceAll("\n", "↵"),
            title: row.opening ?? "",
          }),
      },
    ],
  });
  function apply() {
    const left = rows.filter((row) => fits(row));
    say(
      counted,
      left.length === rows.length
        ? plural(rows.length, "response")
        : `${whole(left.length)} of ${plural(rows.length, "response")}`,
    );
    clear.disabled = left.length === rows.length && !filter.words;
    table.show(left);
    for (const one of histograms) one.draw();
  }
  renew(
    main,
    title,
    data.left_out
      ? h("p", { class: "dim", text: `${plural(data.left_out, "response")} more are in the file and not shown.` })
      : null,
    h(
      "div",
      { class: "grid two", style: { "margin-bottom": "12px" } },
      histograms.map((one) => one.panel),
    ),
    bar,
    table.element,
  );
  apply();
  await new Promise((done) => setTimeout(done, 60));
  frame.ready();
  return {
    ...keys,
    closed: () => {
      later.cancel();
      moved.cancel();
    },
  };
}

function summary(rows) {
  const right = rows.filter((row) => row.correct).length;
  const mean = rows.reduce((sum, row) => sum + (row.length ?? 0), 0) / (rows.length || 1);
  return rows.length
    ? `${plural(rows.length, "response")}, ${percent(right / rows.length)} right, ${whole(mean)} tokens on average`
    : "";
}
