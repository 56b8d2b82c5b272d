// The text of a response, token by token, colored by a column. Only blocks near the view are built, so that
// 100,000 tokens scroll; a block that leaves keeps its height.

import { h } from "./dom.js";

const least = 250; // tokens of a block before it may end at a line break
const most = 500; // and at most

export class TokenText {
  /** `chosen(index)` is called on a click or a key, `hovered(index or null)` under the pointer. */
  constructor({ tokens, chosen, hovered }) {
    this.tokens = tokens;
    this.chosenCalled = chosen;
    this.chosen = 0;
    this.color = () => null;
    this.blocks = [];
    this.blockOf = new Uint32Array(tokens.length);
    this.element = h("div", {
      class: "tokens",
      role: "group",
      "aria-label": "Tokens of the response; arrow keys move",
      dir: "auto",
    });
    for (let from = 0; from < tokens.length; ) {
      let to = from + 1;
      while (to < tokens.length && to - from < most && !(to - from >= least && tokens[to - 1].includes("\n")))
        to += 1;
      this.blockOf.fill(this.blocks.length, from, to);
      const block = { from, to, element: h("div", { class: "block", dir: "auto" }), isBuilt: false };
      block.element.block = block;
      block.element.style.minHeight = `${this.guess(from, to)}px`;
      this.blocks.push(block);
      this.element.append(block.element);
      from = to;
    }
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) this.build(target.block);
          else this.raze(target.block);
        }
      },
      { root: this.element, rootMargin: "900px 0px" },
    );
    for (const block of this.blocks) this.observer.observe(block.element);
    if (this.blocks.length) this.build(this.blocks[0]);
    this.element.addEventListener("click", (event) => {
      const index = indexOf(event.target);
      if (index != null && !getSelection()?.toString()) {
        this.choose(index);
        this.span(index)?.focus({ preventScroll: true });
      }
    });
    this.element.addEventListener("pointerover", (event) => hovered(indexOf(event.target)));
    this.element.addEventListener("pointerleave", () => hovered(null));
    this.element.addEventListener("focusin", (event) => {
      const i = indexOf(event.target);
      if (i != null && i !== this.chosen) this.choose(i);
    });
  }

  /** A first guess of a block's height, from its letters. */
  guess(from, to) {
    let lines = 1;
    let letters = 0;
    for (let i = from; i < to; i += 1) {
      letters += this.tokens[i].length;
      if (this.tokens[i].includes("\n")) lines += 0.6;
    }
    return Math.round((lines + letters / 95) * 23.5);
  }

  build(block) {
    if (block.isBuilt) return;
    block.isBuilt = true;
    const fragment = document.createDocumentFragment();
    for (let i = block.from; i < block.to; i += 1) {
      const span = document.createElement("span");
      span.dataset.token = i;
      span.tabIndex = i === this.chosen ? 0 : -1;
      if (i === this.chosen) span.dataset.chosen = "";
      fillToken(span, this.tokens[i]);
      this.paint(span, i);
      fragment.append(span);
    }
    block.element.replaceChildren(fragment);
    block.element.style.minHeight = "";
  }

  raze(block) {
    if (!block.isBuilt || block.element.contains(document.activeElement)) return;
    const height = block.element.offsetHeight;
    if (height) block.element.style.minHeight = `${height}px`;
    block.element.replaceChildren();
    block.isBuilt = false;
  }

  paint(span, i) {
    const color = this.color(i);
    span.style.backgroundColor = color?.back ?? "";
    span.style.color = color?.front ?? "";
  }

  /** Colors the text anew; `color(index)` gives {back, front} or null. */
  recolor(color) {
    this.color = color;
    for (const block of this.blocks) {
      if (block.isBuilt) for (const span of block.element.children) this.paint(span, Number(span.dataset.token));
    }
  }

  /** The span of a token, where it is built. */
  span(index) {
    const block = this.blocks[this.blockOf[index]];
    return block?.isBuilt ? block.element.children[index - block.from] : null;
  }

  /** Marks a token and tells of it; `isShown` scrolls there. */
  choose(index, isShown = false) {
    if (!this.tokens.length) return;
    const next = Math.min(this.tokens.length - 1, Math.max(0, index));
    const before = this.span(this.chosen);
    if (before) {
      delete before.dataset.chosen;
      before.tabIndex = -1;
    }
    this.chosen = next;
    this.build(this.blocks[this.blockOf[next]]);
    const span = this.span(next);
    span.dataset.chosen = "";
    span.tabIndex = 0;
    if (isShown) {
      const box = span.getBoundingClientRect();
      const frame = this.element.getBoundingClientRect();
      if (box.top < frame.top + 10 || box.bottom > frame.bottom - 10)
        this.element.scrollTop += box.top - frame.top - frame.height / 3;
    }
    this.chosenCalled(next);
  }

  /** Moves the chosen token by a key; whether the key was one. */
  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key in moves) this.choose(this.chosen + moves[event.key], true);
    else if (event.key === "Home") this.choose(0, true);
    else if (event.key === "End") this.choose(this.tokens.length - 1, true);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown")
      this.choose(this.neighborLine(event.key === "ArrowUp" ? -1 : 1), true);
    else return false;
    event.preventDefault();
    if (this.element.contains(document.activeElement)) this.span(this.chosen)?.focus({ preventScroll: true });
    return true;
  }

  /** The token in the line above or below that lies nearest. */
  neighborLine(direction) {
    const here = this.span(this.chosen)?.getClientRects()[0];
    if (!here) return this.chosen;
    let best = this.chosen;
    let distance = Infinity;
    let line = null;
    for (let i = this.chosen + direction; i >= 0 && i < this.tokens.length; i += direction) {
      this.build(this.blocks[this.blockOf[i]]);
      const box = this.span(i).getClientRects()[0];
      if (!box || Math.abs(box.top - here.top) < 6) continue;
      if (line == null) line = box.top;
      if (Math.abs(box.top - line) > 6) break;
      const gap = Math.abs(box.left - here.left);
      if (gap < distance) {
        distance = gap;
        best = i;
      }
    }
    return best;
  }

  close() {
    this.observer.disconnect();
  }
}

function indexOf(target) {
  const span = target instanceof Element ? target.closest("[data-token]") : null;
  return span ? Number(span.dataset.token) : null;
}

/** A token's text; line breaks are shown and kept, a piece of a letter is a small box. */
function fillToken(span, text) {
  if (text === "") {
    span.className = "hollow";
    span.title = "a part of the next letter";
    return;
  }
  if (!text.includes("\n")) {
    span.textContent = text;
    return;
  }
  text.split("\n").forEach((part, i) => {
    if (i) span.append(h("span", { class: "break", "aria-hidden": "true", text: "↵" }), "\n");
    if (part) span.append(part);
  });
}

/** A token's text in one line, for the panel. */
export function named(text) {
  return text === ""
    ? "(a part of the next letter)"
    : text.replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "·");
}
