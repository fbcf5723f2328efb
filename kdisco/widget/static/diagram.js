// One diagram: an SVG text from Python, live in the page. Things can be chosen, moved things slide,
// new ones fade in, and a packet runs along a list of edges.

const SVG = "http://www.w3.org/2000/svg";
const XLINK = "http://www.w3.org/1999/xlink";
const FOREIGN = "script,foreignObject,iframe,object,embed,style,image,use,animate,animateMotion,animateTransform,set";
const SLIDE = 180; // milliseconds that a thing takes to its new place
const SPEED = 0.16; // user units a packet runs in a millisecond
const ICONS = {
  play: "M4 2 L13 8 L4 14 Z",
  pause: "M4 2 H7 V14 H4 Z M9 2 H12 V14 H9 Z",
  step: "M3 2 L10 8 L3 14 Z M11 2 H13 V14 H11 Z",
};

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
const named = (svg, id) => (id ? svg.querySelector(`#${CSS.escape(id)}`) : null);

function centre(element) {
  const box = element.getBBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Where each thing stands; edges are only noted. */
function measured(svg) {
  const places = new Map(things(svg).map((each) => [each.id, centre(each)]));
  svg.querySelectorAll("g.edge[id]").forEach((each) => places.set(each.id, null));
  return places;
}

/** Let what has moved slide from its old place, and what is new appear. */
function animate(svg, places, present) {
  if (still() || !places.size) return;
  for (const each of things(svg)) {
    const now = present.get(each.id), old = places.get(each.id);
    const from = old ? { transform: `translate(${old.x - now.x}px, ${old.y - now.y}px)` } : { opacity: 0 };
    const moved = !old || Math.abs(old.x - now.x) + Math.abs(old.y - now.y) > 0.5;
    if (moved) each.animate([from, old ? { transform: "none" } : { opacity: 1 }], { duration: SLIDE, easing: "ease-out" });
  }
  for (const each of svg.querySelectorAll("g.edge")) {
    if (!places.has(each.id)) each.animate([{ opacity: 0 }, { opacity: 1 }], { duration: SLIDE, easing: "ease-in" });
  }
}

function button(name, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `kdisco-${name}`;
  made.setAttribute("aria-label", label);
  made.title = label;
  made.dataset.lmSuppressShortcuts = "true";
  made.innerHTML = `<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
  return made;
}

/** The packet: a dot that follows `path`, a list of edge ids; "-" before an id means backwards. */
function packet(model, stage) {
  const words = model.get("words");
  const bar = document.createElement("div");
  bar.className = "kdisco-controls";
  const play = button("play", words.play), step = button("step", words.step), place = document.createElement("span");
  bar.append(play, step, place);
  const dot = document.createElementNS(SVG, "circle");
  dot.setAttribute("class", "kdisco-packet");
  dot.setAttribute("r", "5.5");
  let frame = 0, along = 0, then = 0;

  const track = (at) => {
    const id = model.get("path")[at] ?? "";
    const line = stage.svg && named(stage.svg, id.replace(/^-/, ""))?.querySelector("path");
    return line ? { line, back: id.startsWith("-"), length: line.getTotalLength() } : null;
  };
  const put = () => {
    const path = model.get("path"), at = model.get("position"), now = track(Math.min(at, path.length - 1));
    bar.hidden = !path.length;
    if (!now) return dot.remove();
    const far = at >= path.length ? now.length : Math.min(along, now.length);
    const point = now.line.getPointAtLength(now.back ? now.length - far : far);
    dot.setAttribute("cx", point.x);
    dot.setAttribute("cy", point.y);
    now.line.ownerSVGElement.querySelector("g.graph").append(dot);
    place.textContent = `${Math.min(at, path.length)} / ${path.length}`;
  };
  const arrive = (at) => {
    along = 0;
    model.set("position", at);
    if (at >= model.get("path").length) model.set("playing", false);
    model.save_changes();
  };
  const run = (now) => {
    const at = model.get("position"), way = track(at);
    if (!model.get("playing") || at >= model.get("path").length) return;
    along += still() ? Infinity : (now - (then || now)) * SPEED;
    then = now;
    if (!way || along >= way.length) arrive(at + 1);
    put();
    frame = still() ? setTimeout(() => run(performance.now()), 700) : requestAnimationFrame(run);
  };
  const start = () => {
    cancelAnimationFrame(frame);
    clearTimeout(frame);
    then = 0;
    const playing = model.get("playing");
    play.replaceChildren(...button(playing ? "pause" : "play", "").childNodes);
    play.title = playing ? words.pause : words.play;
    play.setAttribute("aria-label", play.title);
    if (playing) run(performance.now());
  };
  play.onclick = () => {
    if (!model.get("playing") && model.get("position") >= model.get("path").length) arrive(0);
    model.set("playing", !model.get("playing"));
    model.save_changes();
  };
  step.onclick = () => {
    model.set("playing", false);
    arrive(model.get("position") >= model.get("path").length ? 0 : model.get("position") + 1);
  };
  const events = [["change:playing", start], ["change:position", put], ["change:path", () => { along = 0; put(); }]];
  events.forEach(([name, act]) => model.on(name, act));
  return {
    bar, put, start,
    end() {
      events.forEach(([name, act]) => model.off(name, act));
      cancelAnimationFrame(frame);
      clearTimeout(frame);
    },
  };
}

function render({ model, el }) {
  el.classList.add("kdisco-diagram");
  el.dataset.lmSuppressShortcuts = "true";
  const stage = { svg: null, places: new Map() };
  const frame = document.createElement("div"), live = document.createElement("div");
  frame.className = "kdisco-stage";
  live.className = "kdisco-said";
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  const runner = packet(model, stage);
  el.append(frame, runner.bar, live);

  const mark = () => {
    if (!stage.svg) return;
    for (const each of things(stage.svg)) {
      const chosen = each.id === model.get("selected");
      each.classList.toggle("selected", chosen);
      each.setAttribute("aria-pressed", String(chosen));
    }
  };
  const choose = (target) => {
    const found = target.closest?.("g.node[id]");
    if (!found) return false;
    model.set("selected", found.id === model.get("selected") ? "" : found.id);
    model.save_changes();
    mark();
    return true;
  };
  const draw = () => {
    const held = stage.svg?.contains(document.activeElement) && document.activeElement.id;
    stage.svg = clean(model.get("svg"));
    stage.svg.setAttribute("role", "group");
    for (const each of things(stage.svg)) {
      each.setAttribute("tabindex", "0");
      each.dataset.lmSuppressShortcuts = "true"; // Lab looks at the focused element itself first
      each.setAttribute("role", "button");
      each.setAttribute("aria-label", each.querySelector("title")?.textContent ?? each.id);
    }
    frame.replaceChildren(stage.svg);
    mark();
    runner.put();
    const drawn = stage.svg;
    requestAnimationFrame(() => { // the measuring may wait until the page is painted anyway
      if (drawn !== stage.svg) return;
      const present = measured(drawn);
      animate(drawn, stage.places, present);
      stage.places = present;
    });
    if (held) named(stage.svg, held)?.focus();
  };
  const say = () => { live.textContent = model.get("said"); };

  frame.addEventListener("click", (event) => choose(event.target));
  frame.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && choose(event.target)) event.preventDefault();
  });
  const events = [["change:svg", draw], ["change:selected", mark], ["change:said", say]];
  events.forEach(([name, act]) => model.on(name, act));
  draw();
  say();
  runner.start();
  return () => {
    events.forEach(([name, act]) => model.off(name, act));
    runner.end();
  };
}

export default { render };
