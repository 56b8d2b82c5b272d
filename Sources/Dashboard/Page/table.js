// A sortable table that builds only the rows in view, so that 20,000 rows scroll as easily as 20.

import { h, renew, s } from "./dom.js";

const rowHeight = 28;

/**
 * `columns`: {key, title, class, width, value(row), cell(row)}; a column without `value` cannot be sorted by.
 * `attributes(row)` gives a row's attributes, `open(row)` what a click on it does.
 */
export class Table {
  constructor({ columns, attributes = () => ({}), open = null, height = 560, label, sort = null }) {
    Object.assign(this, { columns, attributes, open, sort });
    this.rows = [];
    this.order = [];
    this.body = h("tbody");
    this.heads = columns.map((column) => {
      const sorter = column.value
        ? h(
            "button",
            { type: "button", class: "sorter", onclick: () => this.sortBy(column.key) },
            column.title,
            h("span", { class: "arrow", "aria-hidden": "true" }),
          )
        : column.title;
      return h(
        "th",
        { scope: "col", class: column.class, style: column.width ? { width: column.width } : {} },
        sorter,
      );
    });
    this.table = h(
      "table",
      { class: "windowed", "aria-label": label },
      h("thead", {}, h("tr", {}, this.heads)),
      this.body,
    );
    this.element = h(
      "div",
      {
        class: "scroller",
        tabindex: 0,
        role: "region",
        "aria-label": label,
        style: { "max-height": `${height}px` },
        onscroll: () => this.render(),
      },
      this.table,
    );
    this.height = height;
    this.marks();
  }

  show(rows) {
    this.rows = rows;
    this.arrange();
  }

  sortBy(key) {
    const isSame = this.sort?.key === key;
    this.sort = { key, down: isSame ? !this.sort.down : false };
    this.marks();
    this.arrange();
  }

  marks() {
    this.columns.forEach((column, i) => {
      const state = this.sort?.key === column.key ? (this.sort.down ? "descending" : "ascending") : null;
      if (state) this.heads[i].setAttribute("aria-sort", state);
      else this.heads[i].removeAttribute("aria-sort");
    });
  }

  arrange() {
    this.order = sorted(this.rows, this.columns, this.sort);
    this.table.setAttribute("aria-rowcount", this.order.length + 1);
    this.first = null;
    this.render();
  }

  render() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight) - 12);
    const count = Math.ceil(this.height / rowHeight) + 24;
    if (this.first != null && Math.abs(first - this.first) < 6) return;
    this.first = first;
    const last = Math.min(this.order.length, first + count);
    const spacer = (n) =>
      n > 0
        ? h(
            "tr",
            { class: "spacer", "aria-hidden": "true" },
            h("td", { colspan: this.columns.length, style: { height: `${n * rowHeight}px` } }),
          )
        : null;
    const focused = this.body.contains(document.activeElement)
      ? document.activeElement.closest("tr")?.rowIndex
      : null;
    renew(
      this.body,
      spacer(first),
      this.order.slice(first, last).map((row, i) => this.row(row, first + i)),
      spacer(this.order.length - last),
    );
    if (focused != null && !this.body.contains(document.activeElement))
      this.element.focus({ preventScroll: true });
  }

  row(row, index) {
    return h(
      "tr",
      {
        ...this.attributes(row),
        "aria-rowindex": index + 2,
        class: this.open ? "opens" : null,
        onclick: (event) => {
          if (this.open && !event.target.closest("a, button, input") && !getSelection()?.toString())
            this.open(row);
        },
      },
      this.columns.map((column) =>
        h("td", { class: column.class }, column.cell ? column.cell(row) : String(column.value(row) ?? "–")),
      ),
    );
  }
}

/** Rows in the order of a column; what is missing comes last either way. */
export function sorted(rows, columns, sort) {
  const column = sort && columns.find((one) => one.key === sort.key);
  if (!column) return [...rows];
  const keyed = rows.map((row) => [column.value(row), row]);
  const isMissing = (value) => value == null || value === "" || Number.isNaN(value);
  keyed.sort(([a], [b]) => {
    if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
    const order =
      typeof a === "number" && typeof b === "number"
        ? a - b
        : String(a).localeCompare(String(b), "en", { numeric: true });
    return sort.down ? -order : order;
  });
  return keyed.map(([, row]) => row);
}

/** A small curve without axes. */
export function sparkline(values, label) {
  const points = (values ?? [])
    .map((value, i) => [i, value])
    .filter(([, value]) => value != null && Number.isFinite(value));
  const svg = s("svg", {
    class: "spark",
    viewBox: "0 0 84 20",
    width: 84,
    height: 20,
    role: "img",
    "aria-label": label,
  });
  if (points.length < 2) return svg;
  const low = Math.min(...points.map(([, v]) => v));
  const span = Math.max(...points.map(([, v]) => v)) - low || 1;
  const path = points.map(
    ([i, v]) =>
      `${(2 + (80 * i) / Math.max(1, values.length - 1)).toFixed(1)},${(17 - (14 * (v - low)) / span).toFixed(1)}`,
  );
  const [x, y] = path.at(-1).split(",");
  svg.append(s("polyline", { points: path.join(" ") }), s("circle", { cx: x, cy: y, r: 2 }));
  return svg;
}
