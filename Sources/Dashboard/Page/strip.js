// Curves over the tokens of a response, drawn on a canvas: as fast for 100,000 tokens as a slider moves. A click
// chooses a token, a drag looks closer, a double click shows all again.

import { h } from "./dom.js";
import { theme } from "./charts.js";
import { number } from "./format.js";

const left = 52;
const right = 10;
const top = 8;
const bottom = 20;

/** The part of the response that strips show; one is shared by those that lie below each other. */
export class Window {
  constructor(length) {
    this.length = length;
    this.strips = [];
    this.show(0, length - 1);
  }

  show(from, to) {
    this.from = Math.max(0, Math.min(from, to));
    this.to = Math.min(Math.max(1, this.length - 1), Math.max(from, to, this.from + 4));
    for (const strip of this.strips) strip.draw();
  }

  /** Makes sure that a token is in it. */
  hold(index) {
    if (index >= this.from && index <= this.to) return;
    const half = (this.to - this.from) / 2;
    this.show(Math.round(index - half), Math.round(index + half));
  }
}

export class Strip {
  /** `choose(index)` is called on a click. */
  constructor({ title, height = 130, window, choose }) {
    this.title = title;
    this.height = height;
    this.window = window;
    this.choose = choose;
    this.lines = [];
    this.chosen = 0;
    this.canvas = h("canvas", {
      class: "strip",
      role: "img",
      "aria-label": title,
      style: { height: `${height}px` },
    });
    this.keys = h("span", { class: "strip-head" });
    this.element = h(
      "div",
      {},
      h("div", { class: "strip-head" }, h("h3", { text: title }), this.keys),
      this.canvas,
    );
    window.strips.push(this);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
    this.listen();
  }

  /** `lines`: {name, values, color (a key of the theme's series, from 0, or a name), isDashed}. */
  set(lines) {
    this.lines = lines;
    const colors = theme();
    this.keys.replaceChildren(
      ...lines.map((line) =>
        h(
          "span",
          { class: "key" },
          h("i", { class: line.isDashed ? "dashed" : null, style: { "border-color": colorOf(line, colors) } }),
          line.name,
        ),
      ),
    );
    this.draw();
  }

  mark(index) {
    this.chosen = index;
    this.draw();
  }

