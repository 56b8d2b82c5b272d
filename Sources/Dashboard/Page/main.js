// The frame of the page: which view the address names, the header, the live connection, the theme and the keys.

import * as api from "./api.js";
import { announce, h, link, nothing, renew, say, throttled } from "./dom.js";
import { sweep, themeChanged } from "./charts.js";
import { whole } from "./format.js";

// A view's module exports show(main, at, frame) and may return {changed(event), key(event), up}.
const routes = [
  [/^$/, "runs", () => import("./runs.js"), []],
  [/^compare$/, "compare", () => import("./compare.js"), []],
  [/^run\/(\d+)$/, "run", () => import("./run.js"), ["run"]],
  [/^run\/(\d+)\/audit$/, "audit", () => import("./audit.js"), ["run"]],
  [/^run\/(\d+)\/step\/(\d+)$/, "step", () => import("./step.js"), ["run", "step"]],
  [/^run\/(\d+)\/step\/(\d+)\/group\/(.+)$/, "group", () => import("./group.js"), ["run", "step", "prompt"]],
  [
    /^run\/(\d+)\/step\/(\d+)\/response\/(\d+)$/,
    "response",
    () => import("./response.js"),
    ["run", "step", "place"],
  ],
  [/^study\/(\d+)$/, "study", () => import("./study.js"), ["study"]],
];

const main = document.getElementById("main");
const crumbs = document.getElementById("crumbs");
let current = { view: null, controller: new AbortController() };

/** The view's name, parameters and query of an address. */
function read(hash) {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split("?");
  for (const [pattern, name, load, keys] of routes) {
    const match = pattern.exec(path);
    if (!match) continue;
    const at = { query: new URLSearchParams(query) };
    keys.forEach((key, i) => {
      at[key] = decodeURIComponent(match[i + 1]);
    });
    return { name, load, at };
  }
  return null;
}

async function open() {
  current.controller.abort();
  current.view?.closed?.();
  const controller = new AbortController();
  const mine = { view: null, controller };
  current = mine;
  let place;
  try {
    place = read(location.hash);
  } catch {
    place = null;
  }
  main.removeAttribute("data-ready");
  main.removeAttribute("data-failed");
  main.dataset.view = place?.name ?? "none";
  renew(main, h("p", { class: "loading", role: "status" }, "Loading…"));
  sweep();
  if (!place) {
    trail([]);
    renew(main, nothing("There is no such view. ", link("#/", "All runs")));
    return;
  }
  const frame = {
    signal: controller.signal,
    trail,
    ready: () => {
      if (current === mine) main.dataset.ready = "true";
    },
    busy: () => {
      if (current === mine) main.removeAttribute("data-ready");
    },
    alive: () => current === mine,
  };
  try {
    const module = await place.load();
    if (current !== mine) return;
    const view = await module.show(main, place.at, frame);
    if (current === mine) mine.view = view ?? null;
    else view?.closed?.();
  } catch (error) {
    if (error.name !== "AbortError" && current === mine) failed(error);
  }
}

/** An error in words, with a way to try again. */
function failed(error) {
  main.dataset.failed = "true";
  renew(
    main,
    h(
      "div",
      { class: "failed", role: "alert" },
      h("h2", { text: "This could not be shown" }),
      h("p", { text: error.message }),
      h("p", {}, h("button", { type: "button", text: "Try again", onclick: open }), " ", link("#/", "All runs")),
    ),
  );
  if (!(error instanceof Error) || error.constructor !== Error) console.error(error);
}

/** The way from all runs to here: [hash, words] pairs; the last is where one is. */
function trail(parts) {
  renew(
    crumbs,
    parts.map(([hash, words], i) => [
      h("span", { class: "slash", "aria-hidden": "true", text: "/" }),
      i === parts.length - 1 ? h("span", { "aria-current": "page", text: words }) : link(hash, words),
    ]),
  );
  document.title = [
    ...parts
      .map(([, words]) => words)
      .reverse()
      .slice(0, 2),
    "vapo",
  ].join(" · ");
  current.up = parts.length > 1 ? parts[parts.length - 2][0] : "#/";
}

// Live.

const indexing = document.getElementById("indexing");
const connection = document.getElementById("connection");

let nextLook = 0;

async function watchIndex() {
  clearTimeout(nextLook);
  try {
    const { indexing: state } = await api.runs();
    const working = state && state.done < state.total;
    say(indexing, working ? `indexing responses: ${whole(state.done)} of ${whole(state.total)} files` : "");
    clearTimeout(nextLook);
    if (working) nextLook = setTimeout(watchIndex, 2000);
  } catch {
    clearTimeout(nextLook);
    nextLook = setTimeout(watchIndex, 5000);
  }
}

api.listen(
  (event) => {
    if (event.listed) {
      announce("The list of runs has changed.");
      watchIndex();
    }
    current.view?.changed?.(event);
  },
  (isThere) => {
    connection.dataset.state = isThere ? "live" : "lost";
    say(connection, isThere ? "live" : "not connected, trying again");
  },
  () => current.view?.changed?.({ runs: null, listed: true }),
);

// Theme: the system's, or the one chosen.

const themeButton = document.getElementById("theme-button");
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const chosen = localStorage.getItem("vapo-theme");
  const theme = chosen ?? (darkSystem.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  say(themeButton, theme === "dark" ? "Light" : "Dark");
  themeButton.setAttribute("aria-label", `Use ${theme === "dark" ? "light" : "dark"} colors`);
  themeChanged();
  current.view?.themed?.();
}

themeButton.addEventListener("click", () => {
  localStorage.setItem("vapo-theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  applyTheme();
});
darkSystem.addEventListener("change", applyTheme);

// Keys.

const keys = document.getElementById("keys");
document.getElementById("keys-button").addEventListener("click", () => keys.showModal());
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  const typing =
    event.target instanceof Element &&
    event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else current.view?.key?.(event);
    return;
  }
  if (
    typing ||
    (event.target instanceof HTMLInputElement &&
      event.target.type === "range" &&
      /^(Arrow|Home|End)/.test(event.key))
  )
    return;
  if (event.key === "/") {
    const filter = main.querySelector("[data-filter]");
    if (filter) {
      event.preventDefault();
      filter.focus();
      filter.select?.();
    }
  } else if (event.key === "?") {
    keys.showModal();
  } else if (event.key === "u") {
    location.hash = current.up ?? "#/";
  } else {
    current.view?.key?.(event);
  }
});

addEventListener("hashchange", open);
addEventListener("pagehide", () => current.controller.abort());
applyTheme();
watchIndex();
if (window.Plotly) open();
else document.querySelector('script[src="/plotly.min.js"]').addEventListener("load", throttled(0, open));
