// Makes a file for `vapo verify --file` of some responses: JSON lines of response and right answer.

import * as api from "./api.js";
import { h } from "./dom.js";

/** Fetches the responses' texts, eight at a time, and hands the browser the file; the number of its lines. */
export async function saveFile(run, kind, rows, signal, progress) {
  const lines = [];
  for (let i = 0; i < rows.length; i += 8) {
    progress(i);
    lines.push(...(await Promise.all(rows.slice(i, i + 8).map((row) => line(run, kind, row, signal)))));
  }
  const url = URL.createObjectURL(new Blob([lines.join("\n"), "\n"], { type: "application/jsonl" }));
  h("a", { href: url, download: `${run.name.replace(/[^\w.-]+/g, "-")}-verify.jsonl` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  return lines.length;
}

async function line(run, kind, row, signal) {
  const one = await api.response(run.id, kind, row.step, row.place, signal);
  return JSON.stringify({ response: one.output, gold: one.gold });
}
