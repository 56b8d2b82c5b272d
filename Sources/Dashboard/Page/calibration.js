// Whether the critic's word is right: what it expected of responses against what they got, in ten bins.

import * as api from "./api.js";
import { Chart } from "./charts.js";
import { panel } from "./dom.js";

const steps = 20;
const names = { first: "before the first token", middle: "in the middle", last: "before the last token" };

/** A panel for a run; `update` fetches anew where it has been seen. */
export function calibrationPanel(signal) {
  let run = null;
  let isSeen = false;
  const chart = new Chart({
    label: "Critic calibration",
    onseen: () => {
      isSeen = true;
      fetchNow();
    },
  });
  async function fetchNow() {
    const dumped = run?.dumps?.rollouts ?? [];
    if (!isSeen || !dumped.length) {
      if (isSeen) chart.empty("No responses were dumped.");
      return;
    }
    try {
      const { places } = await api.calibration(run.id, dumped[Math.max(0, dumped.length - steps)], dumped.at(-1), signal);
      if (places.length) chart.draw((colors) => drawn(places, colors));
      else chart.empty("These dumps do not say what the critic expected.");
    } catch (error) {
      if (error.name !== "AbortError") chart.empty(error.message);
    }
  }
  return {
    panel: panel("Critic calibration", `expected against what came, last ${steps} dumps; on the line it is right`, chart.element),
    update: (now) => {
      run = now;
      fetchNow();
    },
  };
}

function drawn(places, colors) {
  const all = places.flatMap((place) => place.bins.flatMap((bin) => [bin.expected, bin.realized]));
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const right = {
    type: "scatter",
    mode: "lines",
    x: [least, most],
    y: [least, most],
    line: { color: colors.dim, width: 1, dash: "dot" },
    hoverinfo: "skip",
    showlegend: false,
  };
  const traces = places.map((place, i) => ({
    type: "scatter",
    mode: "lines+markers",
    name: names[place.place] ?? place.place,
    x: place.bins.map((bin) => bin.expected),
    y: place.bins.map((bin) => bin.realized),
    error_y: { type: "data", array: place.bins.map((bin) => bin.error), thickness: 1, width: 2, color: colors.series[i] },
    customdata: place.bins.map((bin) => bin.count),
    line: { color: colors.series[i], width: 1.4 },
    marker: { color: colors.series[i], size: 6 },
    hovertemplate: "expected %{x:.3f}, came %{y:.3f}, %{customdata} responses<extra></extra>",
  }));
  return {
    traces: [right, ...traces],
    layout: {
      hovermode: "closest",
      xaxis: { title: "expected" },
      yaxis: { title: "reward" },
    },
  };
}
