// Makes and changes elements. Every text goes in as a text node: nothing here ever reads HTML.

const svgSpace = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children.
 *
 * `class`, `text`, `data` (an object), `style` (an object) and `on…` are special; null and false leave an
 * attribute out. Children are nodes, texts, lists of them, or null.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) continue;
    if (key === "text") element.textContent = value;
    else if (key === "data")
      for (const [k, v] of Object.entries(value)) {
        if (v != null) element.dataset[k] = v;
      }
    else if (key === "style") for (const [k, v] of Object.entries(value)) element.style.setProperty(k, v);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "disabled") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  put(element, children);
  return element;
}

/** Appends nodes, texts and lists of them. */
export function put(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false) continue;
    element.append(child);
  }
  return element;
}

/** Replaces what is in an element. */
export function renew(element, ...children) {
  element.replaceChildren();
  return put(element, children);
}

/** Sets a text only where it differs, so that a live table keeps still. */
export function say(element, text) {
  const words = String(text ?? "");
  if (element.textContent !== words) element.textContent = words;
}

/** Tells screen readers about a change. */
export function announce(words) {
  say(document.getElementById("said"), words);
}

/** A link to a view of this page. */
export function link(hash, text, attributes = {}) {
  return h("a", { href: hash, ...attributes }, text);
}

/** A labeled field: the label's words, then the control. */
export function field(words, control, attributes = {}) {
  return h("label", { class: "field", ...attributes }, h("span", { text: words }), control);
}

/** A choice among [value, words] pairs. */
export function choice(options, value, changed, attributes = {}) {
  const select = h(
    "select",
    { onchange: () => changed(select.value), ...attributes },
    options.map(([key, words]) => h("option", { value: key, text: words })),
  );
  select.value = value;
  return select;
}

/** A row of buttons of which one is pressed. */
export function segmented(label, options, value, changed) {
  const group = h("span", { class: "segmented", role: "group", "aria-label": label });
  for (const [key, words] of options) {
    group.append(
      h("button", {
        type: "button",
        text: words,
        "aria-pressed": String(key === value),
        onclick: (event) => {
          for (const other of group.children)
            other.setAttribute("aria-pressed", String(other === event.currentTarget));
          changed(key);
        },
      }),
    );
  }
  return group;
}

/** A panel with a heading; `note` stands small beside it. */
export function panel(title, note, ...children) {
  return h("section", { class: "panel" }, h("h3", {}, title, note ? h("small", { text: note }) : null), children);
}

/** Words in place of something that is not there. */
export function nothing(...words) {
  return h("p", { class: "nothing" }, words);
}

/** A function that runs at most once in so many milliseconds, the last call never lost. */
export function throttled(milliseconds, work) {
  let timer = null;
  let last = -Infinity;
  const run = () => {
    timer = null;
    last = performance.now();
    work();
  };
  const call = () => {
    if (timer == null) timer = setTimeout(run, Math.max(0, last + milliseconds - performance.now()));
  };
  call.cancel = () => {
    clearTimeout(timer);
    timer = null;
  };
  return call;
}
