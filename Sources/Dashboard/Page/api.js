// Asks the server. Every error is an Error whose message can be shown: the server's words, or what happened.

/** The answer to a GET request; parameters may be lists. */
export async function get(path, parameters = {}, signal) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one != null) query.append(key, one);
  }
  const text = query.toString();
  let response;
  try {
    response = await fetch(text ? `${path}?${text}` : path, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Is ./vapo dashboard still running?");
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (!response.ok) throw new Error(answer?.error ?? `The server answered with status ${response.status}.`);
  if (answer == null) throw new Error("The server's answer could not be read.");
  return answer;
}

export const runs = (signal) => get("/api/runs", {}, signal);
export const run = (id, signal) => get(`/api/runs/${id}`, {}, signal);
export const rows = (id, kind, step, signal) => get(`/api/runs/${id}/rows`, { kind, step }, signal);
export const response = (id, kind, step, place, signal) =>
  get(`/api/runs/${id}/response`, { kind, step, place }, signal);
export const audit = (id, kind, from, to, signal) => get(`/api/runs/${id}/audit`, { kind, from, to }, signal);
export const calibration = (id, from, to, signal) => get(`/api/runs/${id}/calibration`, { from, to }, signal);
export const study = (id, signal) => get(`/api/studies/${id}`, {}, signal);
export const studyCurves = (id, name, signal) => get(`/api/studies/${id}/curves`, { name }, signal);

/** Series of a run; more names than the server takes at once become several requests. */
export async function metrics(id, names, signal) {
  const wanted = [...new Set(names)];
  const parts = [];
  for (let i = 0; i < wanted.length; i += 64) parts.push(wanted.slice(i, i + 64));
  const answers = await Promise.all(
    parts.map((name) => get(`/api/runs/${id}/metrics`, { name, points: 1500 }, signal)),
  );
  if (!answers.length) return { steps: [], tokens: [], seconds: [], series: {}, per: 1 };
  // A step may have been written between two requests: what all of them have is taken.
  const shortest = answers.reduce((least, answer) => (answer.steps.length < least.steps.length ? answer : least));
  return { ...shortest, series: Object.assign({}, ...answers.map((answer) => answer.series)) };
}

/**
 * Listens for changes; `changed` gets {runs, listed}, `connected` gets true or false.
 *
 * A browser keeps at most six connections to one server, all its tabs together: a hidden page gives its own up, and
 * `returned` is called when it is back and may have missed changes.
 */
export function listen(changed, connected, returned) {
  let source = null;
  let wasOpen = false;
  const open = () => {
    source = new EventSource("/api/events");
    source.addEventListener("open", () => {
      connected(true);
      // What changed while nobody listened is not told again.
      if (wasOpen) returned();
      wasOpen = true;
    });
    source.addEventListener("error", () => {
      connected(false);
      // A server that answered with an error ends the source for good: a new one is made.
      if (source?.readyState === EventSource.CLOSED)
        setTimeout(() => {
          if (!document.hidden && source?.readyState === EventSource.CLOSED) open();
        }, 3000);
    });
    source.addEventListener("change", (event) => {
      let change = null;
      try {
        change = JSON.parse(event.data);
      } catch {
        return;
      }
      changed(change);
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      open();
      returned();
    }
  });
  if (!document.hidden) open();
}
