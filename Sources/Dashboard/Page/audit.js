// The audit of a verifier: which forms of answers were rewarded, which verdicts look wrong, and where a second
// verifier disagrees. Chosen rows can be saved for `vapo verify`.

import * as api from "./api.js";
import { announce, choice, field, h, link, nothing, renew, say } from "./dom.js";
import { fixed, percent, plural, text, verdict, whole } from "./format.js";
import { Table } from "./table.js";
import { saveFile } from "./save.js";

export async function show(main, at, frame) {
  const run = await api.run(at.run, frame.signal);
  const kind = at.query.get("kind") === "validation" ? "validation" : "rollouts";
  const steps = run.dumps?.[kind] ?? [];
  frame.trail([
    [`#/run/${run.id}`, run.name],
    [location.hash, "verifier audit"],
  ]);
  const kinds = [
    ["rollouts", "rollouts"],
    ["validation", "held-out problems"],
  ].filter(([key]) => run.dumps?.[key]?.length);
  const title = h(
    "div",
    { class: "bar" },
    h("h1", { text: "Verifier audit" }),
    kinds.length > 1
      ? choice(
          kinds,
          kind,
          (to) => {
            location.hash = `#/run/${run.id}/audit${to === "validation" ? "?kind=validation" : ""}`;
          },
          { "aria-label": "Which responses" },
        )
      : null,
  );
  if (!steps.length) {
    renew(
      main,
      title,
      nothing("This run has no dumped responses, so there is nothing to audit (trainer.rollout_dump_freq)."),
    );
    frame.ready();
    return null;
  }

  const chosen = new Map(); // "step/place" of the rows to save
  const edge = (value, words) =>
    h("input", { type: "number", min: steps[0], max: steps.at(-1), value, "aria-label": words });
  const from = edge(at.query.get("from") ?? steps[0], "First step");
  const to = edge(at.query.get("to") ?? steps.at(-1), "Last step");
  const body = h("div");
  const save = h("button", {
    type: "button",
    onclick: () =>
      download().catch((error) => {
        say(save, "Save for vapo verify");
        announce(error.message);
        say(said, error.message);
      }),
  });
  const said = h("span", { class: "dim", role: "status" });
  const suffix = kind === "validation" ? "?kind=validation" : "";
  const open = (row) => `#/run/${run.id}/step/${row.step}/response/${row.place}${suffix}`;

  function counted() {
    save.disabled = !chosen.size;
    say(save, chosen.size ? `Save ${whole(chosen.size)} for vapo verify` : "Save for vapo verify");
    for (const box of body.querySelectorAll("input[data-key]")) box.checked = chosen.has(box.dataset.key);
  }

  const check = (row) => {
    const key = `${row.step}/${row.place}`;
    return h("input", {
      type: "checkbox",
      checked: chosen.has(key),
      data: { key },
      "aria-label": `Save step ${row.step}, response ${row.place}`,
      onchange: (event) => {
        if (event.target.checked) chosen.set(key, row);
        else chosen.delete(key);
        counted();
      },
    });
  };
  const all = (rows) =>
    h("button", {
      type: "button",
      text: "Choose all",
      onclick: () => {
        const isFull = rows.every((row) => chosen.has(`${row.step}/${row.place}`));
        for (const row of rows) {
          if (isFull) chosen.delete(`${row.step}/${row.place}`);
          else chosen.set(`${row.step}/${row.place}`, row);
        }
        counted();
      },
    });
  const mono = (value) => h("span", { class: "mono", dir: "auto", text: text(value), title: text(value) });

  const common = [
    { key: "save", title: "", width: "34px", cell: check },
    {
      key: "where",
      title: "Response",
      width: "110px",
      value: (row) => row.step * 1e6 + row.place,
      cell: (row) =>
        link(open(row), `${row.step} / ${row.place}`, { title: `step ${row.step}, response ${row.place}` }),
    },
    {
      key: "extracted",
      title: "Extracted",
      width: "190px",
      value: (row) => row.extracted,
      cell: (row) => mono(row.extracted),
    },
    {
      key: "gold",
      title: "Right answer",
      width: "150px",
      value: (row) => row.gold,
      cell: (row) => mono(row.gold),
    },
    {
      key: "status",
      title: "Verdict",
      width: "96px",
      value: (row) => row.status,
      cell: (row) => verdict(row.status),
    },
    {
      key: "score",
      title: "Score",
      class: "number",
      width: "72px",
      value: (row) => row.score,
      cell: (row) => fixed(row.score),
    },
  ];
  function listing(label, rows, more) {
    const table = new Table({
      label,
      height: Math.min(420, 60 + rows.length * 29),
      columns: [...common, ...more],
      open: (row) => {
        location.hash = open(row);
      },
      attributes: (row) => ({ data: { place: row.place, step: row.step } }),
    });
    table.show(rows);
    return table.element;
  }

  function draw(data) {
    const { forms = [], suspicious = [], disagreements = [] } = data;
    const second = data.other
      ? h("span", {}, "second verifier ", h("b", { text: data.other }), ` checked ${whole(data.checked)}`)
      : null;
    renew(
      body,
      h(
        "div",
        { class: "facts" },
        h("span", {}, "verifier ", h("b", { text: text(data.verifier) })),
        second,
        h("span", {}, "responses ", h("b", { text: whole(data.responses) })),
        h("span", {}, "rewarded ", h("b", { text: whole(data.rewarded) })),
        data.left_out ? h("span", { text: `${whole(data.left_out)} left out` }) : null,
      ),
      h(
        "div",
        { class: "bar" },
        h("h2", { text: "Disagreements" }),
        h("span", {
          class: "dim",
          text: data.other
            ? `verdicts that ${data.other} does not share`
            : "there is no second verifier for this one",
        }),
        disagreements.length ? all(disagreements) : null,
      ),
      disagreements.length
        ? listing("Disagreements", disagreements, [
            {
              key: "other",
              title: "Second",
              width: "120px",
              value: (row) => row.other_status,
              cell: (row) => verdict(row.other_status),
            },
            {
              key: "why",
              title: "Its reason",
              value: (row) => row.other_reason,
              cell: (row) => h("span", { text: text(row.other_reason), title: text(row.other_reason) }),
            },
          ])
        : nothing("None."),
      h(
        "div",
        { class: "bar", style: { "margin-top": "16px" } },
        h("h2", { text: "Suspicious" }),
        suspicious.length ? all(suspicious) : null,
      ),
      suspicious.length
        ? listing("Suspicious verdicts", suspicious, [
            {
              key: "why",
              title: "Why",
              value: (row) => row.why,
              cell: (row) => h("span", { text: row.why, title: row.why }),
            },
          ])
        : nothing("No verdict looks wrong."),
      h(
        "div",
        { class: "bar", style: { "margin-top": "16px" } },
        h("h2", { text: "Forms of answers" }),
        h("span", { class: "dim", text: "rarest rewarded form first; # stands for digits" }),
      ),
      forms.length
        ? h(
            "div",
            {
              class: "scroller",
              tabindex: 0,
              role: "region",
              "aria-label": "Forms of answers",
              style: { "max-height": "520px" },
            },
            h(
              "table",
              { class: "plain-table", style: { width: "100%" } },
              h(
                "thead",
                {},
                h(
                  "tr",
                  {},
                  ["Form", "Answers", "Rewarded", "Share", "Examples"].map((words, i) =>
                    h("th", { scope: "col", class: i > 0 && i < 4 ? "number" : null, text: words }),
                  ),
                ),
              ),
              h(
                "tbody",
                {},
                forms.map((form) =>
                  h(
                    "tr",
                    {},
                    h("td", {}, mono(form.form)),
                    h("td", { class: "number", text: whole(form.answers) }),
                    h("td", { class: "number", text: whole(form.rewarded) }),
                    h("td", { class: "number", text: percent(form.share) }),
                    h(
                      "td",
                      {},
                      h(
                        "span",
                        { class: "chips" },
                        (form.examples ?? []).map((one) =>
                          h(
                            "span",
                            { class: "chip", data: { place: one.place, step: one.step } },
                            check(one),
                            h(
                              "a",
                              {
                                href: open(one),
                                title: `step ${one.step}, response ${one.place}: ${verdict(one.status)}; right answer ${text(one.gold)}`,
                              },
                              mono(one.extracted),
                            ),
                            h("span", { class: "dim", text: verdict(one.status) }),
                          ),
                        ),
                      ),
                    ),
                  ),
                ),
              ),
            ),
          )
        : nothing("No answer was extracted from these responses."),
    );
    counted();
  }

  async function load() {
    frame.busy();
    say(said, "Reading responses…");
    try {
      const data = await api.audit(run.id, kind, from.value || steps[0], to.value || steps.at(-1), frame.signal);
      say(said, "");
      draw(data);
    } catch (error) {
      if (error.name === "AbortError") return;
      renew(
        body,
        h(
          "div",
          { class: "failed", role: "alert" },
          h("p", { text: error.message }),
          h("button", { type: "button", text: "Try again", onclick: load }),
        ),
      );
      say(said, "");
    }
    frame.ready();
  }

  async function download() {
    save.disabled = true;
    const rows = [...chosen.values()];
    const lines = await saveFile(run, kind, rows, frame.signal, (n) =>
      say(save, `Reading ${whole(n)} of ${whole(rows.length)}…`),
    );
    counted();
    say(said, `${plural(lines, "line")} saved. Grade them: ./vapo verify --file FILE`);
  }

  renew(
    main,
    title,
    h(
      "form",
      {
        class: "bar",
        onsubmit: (event) => {
          event.preventDefault();
          load();
        },
      },
      field("Steps from", from),
      field("to", to),
      h("button", { text: "Read" }),
      save,
      said,
    ),
    body,
  );
  await load();
  return null;
}
