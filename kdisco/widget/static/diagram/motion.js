// What happens between two pictures: what both have glides to its new place, what is new fades in, what is gone
// fades out, and what changed is marked.

const GLIDE = 180; // milliseconds that a thing takes to its new place
const FADE = 260; // milliseconds in which something comes or goes
const MOST_GONE = 40; // things that are seen to leave; more leave at once
const SHAPES = "path,polygon,ellipse,polyline,text";

/** Where each thing stands; edges are noted by their course. */
function measured(svg) {
  const places = new Map(things(svg).map((each) => [each.id, centre(each)]));
  svg.querySelectorAll("g.edge[id]").forEach((each) => places.set(each.id, each.querySelector("path")?.getAttribute("d")));
  return places;
}

/** What each thing looks like, for a comparison: its words and its states. */
function looks(svg) {
  const seen = (each) => `${[...each.querySelectorAll("text")].map((text) => text.textContent).join("|")} ${each.getAttribute("class")}`;
  return new Map(things(svg).map((each) => [each.id, seen(each)]));
}

/** Mark what looks other than before. Hops of packets are numbered, not the same things again. */
function mark_changed(svg, before, after) {
  for (const each of things(svg)) {
    const old = before.get(each.id);
    if (old && old !== after.get(each.id) && !each.matches(".rule,.packet")) each.classList.add("changed");
  }
}

/** Pictures of what the old SVG has and the new one lacks, in the colours it has now; without id or name. */
function leavers(old, svg) {
  if (!old || still()) return [];
  const gone = [...old.querySelectorAll("g.node[id],g.edge[id]")].filter((each) => !named(svg, each.id));
  if (gone.length > MOST_GONE) return [];
  return gone.map((each) => {
    const ghost = each.cloneNode(true), copies = ghost.querySelectorAll(SHAPES);
    [...each.querySelectorAll(SHAPES)].forEach((shape, at) => {
      const { fill, stroke } = getComputedStyle(shape);
      Object.assign(copies[at].style, { fill, stroke });
    });
    ghost.querySelectorAll("title").forEach((title) => title.remove());
    for (const { name } of [...ghost.attributes]) ghost.removeAttribute(name);
    ghost.setAttribute("aria-hidden", "true");
    ghost.setAttribute("class", "kdisco-leaving");
    return ghost;
  });
}

/** Let what is gone fade away in the new picture. */
function fade_out(svg, ghosts) {
  for (const ghost of ghosts) {
    graph(svg).append(ghost);
    ghost.animate([{ opacity: 1 }, { opacity: 0 }], { duration: FADE, easing: "ease-in" }).finished
      .catch(() => null) // the picture was replaced meanwhile
      .then(() => ghost.remove());
  }
}

/** Let what has moved glide from its old place, and what is new appear. */
function animate(svg, places, present) {
  if (still() || !places.size) return;
  const appear = (each, from = 0) => each.animate([{ opacity: from }, { opacity: 1 }], { duration: FADE, easing: "ease-out" });
  for (const each of things(svg)) {
    const now = present.get(each.id), old = places.get(each.id);
    if (!old) appear(each);
    else if (Math.abs(old.x - now.x) + Math.abs(old.y - now.y) > 0.5) {
      const from = `translate(${old.x - now.x}px, ${old.y - now.y}px)`;
      each.animate([{ transform: from }, { transform: "none" }], { duration: GLIDE, easing: "ease-out" });
    }
  }
  for (const each of svg.querySelectorAll("g.edge[id]")) {
    if (places.get(each.id) !== present.get(each.id)) appear(each, places.has(each.id) ? 0.2 : 0);
  }
}
