// One response: its verdict, its text colored token by token, its values and credit as curves, and sliders that
// compute the credit anew.

import * as api from "./api.js";
import { announce, choice, field, h, nothing, put, renew, say } from "./dom.js";
import { Scale } from "./colors.js";
import { fixed, number, percent, verdict, whole } from "./format.js";
import { Credit, columnName, middleOf, rangeWords, recomputed, valueName } from "./columns.js";
import { largestDifference } from "./gae.js";
import { Knobs } from "./knobs.js";
import { Strip, Window } from "./strip.js";
import { TokenText, named } from "./tokens.js";
import { notes, promptPanel, small, verdicts } from "./verdict.js";

export async function show(main, at, frame) {
  const kind = at.query.get("kind") === "validation" ? "validation" : "rollouts";
  const [run, data] = await Promise.all([
    api.run(at.run, frame.signal),
    api.response(at.run, kind, at.step, at.place, frame.signal),
  ]);
  const suffix = kind === "validation" ? "?kind=validation" : "";
  const step = `#/run/${run.id}/step/${at.step}`;
  const place = Number(at.place);
  const of = (n) => `${step}/response/${n}${suffix}`;
  frame.trail([
    [`#/run/${run.id}`, run.name],
    [step + suffix, `${kind === "validation" ? "validation " : ""}step ${at.step}`],
    [of(place), `response ${place}`],
  ]);

  const credited = new Credit(run.gae, data);
  const { columns, keys, tokens, ids, length, isNamed, hasCredit } = credited;

  // The text and its colors.
  let colored = sessionStorage.getItem("vapo-column") ?? "advantages";
  if (!keys.includes(colored)) colored = keys.includes("advantages") ? "advantages" : (keys[0] ?? "");
  const ramp = h("span", { class: "ramp" });
  const lowest = h("span", { class: "mono" });
  const highest = h("span", { class: "mono" });
  const range = h("span", { class: "dim" });
  const legend = h("span", { class: "legend", role: "img" }, lowest, ramp, highest, range);

  function recolor() {
    if (!colored) return;
    const middle = middleOf(colored);
    const scale = new Scale(columns[colored], {
      isDiverging: middle !== undefined,
      middle,
      isDark: document.documentElement.dataset.theme === "dark",
    });
    ramp.style.background = scale.gradient;
    say(lowest, number(scale.low, 3));
    say(highest, number(scale.high, 3));
    say(range, rangeWords(colored, columns[colored], scale));
    legend.setAttribute(
      "aria-label",
      `${columnName(colored)} from ${number(scale.low, 3)} to ${number(scale.high, 3)}`,
    );
    tokenText.recolor((i) => scale.of(columns[colored][i]));
  }

  // The numbers of one token.
  const title = h("h3");
  const tokenName = h("span", { class: "token-name mono", dir: "auto" });
  const cells = new Map(keys.map((key) => [key, h("dd", { class: "mono" })]));
  const idCell = h("dd", { class: "mono" });
  const shareCell = h("dd", { class: "mono" });
  function tell(index) {
    say(title, length ? `Token ${whole(index)} of ${whole(length)}` : "No tokens");
    say(tokenName, length ? named(tokens[index]) : "");
    say(idCell, ids[index] ?? "–");
    say(shareCell, columns.log_probs?.[index] == null ? "–" : percent(Math.exp(columns.log_probs[index]), 2));
    for (const [key, cell] of cells) say(cell, valueName(key, columns[key][index]));
  }

  const strips = [];
  const tokenText = new TokenText({
    tokens,
    chosen: (index) => {
      tell(index);
      for (const strip of strips) {
        strip.window.hold(index);
        strip.mark(index);
      }
    },
    hovered: (index) => tell(index ?? tokenText.chosen),
  });
  if (!isNamed && length)
    tokenText.element.prepend(
      h("p", {
        class: "dim",
        text: "No tokenizer was found for this run, so that tokens are shown by their numbers. The text as it was decoded stands below.",
      }),
    );

  // The curves.
  const span = new Window(Math.max(1, length));
  const choose = (index) => {
    tokenText.choose(index, true);
  };
  const stripPanel = h("section", { class: "panel", "aria-label": "Curves over tokens" });
  if (columns.values || columns.returns)
    strips.push(new Strip({ title: "Value and return", window: span, choose }));
  if (hasCredit || columns.advantages)
    strips.push(new Strip({ title: "Advantage", height: 150, window: span, choose }));
  if (columns.log_probs && !strips.length)
    strips.push(new Strip({ title: "Log-probability", window: span, choose }));
  function curves() {
    const isMoved = knobs && !knobs.isOwn;
    const line = (key, words, color, isDashed) =>
      columns[key] ? [{ name: words, values: columns[key], color, isDashed }] : [];
    for (const strip of strips) {
      if (strip.title === "Value and return")
        strip.set([
          ...line("returns", "return", 1),
          ...(isMoved ? line("targets", "return, recomputed", 1, true) : []),
          ...line("values", "V(t)", 0),
        ]);
      else if (strip.title === "Advantage")
        strip.set([
          ...line("critic_advantages", "with λ critic", 6, true),
          ...line("advantages", "as dumped, λ policy", 0),
          ...(isMoved ? line("recomputed", "recomputed", 1) : []),
        ]);
      else strip.set(line("log_probs", "log π", 0));
    }
  }
  put(
    stripPanel,
    strips.length
      ? [
          strips.map((strip) => strip.element),
          h("p", { class: "dim", text: "Click: choose a token. Drag: look closer. Double click: all tokens." }),
        ]
      : nothing("This response was dumped without values and advantages."),
  );

  // Credit, computed anew.
  let knobs = null;
  const credit = h("section", { class: "panel", "aria-label": "Credit" }, h("h3", { text: "Credit" }));
  const change = h("p", { class: "ends" });
  if (hasCredit) {
    const byAdvantage = columns.advantages ? largestDifference(columns.recomputed, columns.advantages) : null;
    const byReturn = columns.returns ? largestDifference(columns.targets, columns.returns) : null;
    knobs = new Knobs({
      gae: credited.gae,
      length,
      lambda: data.lambda,
      changed: (settings) => {
        credited.compute(settings);
        curves();
        if (recomputed.includes(colored)) recolor();
        tell(tokenText.chosen);
        moved();
      },
    });
    put(
      credit,
      knobs.element,
      knobs.words,
      knobs.reset,
      change,
      h(
        "dl",
        { class: "numbers" },
        h("dt", { text: "advantages: largest difference from the dump, at the run's own settings" }),
        h("dd", {
          id: "gae-difference",
          class: "mono",
          data: { value: byAdvantage ?? "" },
          text: small(byAdvantage),
        }),
        h("dt", { text: "returns: the same" }),
        h("dd", {
          id: "return-difference",
          class: "mono",
          data: { value: byReturn ?? "" },
          text: small(byReturn),
        }),
      ),
      notes(credited.gae, data, credited.settings, length).map((words) => h("p", { class: "dim", text: words })),
    );
    moved();
  } else {
    put(
      credit,
      h("p", {
        class: "dim",
        text:
          credited.gae.usesCritic === false
            ? "This run has no critic: every token of a response has the advantage of its group, and there is nothing to recompute."
            : "This response was dumped without values, so that credit cannot be recomputed.",
      }),
    );
  }
  function moved() {
    const first = columns.recomputed[0];
    say(
      change,
      knobs.isOwn
        ? "At the run's own settings. Move a slider to see what would have been credited."
        : `First token: ${fixed(columns.advantages?.[0], 4)} as dumped, ${fixed(first, 4)} recomputed. Color by "recomputed advantage" to see all.`,
    );
  }

  // The page.
  const numbersPanel = h(
    "section",
    { class: "panel", "aria-label": "The token" },
    title,
    tokenName,
    h(
      "dl",
      { class: "numbers" },
      h("dt", { text: "id" }),
      idCell,
      h("dt", { text: "probability" }),
      shareCell,
      keys.map((key) => [h("dt", { text: columnName(key) }), cells.get(key)]),
    ),
  );
  const { total } = data;
  const copy = h("button", {
    type: "button",
    text: "Copy as JSON",
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(JSON.stringify(data, null, 1));
        say(copy, "Copied");
        announce("Copied as JSON.");
      } catch {
        say(copy, "Could not copy");
      }
      setTimeout(() => say(copy, "Copy as JSON"), 1500);
    },
  });
  const goes = (n, words) =>
    h(
      "a",
      { class: "button plain", ...(n >= 0 && n < total ? { href: of(n) } : { "aria-disabled": "true" }) },
      words,
    );
  const coloring = choice(
    keys.map((key) => [key, columnName(key)]),
    colored,
    (key) => {
      colored = key;
      sessionStorage.setItem("vapo-column", key);
      recolor();
    },
    { id: "column" },
  );
  renew(
    main,
    h(
      "div",
      { class: "bar" },
      h("h1", { text: `Response ${place}` }),
      h("span", { class: `tag ${data.correct ? "good" : "bad"}`, text: verdict(data.status) }),
      h("span", { class: "grow" }),
      goes(place - 1, "‹ Previous"),
      goes(place + 1, "Next ›"),
      copy,
    ),
    h(
      "div",
      { class: "response" },
      h(
        "div",
        {},
        verdicts(data, step, suffix, of, place),
        promptPanel(data),
        h(
          "section",
          { class: "panel", "aria-label": "Response" },
          h(
            "div",
            { class: "bar" },
            h("h3", { text: "Response" }),
            keys.length ? field("Color by", coloring) : null,
            keys.length ? legend : null,
          ),
          length
            ? tokenText.element
            : nothing(
                data.output
                  ? "The numbers of the tokens were not dumped; this is the text."
                  : "The response is empty.",
              ),
          isNamed ? null : h("div", { class: "prompt-text", dir: "auto", text: data.output ?? "" }),
        ),
        stripPanel,
      ),
      h("aside", { class: "side" }, numbersPanel, credit),
    ),
  );
  curves();
  if (length) {
    recolor();
    tokenText.choose(0);
  } else tell(0);
  frame.ready();

  return {
    key: (event) => {
      if (event.key === "[" && place > 0) location.hash = of(place - 1);
      else if (event.key === "]" && place + 1 < total) location.hash = of(place + 1);
      else if (length && tokenText.key(event))
        announce(
          `Token ${tokenText.chosen}: ${named(tokens[tokenText.chosen])}${colored ? `, ${columnName(colored)} ${number(columns[colored][tokenText.chosen])}` : ""}`,
        );
    },
    themed: () => {
      recolor();
      curves();
    },
    closed: () => {
      tokenText.close();
      for (const strip of strips) strip.close();
    },
  };
}
