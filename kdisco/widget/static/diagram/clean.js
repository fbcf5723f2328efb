// One diagram: an SVG text from Python, live in the page. These files are joined in order into one module:
// this one takes a text apart safely and makes elements.

const SVG = "http://www.w3.org/2000/svg";
const XLINK = "http://www.w3.org/1999/xlink";
const FOREIGN = "script,foreignObject,iframe,object,embed,style,image,use,animate,animateMotion,animateTransform,set";

/** The SVG element of a text, with nothing in it that could act or load. */
function clean(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  if (svg.nodeName !== "svg" || parsed.querySelector("parsererror")) return document.createElementNS(SVG, "svg");
  svg.querySelectorAll(FOREIGN).forEach((each) => each.remove());
  for (const each of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of [...each.attributes]) {
      const link = /(^|:)href$/i.test(name) && !value.startsWith("#");
      if (/^on/i.test(name) || link || /url\(\s*['"]?(?!#)/i.test(value) || /javascript:/i.test(value)) each.removeAttribute(name);
    }
    each.removeAttributeNS(XLINK, "title");
  }
  return document.importNode(svg, true);
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const things = (svg) => [...svg.querySelectorAll("g.node[id]")];
const named = (svg, id) => (svg && id ? svg.querySelector(`#${CSS.escape(id)}`) : null);
const graph = (svg) => svg.querySelector("g.graph") ?? svg;

/** The middle of an element in the picture's own units. */
function centre(element) {
  const box = element.getBBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** An HTML element with attributes (false and null: none) and children. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const ICONS = {
  play: "M4 2 L13 8 L4 14 Z",
  pause: "M4 2 H7 V14 H4 Z M9 2 H12 V14 H9 Z",
  step: "M3 2 L10 8 L3 14 Z M11 2 H13 V14 H11 Z",
  back: "M13 2 L6 8 L13 14 Z M3 2 H5 V14 H3 Z",
  closer: "M7 2 H9 V7 H14 V9 H9 V14 H7 V9 H2 V7 H7 Z",
  farther: "M2 7 H14 V9 H2 Z",
  whole: "M2 2 H7 V4 H4 V7 H2 Z M9 2 H14 V7 H12 V4 H9 Z M2 9 H4 V12 H7 V14 H2 Z M12 9 H14 V14 H9 V12 H12 Z",
  close: "M3 4.4 L4.4 3 L8 6.6 L11.6 3 L13 4.4 L9.4 8 L13 11.6 L11.6 13 L8 9.4 L4.4 13 L3 11.6 L6.6 8 Z",
};

/** A button with an icon of ICONS on it. */
function button(name, label, act) {
  const made = make("button", { type: "button", class: `kdisco-${name}`, title: label, "aria-label": label });
  made.dataset.lmSuppressShortcuts = "true"; // Lab looks at the focused element itself first
  icon(made, name);
  made.addEventListener("click", act);
  return made;
}

/** Put an icon on a button. */
function icon(made, name) {
  const path = ICONS[name] ?? "";
  made.innerHTML = `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${path}"/></svg>`;
}

/** A button with words on it; `label` says more to those who hear it, and begins with the same words. */
function wordy(name, words, label, act) {
  const made = make("button", { type: "button", class: `kdisco-${name}`, title: label, "aria-label": label }, words);
  made.dataset.lmSuppressShortcuts = "true";
  made.addEventListener("click", act);
  return made;
}
