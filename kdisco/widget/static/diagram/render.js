// All of it together: the picture with its things to choose, the packet, the tools, and what is said.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The nearest thing in a direction: what lies aside counts double. */
function neighbour(svg, from, [right, down]) {
  const start = centre(from);
  let best = null, least = Infinity;
  for (const each of things(svg)) {
    if (each === from) continue;
    const end = centre(each), x = end.x - start.x, y = end.y - start.y;
    const along = x * right + y * down, aside = Math.abs(x * down) + Math.abs(y * right);
    if (along > 1 && along + 2 * aside < least) [best, least] = [each, along + 2 * aside];
  }
  return best;
}

/** The thing that stands nearest to a place; null for no place. */
function nearest(svg, place) {
  const far = (thing) => Math.hypot(centre(thing).x - place.x, centre(thing).y - place.y);
  return place ? things(svg).reduce((best, each) => (best && far(best) <= far(each) ? best : each), null) : null;
}

/** Give the picture and its things roles, names and one place in the order of focus. */
function voiced(svg, details) {
  svg.setAttribute("role", "graphics-document document");
  svg.setAttribute("aria-details", details);
  svg.querySelectorAll("g.edge").forEach((each) => each.setAttribute("aria-hidden", "true"));
  for (const each of things(svg)) {
    const title = each.querySelector("title");
    each.setAttribute("role", "button");
    each.setAttribute("tabindex", "-1");
    each.setAttribute("aria-label", title?.textContent || each.id);
    each.dataset.lmSuppressShortcuts = "true"; // Lab looks at the focused element itself first
    title?.remove(); // the facts are shown instead of the browser's own tip
  }
}

function render({ model, el }) {
  const words = model.get("words"), own = `kdisco-diagram-${Math.random().toString(36).slice(2)}`;
  el.classList.add("kdisco-diagram");
  el.lang = model.get("lang") || "en";
  el.dataset.lmSuppressShortcuts = "true";
  const stage = { svg: null, places: new Map(), looks: new Map(), current: "" };
  const frame = make("div", { class: "kdisco-stage" });
  const live = make("div", { class: "kdisco-said", role: "status", "aria-live": "polite" });
  const alarm = make("div", { class: "kdisco-problem", role: "alert" });
  const twin = make("pre", { tabindex: "0", role: "region", "aria-label": words.twin });
  const told = make("details", { id: `${own}-words`, class: "kdisco-words" }, make("summary", {}, words.twin ?? ""), twin);
  told.firstChild.dataset.lmSuppressShortcuts = twin.dataset.lmSuppressShortcuts = "true";
  const tell = (text) => { live.textContent = text; };
  const complain = (text) => { alarm.textContent = text; };

  const runner = packet(model, stage, tell), beside = detail(model, own);
  const nearer = zoom(stage, frame, words, tell), facts = tip(model, stage, `${own}-facts`);
  el.append(make("div", { class: "kdisco-desk" }, frame, beside.panel), runner.bar, runner.caption,
    tools(model, stage, nearer, tell, complain), alarm, live, told, facts.box);

  const rove = (thing) => {
    if (!thing) return;
    named(stage.svg, stage.current)?.setAttribute("tabindex", "-1");
    stage.current = thing.id;
    thing.setAttribute("tabindex", "0");
  };
  const go = (thing) => {
    if (!thing) return;
    rove(thing);
    nearer.reveal(thing);
    thing.focus({ preventScroll: false });
  };
  const mark = () => {
    if (!stage.svg) return;
    for (const each of things(stage.svg)) {
      const chosen = each.id === model.get("selected");
      each.classList.toggle("selected", chosen);
      each.setAttribute("aria-pressed", String(chosen));
    }
  };
  const choose = (id) => {
    model.set("selected", id);
    model.save_changes();
    mark();
    facts.renew();
  };
  const toggle = (target) => {
    const found = target.closest?.("g.node[id]");
    if (!found) return false;
    rove(found);
    choose(found.id === model.get("selected") ? "" : found.id);
    return true;
  };
  const paint = () => {
    const held = stage.svg?.contains(document.activeElement);
    const old = stage.svg, svg = clean(model.get("svg"));
    voiced(svg, told.id);
    const seen = looks(svg), ghosts = leavers(old, svg);
    mark_changed(svg, stage.looks, seen);
    Object.assign(stage, { svg, looks: seen });
    frame.replaceChildren(svg);
    rove(named(svg, stage.current) ?? nearest(svg, stage.places.get(stage.current)) ?? things(svg)[0]);
    mark();
    nearer.follow();
    runner.put();
    facts.renew();
    fade_out(svg, ghosts);
    requestAnimationFrame(() => { // the measuring may wait until the page is painted anyway
      if (svg !== stage.svg) return;
      const present = measured(svg);
      animate(svg, stage.places, present);
      stage.places = present;
    });
    if (held) named(svg, stage.current)?.focus();
  };
  const open = () => {
    const held = beside.panel.contains(document.activeElement), was = beside.panel.hidden;
    beside.put();
    if (beside.panel.hidden && held) named(stage.svg, stage.current)?.focus();
    if (!beside.panel.hidden && was) tell(words.opened.replace("{what}", model.get("detail").title));
  };
  const escape = () => {
    if (model.get("selected")) choose("");
    else facts.hide();
  };

  frame.addEventListener("click", (event) => toggle(event.target));
  frame.addEventListener("pointerover", (event) => facts.show(event.target.closest?.("g.node[id]") ?? null));
  frame.addEventListener("pointerleave", () => facts.show(document.activeElement?.closest?.("g.node[id]") ?? null));
  frame.addEventListener("focusin", (event) => {
    const thing = event.target.closest?.("g.node[id]");
    rove(thing);
    facts.show(thing);
  });
  frame.addEventListener("focusout", () => facts.hide());
  frame.addEventListener("keydown", (event) => {
    const from = event.target.closest?.("g.node[id]"), { key } = event;
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
    if (key in ARROWS) go(neighbour(stage.svg, from, ARROWS[key]));
    else if (key === "Home") go(things(stage.svg)[0]);
    else if (key === "End") go(things(stage.svg).at(-1));
    else if (key === "Enter" || key === " ") toggle(from);
    else if (!nearer.key(key)) return;
    event.preventDefault();
  });
  el.addEventListener("keydown", (event) => {
    if (event.key === "Escape") escape();
  });

  const events = [
    ["change:svg", paint],
    ["change:selected", mark],
    ["change:facts", facts.renew],
    ["change:detail", open],
    ["change:said", () => tell(model.get("said"))],
    ["change:problem", () => complain(model.get("problem"))],
    ["change:text", () => { twin.textContent = model.get("text"); }],
  ];
  events.forEach(([name, act]) => model.on(name, act));
  paint();
  beside.put();
  tell(model.get("said"));
  complain(model.get("problem"));
  twin.textContent = model.get("text");
  runner.start();
  return () => {
    events.forEach(([name, act]) => model.off(name, act));
    runner.end();
  };
}

export default { render };
