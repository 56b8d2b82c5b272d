// The mean of the curves of several seeds. Pure: no page, no server.

/**
 * The mean of several curves where at least two thirds of them have numbers.
 *
 * Places that are not shared (tokens) are met by straight lines between a curve's neighbors.
 */
export function meanCurve(runs, of) {
  const filled = runs.filter((run) => run.values.length).map((run) => ({ x: of(run), y: run.values }));
  if (filled.length < 2) return filled[0] ?? { x: [], y: [] };
  const longest = filled.reduce((best, run) => (run.x.length > best.x.length ? run : best));
  const y = longest.x.map((place) => {
    const here = filled.map((run) => between(run, place)).filter((value) => value != null);
    return here.length * 3 >= filled.length * 2 ? here.reduce((sum, value) => sum + value, 0) / here.length : null;
  });
  return { x: longest.x, y };
}

/** A curve's number at a place between its points. */
function between({ x, y }, place) {
  if (place == null || !x.length || place < x[0] || place > x.at(-1)) return null;
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= place) low = middle;
    else high = middle;
  }
  if (x[high] === place) return y[high];
  if (x[low] === place || x[high] === x[low]) return y[low];
  if (y[low] == null || y[high] == null) return null;
  return y[low] + ((place - x[low]) / (x[high] - x[low])) * (y[high] - y[low]);
}
