// The responses to one prompt side by side: what they have in common is dim, and where each leaves the way of the
// first right one is marked.

import * as api from "./api.js";
import { Chart } from "./charts.js";
import { h, link, nothing, panel, renew, say } from "./dom.js";
import { fixed, number, plural, text, verdict, whole } from "./format.js";

const most = 8; // responses that are fetched at once
const longest = 6000; // characters of a text that are shown at first

export async function show(main, at, frame) {
  const kind = at.query.get("kind") === "validation" ? "validation" : "rollouts";
  const suffix = kind === "validation" ? "?kind=validation" : "";
  const here = `#/run/${at.run}/step/${at.step}`;
  const [run, data] = await Promise.all([
    api.run(at.run, frame.signal),
    api.rows(at.run, kind, at.step, frame.signal),
  ]);
  frame.trail([
    [`#/run/${run.id}`, run.name],
    [here + suffix, `${kind === "validation" ? "validation " : ""}step ${at.step}`],
    [location.hash, at.prompt],
  ]);
  const rows = data.rows.filter((row) => String(row.prompt) === at.prompt);
  if (!rows.length) {
    renew(
      main,
      h("div", { class: "bar" }, h("h1", { text: at.prompt })),
      nothing(
        "No response to this prompt was dumped at this step. ",
        link(here + suffix, "All responses of the step"),
      ),
    );
    frame.ready();
    return null;
  }
  const firstRight = rows.find((row) => row.correct);
  let shown = Math.min(rows.length, most);
  const columns = h("div", { class: "columns" });
  const prompt = h("div", { class: "prompt-text", dir: "auto" });
  const chart = new Chart({ height: 300, label: "Values of all siblings over tokens" });
  const more = h("button", {
    type: "button",
    onclick: () => {
      shown = Math.min(rows.length, shown + most);
      fetchAll().catch((error) => say(note, error.message));
    },
  });
  const note = h("span", { class: "dim", role: "status" });
  const curves = panel(
    "V(t)",
    "what the critic expects before each token; right ones and wrong ones",
    chart.element,
  );

  async function fetchAll() {
    const wanted = rows.slice(0, shown);
    if (firstRight && !wanted.includes(firstRight)) wanted.push(firstRight);
    const siblings = await Promise.all(
      wanted.map((row) => api.response(run.id, kind, at.step, row.place, frame.signal)),
    );
    const reference = siblings.find((one) => one.place === firstRight?.place) ?? siblings[0];
    renew(prompt, siblings[0].input ?? "");
    const partings = siblings.map((one) => (one === reference ? null : parting(one, reference)));
    // The reference has in common with the others what the first to leave it has.
    const least = Math.min(...partings.filter(Boolean).map((one) => one.index), Infinity);
    renew(
      columns,
      siblings.map((one, i) =>
        column(one, one === reference, partings[i] ?? (Number.isFinite(least) ? cutAt(one, least) : null)),
      ),
    );
    for (const text of columns.querySelectorAll(".text")) {
      const mark = text.querySelector(".parting");
      if (mark) text.scrollTop = mark.offsetTop - text.offsetTop - 120;
    }
    const withValues = siblings.filter((one) => one.columns?.values?.length);
    curves.hidden = !withValues.length;
    if (withValues.length)
      chart.draw((colors) => ({
        traces: withValues.flatMap((one) => valueCurve(one, colors)),
        layout: { xaxis: { title: "token" }, yaxis: { title: "V(t)" }, hovermode: "closest" },
      }));
    more.hidden = shown >= rows.length;
    say(more, `Show ${Math.min(most, rows.length - shown)} more`);
    say(note, shown < rows.length ? `${whole(siblings.length)} of ${plural(rows.length, "response")}` : "");
  }

  function column(one, isReference, part) {
    const body = h("div", {
      class: "text",
      dir: "auto",
      tabindex: 0,
      role: "region",
      "aria-label": `Response ${one.place}`,
    });
    const write = (limit) => {
      const common = part?.common ?? "";
      const rest = part ? part.rest : (one.output ?? "");
      renew(
        body,
        common
          ? h("span", { class: "common", text: common.length > limit ? `… ${common.slice(-limit)}` : common })
          : null,
        part && !isReference
          ? h("span", { class: "parting", text: `parts at token ${whole(part.index)}` })
          : part && isReference
            ? h("span", { class: "parting", text: `first parting, token ${whole(part.index)}` })
            : null,
        rest.slice(0, limit),
        rest.length > limit
          ? h("button", {
              type: "button",
              text: ` … ${whole(rest.length - limit)} more characters`,
              onclick: () => write(Infinity),
            })
          : null,
      );
    };
    write(longest);
    return h(
      "section",
      { class: `panel ${one.correct ? "right" : "wrong"}`, data: { place: one.place } },
      h(
        "div",
        { class: "bar", style: { margin: 0 } },
        h("h3", {}, link(`${here}/response/${one.place}${suffix}`, `Response ${one.place}`)),
        h("span", { class: `tag ${one.correct ? "good" : "bad"}`, text: verdict(one.status) }),
        isReference ? h("span", { class: "tag", text: firstRight ? "first right one" : "compared with" }) : null,
      ),
      h(
        "div",
        { class: "facts", style: { margin: "4px 0 0" } },
        h("span", {}, "answer ", h("b", { class: "mono", dir: "auto", text: text(one.extracted) })),
        h("span", {}, "score ", h("b", { text: fixed(one.score) })),
        h("span", {}, "tokens ", h("b", { text: whole(one.length) })),
        h("span", {}, "finish ", h("b", { text: text(one.finish) })),
      ),
      body,
    );
  }

  const right = rows.filter((row) => row.correct).length;
  renew(
    main,
    h(
      "div",
      { class: "bar" },
      h("h1", { text: at.prompt }),
      h("span", {
        class: "dim",
        text: `${plural(rows.length, "response")}, ${whole(right)} right; right answer ${text(rows[0].gold)}`,
      }),
      h("span", { class: "grow" }),
      note,
      more,
    ),
    h("section", { class: "panel" }, h("details", {}, h("summary", { text: "Prompt" }), prompt)),
    columns,
    curves,
  );
  await fetchAll();
  frame.ready();
  return null;
}

/** Where a response leaves the way of another: by token ids, or by letters where there are none. */
function parting(one, other) {
  const [a, b] =
    one.token_ids?.length && other.token_ids?.length && one.tokens
      ? [one.token_ids, other.token_ids]
      : [[...(one.output ?? "")], [...(other.output ?? "")]];
  let index = 0;
  while (index < a.length && index < b.length && a[index] === b[index]) index += 1;
  return cutAt(one, index);
}

/** The text before and after a token. */
function cutAt(one, index) {
  const pieces = one.tokens ?? [...(one.output ?? "")];
  return { index, common: pieces.slice(0, index).join(""), rest: pieces.slice(index).join("") };
}

/** A curve of at most 1,500 points. */
function valueCurve(one, colors) {
  const values = one.columns.values;
  const per = Math.ceil(values.length / 1500);
  const places = values.map((_, i) => i).filter((i) => i % per === 0);
  const color = one.correct ? colors.good : colors.bad;
  return [
    {
      type: "scatter",
      mode: "lines",
      x: places,
      y: places.map((i) => values[i]),
      name: `${one.place} ${one.correct ? "right" : "wrong"}`,
      line: { color, width: one.correct ? 2 : 1.2 },
      hovertemplate: `response ${number(one.place)}, token %{x}: %{y:.4~g}<extra></extra>`,
    },
  ];
}
