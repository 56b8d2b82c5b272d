// Numbers, times and names as words. Missing numbers are a dash everywhere.

const dash = "–";

/** A number with about four significant digits. */
export function number(value, digits = 4) {
  if (value == null || !Number.isFinite(value)) return dash;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return minus(value.toExponential(Math.max(0, digits - 2)));
  const places = Math.min(6, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  return minus(size >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(places));
}

/** A number with a fixed count of decimals, for columns. */
export function fixed(value, places = 3) {
  if (value == null || !Number.isFinite(value)) return dash;
  const text = value.toFixed(places);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A share as percent. */
export function percent(value, places = 1) {
  if (value == null || !Number.isFinite(value)) return dash;
  return `${minus((100 * value).toFixed(places))}%`;
}

/** A whole number with separators. */
export function whole(value) {
  if (value == null || !Number.isFinite(value)) return dash;
  return minus(Math.round(value).toLocaleString("en-US"));
}

/** A count in few letters: 12.3k, 1.2M. */
export function count(value) {
  if (value == null || !Number.isFinite(value)) return dash;
  for (const [size, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]) {
    if (Math.abs(value) >= size) return (value / size).toFixed(value / size >= 100 ? 0 : 1) + letter;
  }
  return String(Math.round(value));
}

/** Seconds as 3h 12m, 2m 05s or 4.2s. */
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return dash;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const all = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (all < 3600) return `${Math.floor(all / 60)}m ${two(all % 60)}s`;
  if (all < 86400) return `${Math.floor(all / 3600)}h ${two(Math.floor(all / 60) % 60)}m`;
  return `${Math.floor(all / 86400)}d ${two(Math.floor(all / 3600) % 24)}h`;
}

/** A moment, seconds since 1970, as date and time of day. */
export function moment(seconds) {
  if (seconds == null) return dash;
  const date = new Date(seconds * 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The last part of a model's path. */
export function modelName(path) {
  if (!path) return dash;
  return String(path).replace(/\/+$/, "").split("/").slice(-1)[0] || String(path);
}

/** A value that may be missing, as text. */
export function text(value) {
  if (value == null || value === "") return dash;
  return typeof value === "number" ? number(value) : String(value);
}

/** A verdict's word. */
export function verdict(status) {
  return status ? String(status).replaceAll("_", " ") : dash;
}

/** One or many: plural(3, "run") is "3 runs". */
export function plural(n, word) {
  return `${whole(n)} ${word}${n === 1 ? "" : "s"}`;
}

function minus(text) {
  return text.replace(/^-/, "−").replace("e-", "e−").replace("e+", "e");
}