  listen() {
    let start = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      start = event.offsetX;
      this.drag = null;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (start == null || Math.abs(event.offsetX - start) < 6) return;
      this.drag = [start, event.offsetX];
      this.draw();
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (start == null) return;
      start = null;
      if (this.drag) {
        const [a, b] = this.drag.map((x) => Math.round(this.index(x)));
        this.drag = null;
        if (Math.abs(a - b) > 2) this.window.show(a, b);
        else this.draw();
      } else {
        this.choose(Math.round(this.index(event.offsetX)));
      }
    });
    this.canvas.addEventListener("pointercancel", () => {
      start = null;
      this.drag = null;
      this.draw();
    });
    this.canvas.addEventListener("dblclick", () => this.window.show(0, this.window.length - 1));
  }

  get plotWidth() {
    return Math.max(10, this.canvas.clientWidth - left - right);
  }

  x(index) {
    return left + ((index - this.window.from) / Math.max(1, this.window.to - this.window.from)) * this.plotWidth;
  }

  index(x) {
    const { from, to } = this.window;
    return Math.min(to, Math.max(from, from + ((x - left) / this.plotWidth) * (to - from)));
  }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      this.paint();
    });
  }

  paint() {
    const width = this.canvas.clientWidth;
    if (!width || !this.canvas.isConnected) return;
    const ratio = devicePixelRatio || 1;
    if (
      this.canvas.width !== Math.round(width * ratio) ||
      this.canvas.height !== Math.round(this.height * ratio)
    ) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(this.height * ratio);
    }
    const pen = this.canvas.getContext("2d");
    const colors = theme();
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, this.height);
    pen.font = "11px system-ui, sans-serif";
    const [low, high] = this.reach();
    const y = (value) => top + (1 - (value - low) / (high - low)) * (this.height - top - bottom);
    this.axes(pen, colors, y, low, high);
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, this.plotWidth, this.height - bottom + 4);
    pen.clip();
    for (const line of this.lines) this.line(pen, line, y, colorOf(line, colors));
    pen.restore();
    pen.strokeStyle = colors.text;
    pen.lineWidth = 1;
    if (this.chosen >= this.window.from && this.chosen <= this.window.to) {
      const x = Math.round(this.x(this.chosen)) + 0.5;
      pen.beginPath();
      pen.moveTo(x, top - 4);
      pen.lineTo(x, this.height - bottom);
      pen.stroke();
      for (const line of this.lines) {
        const value = line.values[this.chosen];
        if (!Number.isFinite(value)) continue;
        pen.fillStyle = colorOf(line, colors);
        pen.beginPath();
        pen.arc(x, y(value), 3, 0, 7);
        pen.fill();
      }
    }
    if (this.drag) {
      pen.fillStyle = colors.accent;
      pen.globalAlpha = 0.18;
      pen.fillRect(Math.min(...this.drag), top, Math.abs(this.drag[1] - this.drag[0]), this.height - top - bottom);
      pen.globalAlpha = 1;
    }
  }

  /** The least and greatest number in view, with some room. */
  reach() {
    let low = Infinity;
    let high = -Infinity;
    for (const line of this.lines) {
      for (let i = this.window.from; i <= this.window.to; i += 1) {
        const value = line.values[i];
        if (value == null || !Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (low > high) return [-1, 1];
    const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.1;
    return [low - room, high + room];
  }

  axes(pen, colors, y, low, high) {
    pen.lineWidth = 1;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const value of ticks(low, high, 4)) {
      const at = Math.round(y(value)) + 0.5;
      pen.strokeStyle = value === 0 ? colors.dim : colors.line;
      pen.beginPath();
      pen.moveTo(left, at);
      pen.lineTo(left + this.plotWidth, at);
      pen.stroke();
      pen.fillStyle = colors.dim;
      pen.fillText(number(value, 3), left - 6, at);
    }
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    for (const value of ticks(this.window.from, this.window.to, 8)) {
      if (!Number.isInteger(value)) continue;
      pen.fillText(value.toLocaleString("en-US"), this.x(value), this.height - 5);
    }
  }

  /** A line; where several tokens share a pixel, their least and greatest. */
  line(pen, { values, isDashed }, y, color) {
    const { from, to } = this.window;
    pen.strokeStyle = color;
    pen.lineWidth = isDashed ? 1.4 : 1.6;
    pen.setLineDash(isDashed ? [5, 4] : []);
    pen.beginPath();
    let isOpen = false;
    const point = (x, value) => {
      if (isOpen) pen.lineTo(x, y(value));
      else pen.moveTo(x, y(value));
      isOpen = true;
    };
    const per = Math.max(1, Math.floor((to - from) / (this.plotWidth * 2)));
    for (let i = from; i <= to; i += per) {
      let low = Infinity;
      let high = -Infinity;
      for (let j = i; j < Math.min(i + per, to + 1); j += 1) {
        const value = values[j];
        if (value == null || !Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (low > high) {
        isOpen = false;
        continue;
      }
      point(this.x(i), low);
      if (high !== low) point(this.x(i), high);
    }
    pen.stroke();
    pen.setLineDash([]);
  }

  close() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.pending);
  }
}

function colorOf(line, colors) {
  return typeof line.color === "number" ? colors.series[line.color] : colors[line.color];
}

/** Round numbers between two. */
function ticks(low, high, about) {
  const rough = (high - low) / about || 1;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough) ?? rough;
  const places = [];
  const first = Math.ceil(low / step);
  // Between two numbers that are next to each other no counting gets further.
  for (let n = 0; n <= 12 && (first + n) * step <= high + step * 1e-9; n += 1)
    places.push(Number(((first + n) * step).toPrecision(12)));
  return places;
}
