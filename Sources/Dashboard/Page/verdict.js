// What stands above and beside a response: its verdict, its prompt, and words on how far its credit can be computed.

import { h, link } from "./dom.js";
import { fixed, number, text, verdict, whole } from "./format.js";

/** A difference, in few letters. */
export function small(value) {
  return value == null ? "–" : value.toExponential(1).replace("-", "−");
}

/** What may part the recomputed credit from the dump. */
export function notes(gae, data, settings, length) {
  const words = [];
  if (gae.whitens)
    words.push("This run whitens advantages over the batch: the dumped ones are shifted and scaled.");
  if (data.lambda != null && Math.abs(data.lambda - settings.policy) > 1e-6)
    words.push(
      `The dump says λ = ${fixed(data.lambda, 5)}, the settings ${fixed(settings.policy, 5)} for ${whole(length)} tokens.`,
    );
  if (!data.rewards)
    words.push("Token rewards are not in this dump; the reward is taken to be on the last token.");
  if (data.trained === false) words.push("The policy did not learn from this response.");
  return words;
}

/** What the verifier found, and the ways to the siblings. */
export function verdicts(data, step, suffix, of, place) {
  const entry = (words, value, isLong) =>
    h("div", { class: isLong ? "long" : null }, h("dt", { text: words }), h("dd", {}, value));
  const parts = Object.entries(data.parts ?? {});
  const siblings = data.siblings ?? [];
  return h(
    "section",
    { class: "panel", "aria-label": "Verdict" },
    h(
      "dl",
      { class: "verdict" },
      entry("verdict", h("b", { class: data.correct ? "good" : "bad", text: verdict(data.status) })),
      entry("extracted answer", h("span", { class: "mono", dir: "auto", text: text(data.extracted) })),
      entry("right answer", h("span", { class: "mono", dir: "auto", text: text(data.gold) })),
      entry("score", fixed(data.score)),
      entry("reward", fixed(data.reward)),
      entry("length", whole(data.length)),
      entry("finish", text(data.finish)),
      entry("λ", fixed(data.lambda, 5)),
      entry("prompt", text(data.prompt)),
      entry("source", text(data.source)),
      data.reason ? entry("reason", data.reason, true) : null,
      parts.length
        ? entry("parts of the reward", parts.map(([key, value]) => `${key} ${number(value)}`).join(", "), true)
        : null,
    ),
    siblings.length > 1
      ? h(
          "div",
          { class: "chips", style: { "margin-top": "8px" } },
          h("span", { class: "dim", text: "Same prompt:" }),
          siblings.map((one) =>
            h(
              "a",
              {
                class: `tag ${one.correct ? "good" : "bad"}`,
                href: of(one.place),
                "aria-current": one.place === place ? "true" : null,
                title: `${whole(one.length)} tokens, score ${number(one.score)}`,
              },
              `${one.correct ? "✓" : "✗"} ${one.place}${one.place === place ? " (this)" : ""}`,
            ),
          ),
          data.prompt ? link(`${step}/group/${encodeURIComponent(data.prompt)}${suffix}`, "side by side") : null,
        )
      : null,
  );
}

/** The prompt, which can be folded. */
export function promptPanel(data) {
  const words = data.prompt_tokens ? `${whole(data.prompt_tokens.length)} tokens` : "";
  return h(
    "section",
    { class: "panel", "aria-label": "Prompt" },
    h(
      "details",
      { open: (data.input ?? "").length < 600 },
      h("summary", {}, h("b", { text: "Prompt" }), " ", h("span", { class: "dim", text: words })),
      h("div", { class: "prompt-text", dir: "auto", text: data.input ?? "" }),
    ),
  );
}
