// The parts of a run's page that are not charts: what it is, its steps with responses, its settings.

import { field, h, link, nothing, renew } from "./dom.js";
import { count, duration, modelName, moment, percent, plural, text, whole } from "./format.js";

/** A run in a line of facts. */
export function factsOf(run) {
  const fact = (words, value) => h("span", {}, `${words} `, h("b", { text: value }));
  return [
    fact("method", text(run.method)),
    fact("model", modelName(run.model)),
    fact("step", run.steps ? `${whole(run.step)} of ${whole(run.steps)}` : whole(run.step)),
    Number.isFinite(run.progress)
      ? h("progress", { max: 1, value: run.progress, "aria-label": "Progress" })
      : null,
    fact("time", duration(run.seconds)),
    run.state === "running" && run.progress > 0 && run.progress < 1
      ? fact("left, about", duration((run.seconds * (1 - run.progress)) / run.progress))
      : null,
    fact("response tokens", count(run.tokens)),
    fact("accuracy", percent(run.figures?.["vapo/accuracy"])),
    fact("held-out", percent(run.figures?.val)),
    fact("started", moment(run.started)),
    fact("updated", moment(run.updated)),
    run.study ? link(`#/study/${run.study}`, "its study") : null,
  ];
}

/** The steps with responses. */
export function drawSteps(body, run) {
  const { rollouts = [], validation = [] } = run.dumps ?? {};
  const part = (title, kind, steps) => {
    const go = h("input", {
      type: "number",
      min: steps[0],
      max: steps.at(-1),
      "aria-label": `Step with responses, ${title.toLowerCase()}`,
      "data-filter": kind === "rollouts",
    });
    const suffix = kind === "validation" ? "?kind=validation" : "";
    const open = () => {
      if (go.value === "") return;
      const nearest = steps.reduce(
        (best, one) => (Math.abs(one - go.value) < Math.abs(best - go.value) ? one : best),
        steps[0],
      );
      location.hash = `#/run/${run.id}/step/${nearest}${suffix}`;
    };
    return h(
      "section",
      { class: "panel" },
      h(
        "h3",
        {},
        title,
        h("small", { text: steps.length ? `${plural(steps.length, "step")} with responses` : "" }),
      ),
      steps.length
        ? [
            h(
              "form",
              {
                class: "bar",
                onsubmit: (event) => {
                  event.preventDefault();
                  open();
                },
              },
              field("Go to step", go),
              h("button", { text: "Open" }),
            ),
            h(
              "div",
              { class: "steps" },
              steps.map((step) => link(`#/run/${run.id}/step/${step}${suffix}`, String(step))),
            ),
          ]
        : nothing(
            kind === "rollouts"
              ? "No responses were dumped (trainer.rollout_dump_freq)."
              : "No responses to held-out problems were dumped.",
          ),
    );
  };
  renew(body, part("Rollouts", "rollouts", rollouts), part("Held-out problems", "validation", validation));
}

/** All settings, flat. */
export function drawSettings(body, run) {
  const rows = h("tbody");
  const filter = h("input", {
    type: "search",
    "data-filter": true,
    placeholder: "setting or value",
    oninput: () => fillSettings(),
  });
  const fillSettings = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (run.settings ?? []).filter(([key, value]) =>
      words.every((word) => `${key} ${value}`.toLowerCase().includes(word)),
    );
    renew(
      rows,
      fits.map(([key, value]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row", class: "mono", text: key }),
          h("td", { class: "mono", text: String(value) }),
        ),
      ),
    );
  };
  fillSettings();
  renew(
    body,
    run.settings?.length
      ? [
          h(
            "div",
            { class: "bar" },
            field("Search", filter),
            h("span", { class: "dim", text: plural(run.settings.length, "setting") }),
          ),
          h(
            "table",
            { class: "plain-table" },
            h(
              "thead",
              {},
              h("tr", {}, h("th", { scope: "col", text: "Setting" }), h("th", { scope: "col", text: "Value" })),
            ),
            rows,
          ),
        ]
      : nothing("This run has no settings: its config.resolved.yaml is missing or cannot be read."),
  );
}

/** The way to the newest responses. */
export function stepPicker(run) {
  const steps = run.dumps?.rollouts ?? [];
  const held = run.dumps?.validation ?? [];
  return [
    steps.length
      ? h(
          "a",
          { class: "button plain", href: `#/run/${run.id}/step/${steps.at(-1)}` },
          `Responses of step ${steps.at(-1)}`,
        )
      : null,
    held.length
      ? h(
          "a",
          { class: "button plain", href: `#/run/${run.id}/step/${held.at(-1)}?kind=validation` },
          `Held-out, step ${held.at(-1)}`,
        )
      : null,
  ];
}
