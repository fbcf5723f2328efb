// The packet: a dot that follows `path`, a list of ids. An edge's id lets it run along that edge ("-" before it:
// backwards), a thing's id lets it run straight there from where it was.

const SPEED = 0.16; // picture units that a packet runs in a millisecond
const REST = 450; // milliseconds at each hop, long enough to read a word of it
const STILL = 900; // ... where nothing moves
const SPEEDS = [0.5, 1, 2, 4];

/** Between two points, as a way. */
function straight(from, to) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = (far) => (length ? far / length : 1);
  return { length, point: (far) => ({ x: from.x + (to.x - from.x) * part(far), y: from.y + (to.y - from.y) * part(far) }) };
}

/** The way of one entry of a path: its length, and the point so far along it; null where the picture has it not. */
function way(svg, path, at) {
  const id = path[at] ?? "", element = named(svg, id.replace(/^-/, ""));
  if (!element) return null;
  const line = element.classList.contains("edge") ? element.querySelector("path") : null;
  if (line) {
    const length = line.getTotalLength(), back = id.startsWith("-");
    return { length, point: (far) => line.getPointAtLength(back ? length - far : far) };
  }
  const last = at > 0 ? way(svg, path, at - 1) : null, here = centre(element);
  return straight(last ? last.point(last.length) : here, here);
}

function packet(model, stage, tell) {
  const words = model.get("words");
  const dot = document.createElementNS(SVG, "circle");
  dot.setAttribute("class", "kdisco-packet");
  dot.setAttribute("r", "5.5");
  let frame = 0, along = 0, then = 0, rest = 0;

  const size = () => model.get("path").length;
  const note = (at) => (model.get("notes") ?? [])[at] ?? "";
  const put = () => {
    const path = model.get("path"), at = Math.min(model.get("position"), path.length);
    bar.hidden = caption.hidden = !path.length;
    place.textContent = `${at} / ${path.length}`;
    caption.textContent = at ? note(at - 1) : "";
    const now = stage.svg && way(stage.svg, path, Math.min(at, path.length - 1));
    if (!now) return dot.remove();
    const { x, y } = now.point(at >= path.length ? now.length : Math.min(along, now.length));
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    if (graph(stage.svg).lastElementChild !== dot) graph(stage.svg).append(dot);
  };
  const arrive = (at) => {
    along = 0;
    model.set("position", at);
    if (at >= size()) model.set("playing", false);
    model.save_changes();
    put();
    if (!model.get("playing")) tell([place.textContent, at ? note(at - 1) : ""].filter(Boolean).join(" "));
  };
  const again = () => {
    frame = still() ? setTimeout(() => run(performance.now()), STILL / speed()) : requestAnimationFrame(run);
  };
  const speed = () => model.get("speed") || 1;
  const run = (now) => {
    const at = model.get("position");
    if (!model.get("playing") || at >= size()) return;
    const passed = (now - (then || now)) * speed(), track = way(stage.svg, model.get("path"), at);
    then = now;
    rest -= passed;
    if (still()) arrive(at + 1);
    else if (rest <= 0) {
      along += passed * SPEED;
      if (!track || along >= track.length) {
        rest = REST;
        arrive(at + 1);
      } else put();
    }
    again();
  };
  const start = () => {
    cancelAnimationFrame(frame);
    clearTimeout(frame);
    then = rest = 0;
    const playing = model.get("playing");
    icon(play, playing ? "pause" : "play");
    play.title = playing ? words.pause : words.play;
    play.setAttribute("aria-label", play.title);
    if (playing) again();
  };
  const walk = (to) => {
    model.set("playing", false);
    arrive(to);
  };

  const play = button("play", words.play, () => {
    if (!model.get("playing") && model.get("position") >= size()) arrive(0);
    model.set("playing", !model.get("playing"));
    model.save_changes();
  });
  const back = button("back", words.back, () => walk(Math.max(0, Math.min(model.get("position"), size()) - 1)));
  const step = button("step", words.step, () => walk(model.get("position") >= size() ? 0 : model.get("position") + 1));
  const place = make("span", { class: "kdisco-place" }), caption = make("div", { class: "kdisco-caption" });
  const pace = make("select", { class: "kdisco-speed", "aria-label": words.speed, title: words.speed });
  pace.dataset.lmSuppressShortcuts = "true";
  for (const each of SPEEDS) pace.append(make("option", { value: each }, `${each}×`));
  pace.value = String(speed());
  pace.addEventListener("change", () => {
    model.set("speed", Number(pace.value));
    model.save_changes();
  });
  const bar = make("div", { class: "kdisco-controls", role: "group", "aria-label": words.packet }, back, play, step, pace, place);

  const events = [
    ["change:playing", start],
    ["change:position", put],
    ["change:path", () => { along = 0; put(); }],
    ["change:notes", put],
    ["change:speed", () => { pace.value = String(speed()); }],
  ];
  events.forEach(([name, act]) => model.on(name, act));
  return {
    bar, caption, put, start,
    end() {
      events.forEach(([name, act]) => model.off(name, act));
      cancelAnimationFrame(frame);
      clearTimeout(frame);
    },
  };
}
