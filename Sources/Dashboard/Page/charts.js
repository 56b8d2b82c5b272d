// Everything that plotly draws goes through here: colors from the style sheet, sizes that keep, and the one
// place where texts are escaped, since plotly reads some HTML in them.

import { h } from "./dom.js";

const alive = new Set();
const textKeys = new Set([
  "name",
  "text",
  "hovertext",
  "ticktext",
  "title",
  "x",
  "y",
  "labels",
  "legendgroup",
  "customdata",
]);

/** A text that plotly shows as it is. */
export function escaped(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A copy of traces or a layout with every text in it escaped; hover templates are this page's own words. */
function safe(value, key = "") {
  if (typeof value === "string") return textKeys.has(key) ? escaped(value) : value;
  if (Array.isArray(value)) {
    if (typeof value[0] === "number") return value;
    return value.map((one) => safe(one, key));
  }
  if (value && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, safe(v, k)]));
  }
  return value;
}

/** The style sheet's colors. */
export function theme() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    isDark: document.documentElement.dataset.theme === "dark",
    text: of("text"),
    dim: of("dim"),
    line: of("line"),
    surface: of("surface"),
    accent: of("accent"),
    good: of("good"),
    bad: of("bad"),
    series: Array.from({ length: 8 }, (_, i) => of(`series-${i + 1}`)),
  };
}

/** The same color, seen through. */
export function faint(color, share) {
  const n = parseInt(color.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${share})`;
}

/** Plotly's scales for heat maps, readable without red and green. */
export function scales(colors) {
  const middle = colors.isDark ? "#20242b" : "#f7f7f5";
  return {
    sequential: "Viridis",
    diverging: [
      [0, "#2166ac"],
      [0.25, colors.isDark ? "#3f6f9f" : "#8fbbdc"],
      [0.5, middle],
      [0.75, colors.isDark ? "#b0702c" : "#f3b177"],
      [1, "#c2590a"],
    ],
  };
}

const observed = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.chart?.seen();
  },
  { rootMargin: "300px" },
);

const sized = new ResizeObserver((entries) => {
  for (const entry of entries) entry.target.chart?.resized();
});

/**
 * One chart of a fixed height. It is drawn when it comes into view, and again by `draw`.
 *
 * `build(theme)` gives {traces, layout}, or null where there is nothing to draw.
 */
export class Chart {
  constructor({ height = 240, label = "Chart", onclick = null, onseen = null, hasTools = true } = {}) {
    this.element = h("div", {
      class: "chart",
      role: "img",
      "aria-label": label,
      style: { height: `${height}px` },
    });
    this.element.chart = this;
    this.height = height;
    this.onclick = onclick;
    this.onseen = onseen;
    this.hasTools = hasTools;
    this.build = null;
    this.isSeen = false;
    this.isDrawn = false;
    this.width = 0;
    alive.add(this);
    observed.observe(this.element);
    sized.observe(this.element);
  }

  seen() {
    if (this.isSeen) return;
    this.isSeen = true;
    observed.unobserve(this.element);
    this.onseen?.();
    this.redraw();
  }

  draw(build) {
    this.build = build;
    if (this.isSeen) this.redraw();
  }

  redraw() {
    if (!this.build || !this.element.isConnected) return;
    const colors = theme();
    const made = this.build(colors);
    if (!made) {
      this.empty("No numbers yet.");
      return;
    }
    this.element.querySelector(".nothing")?.remove();
    window.Plotly.react(this.element, safe(made.traces), this.layout(safe(made.layout ?? {}), colors), {
      displaylogo: false,
      responsive: false,
      doubleClick: "reset",
      displayModeBar: this.hasTools,
      modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
      toImageButtonOptions: { format: "svg" },
    });
    if (!this.isDrawn) {
      this.isDrawn = true;
      this.width = this.element.clientWidth;
      this.element.on("plotly_click", (event) => this.onclick?.(event.points?.[0]));
    }
  }

  /** Words in place of the chart, of the same height. */
  empty(words) {
    if (this.isDrawn) {
      window.Plotly.purge(this.element);
      this.isDrawn = false;
    }
    this.element.replaceChildren(h("p", { class: "nothing", text: words }));
  }

  resized() {
    if (!this.isDrawn || !this.element.isConnected || this.element.clientWidth === this.width) return;
    this.width = this.element.clientWidth;
    if (this.width) window.Plotly.relayout(this.element, { width: this.width });
  }

  layout(own, colors) {
    const axis = {
      gridcolor: colors.line,
      linecolor: colors.line,
      zerolinecolor: colors.dim,
      zerolinewidth: 1,
      tickfont: { color: colors.dim, size: 11 },
      automargin: true,
      ticks: "",
    };
    const titled = (made) => ({
      ...axis,
      ...made,
      title: made?.title ? { text: made.title, font: { size: 11, color: colors.dim }, standoff: 6 } : undefined,
    });
    const more = Object.fromEntries(
      Object.entries(own)
        .filter(([key]) => /^[xy]axis\d+$/.test(key))
        .map(([key, value]) => [key, titled(value)]),
    );
    return {
      height: this.height,
      width: this.element.clientWidth || undefined,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 12, color: colors.text },
      margin: { l: 46, r: 12, t: 10, b: 34 },
      hovermode: "x unified",
      hoverlabel: {
        bgcolor: colors.surface,
        bordercolor: colors.line,
        font: { color: colors.text, size: 12 },
        namelength: 48,
      },
      colorway: colors.series,
      uirevision: "keep",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colors.dim, activecolor: colors.accent },
      ...own,
      ...more,
      legend: {
        orientation: "h",
        x: 0,
        y: 1.02,
        yanchor: "bottom",
        font: { size: 11, color: colors.text },
        ...own.legend,
      },
      xaxis: titled({ zeroline: false, ...own.xaxis }),
      yaxis: titled(own.yaxis),
    };
  }

  remove() {
    observed.unobserve(this.element);
    sized.unobserve(this.element);
    if (this.isDrawn) window.Plotly.purge(this.element);
    alive.delete(this);
  }
}

/** Lets go of charts that are no longer in the page. */
export function sweep() {
  for (const chart of [...alive]) if (!chart.element.isConnected) chart.remove();
}

/** Draws every chart in the new colors. */
export function themeChanged() {
  for (const chart of alive) if (chart.isSeen) chart.redraw();
}
